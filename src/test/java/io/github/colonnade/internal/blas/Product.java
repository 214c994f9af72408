package io.github.colonnade.internal.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** One multiplication with gaps between the rows, and its result by plain loops. */
record Product(
    ElementType type,
    Transpose transA,
    Transpose transB,
    int m,
    int n,
    int k,
    double alpha,
    double beta) {

  private static final int GAP = 3;
  private static final int OFFSET = 5;

  private enum Call {
    WHOLE,
    IN_PARTS,
    TURNED
  }

  void check() {
    check(Call.WHOLE);
  }

  void checkInParts() {
    check(Call.IN_PARTS);
  }

  /** With A transposed. */
  void checkTurned() {
    check(Call.TURNED);
  }

  private void check(Call call) {
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(m * 31L + n * 17L + k);
      Matrix a =
          matrix(arena, random, transA == Transpose.NO ? m : k, transA == Transpose.NO ? k : m);
      Matrix b =
          matrix(arena, random, transB == Transpose.NO ? k : n, transB == Transpose.NO ? n : k);
      Matrix before = matrix(arena, random, m, n);
      Matrix c = new Matrix(type, before.copy(arena), m, n);
      if (beta == 0) {
        c.fill(Double.NaN);
      }
      multiply(call, arena, a, b, c);
      double roundoff = type == ElementType.F64 ? 0x1p-53 : 0x1p-24;
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          double sum = beta == 0 ? 0 : beta * before.get(i, j);
          double magnitude = Math.abs(sum);
          for (int l = 0; l < k; l++) {
            double left = transA == Transpose.NO ? a.get(i, l) : a.get(l, i);
            double right = transB == Transpose.NO ? b.get(l, j) : b.get(j, l);
            sum += alpha * left * right;
            magnitude += Math.abs(alpha * left * right);
          }
          assertEquals(sum, c.get(i, j), (k + 3) * roundoff * magnitude, toString());
        }
        for (int gap = n; gap < n + GAP && i < m - 1; gap++) {
          double expected = beta == 0 ? Double.NaN : before.get(i, gap);
          assertEquals(expected, c.get(i, gap), "the gap between rows");
        }
      }
    }
  }

  private void multiply(Call call, Arena arena, Matrix a, Matrix b, Matrix c) {
    switch (call) {
      case WHOLE ->
          Gemm.multiply(
              type,
              transA,
              transB,
              m,
              n,
              k,
              alpha,
              a.memory,
              OFFSET,
              a.stride(),
              b.memory,
              OFFSET,
              b.stride(),
              beta,
              c.memory,
              OFFSET,
              c.stride());
      case IN_PARTS ->
          Gemm.multiplyInParts(
              type,
              transA,
              m,
              n,
              k,
              a.memory,
              OFFSET,
              a.stride(),
              b.memory,
              OFFSET,
              b.stride(),
              beta,
              c.memory,
              OFFSET,
              c.stride());
      case TURNED -> {
        long scratch = GemmParts.MOST_ROWS * GemmParts.MOST_DEPTH + OFFSET;
        Gemm.multiplyTurned(
            type,
            m,
            n,
            k,
            a.memory,
            OFFSET,
            a.stride(),
            b.memory,
            OFFSET,
            b.stride(),
            beta,
            c.memory,
            OFFSET,
            c.stride(),
            arena.allocate(scratch * type.bytes(), 64),
            OFFSET);
      }
    }
  }

  private Matrix matrix(Arena arena, SplittableRandom random, int rows, int columns) {
    long elements = OFFSET + (long) Math.max(1, rows) * (columns + GAP);
    Matrix matrix = new Matrix(type, arena.allocate(elements * type.bytes(), 64), rows, columns);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns + GAP; j++) {
        matrix.set(i, j, random.nextDouble(-1, 1));
      }
    }
    return matrix;
  }

  private record Matrix(ElementType type, MemorySegment memory, int rows, int columns) {
    long stride() {
      return (long) columns + GAP;
    }

    MemorySegment copy(Arena arena) {
      return arena.allocate(memory.byteSize(), 64).copyFrom(memory);
    }

    void fill(double value) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns + GAP; j++) {
          set(i, j, value);
        }
      }
    }

    double get(int i, int j) {
      long index = OFFSET + i * stride() + j;
      return type == ElementType.F64
          ? memory.getAtIndex(ValueLayout.JAVA_DOUBLE, index)
          : memory.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    void set(int i, int j, double value) {
      long index = OFFSET + i * stride() + j;
      if (type == ElementType.F64) {
        memory.setAtIndex(ValueLayout.JAVA_DOUBLE, index, value);
      } else {
        memory.setAtIndex(ValueLayout.JAVA_FLOAT, index, (float) value);
      }
    }
  }
}
