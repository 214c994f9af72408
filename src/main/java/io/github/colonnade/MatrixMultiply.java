package io.github.colonnade;

import io.github.colonnade.internal.blas.MatrixMultiplyTask;
import io.github.colonnade.internal.blas.OpenBlasLoader;
import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The bare matrix multiply that convolutions come down to: OpenBLAS on this library's threads. It
 * measures the most that a convolution of the same size could reach without doing less arithmetic.
 */
public final class MatrixMultiply {
  private MatrixMultiply() {}

  /**
   * Computes {@code C = A · B}: {@code [M, K] · [K, N] → [M, N]}. The bits do not depend on the
   * number of threads.
   *
   * @param a {@code [M, K]}, {@link DType#F64} or {@link DType#F32}. Not modified.
   * @param b {@code [K, N]} of the same type. Not modified.
   * @param c {@code [M, N]} of the same type. Overwritten; must not overlap the others.
   * @param threads threads at most, the caller's included
   * @throws IllegalArgumentException naming the operand, its shape and the shape required, or if a
   *     size is over 2³¹ − 1
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   * @throws UnsatisfiedLinkError if there is no usable OpenBLAS; see {@link OpenBlas#info}
   */
  public static void multiply(Tensor a, Tensor b, Tensor c, int threads) {
    ElementType type = Operands.requireFloatingPoint("a", a);
    Operands.requireThreads(threads);
    requireMatrix("a", a, "[M, K]");
    requireMatrix("b", b, "[K, N]");
    long m = a.size(0);
    long k = a.size(1);
    long n = b.size(1);
    Operands.requireReadable("a", a);
    Operands.requireInput("b", b, a.dtype(), k, n);
    Operands.requireOutput("c", c, a.dtype(), m, n);
    Operands.requireDisjoint("c", c, "a", a);
    Operands.requireDisjoint("c", c, "b", b);
    long staged = Staging.bytes(a, b, c);
    if (staged > 0) {
      Staging.run(staged, copies -> multiply(copies.in(a), copies.in(b), copies.out(c), threads));
      return;
    }
    // Told here, and not by a tile on another thread.
    OpenBlasLoader.load();
    MemorySegment sharedA = Operands.shareable(a.segment());
    MemorySegment sharedB = Operands.shareable(b.segment());
    MemorySegment sharedC = Operands.shareable(c.segment());
    MatrixMultiplyTask task = new MatrixMultiplyTask(type, m, n, k, sharedA, sharedB, sharedC);
    Execution.run(task, threads);
  }

  private static void requireMatrix(String operand, Tensor tensor, String form) {
    if (Objects.requireNonNull(tensor, operand).rank() != 2) {
      throw Operands.wrongShape(operand, tensor.shape(), form);
    }
    for (int i = 0; i < 2; i++) {
      if (tensor.size(i) > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            operand + ": has a size of " + tensor.size(i) + ", OpenBLAS counts to 2^31 - 1");
      }
    }
  }
}
