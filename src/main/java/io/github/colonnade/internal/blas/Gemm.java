package io.github.colonnade.internal.blas;

import io.github.colonnade.internal.openblas.OpenBlasBindings;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Semaphore;

/**
 * Matrix multiply by OpenBLAS, and the one caller of its bindings. Matrices are row-major; offsets
 * and leading dimensions count elements.
 *
 * <p>OpenBLAS checks no bounds and returns no error, so every span is checked here.
 */
public final class Gemm {
  private Gemm() {}

  /** Whether a matrix is used as it lies in memory or transposed. */
  public enum Transpose {
    /** As it lies. */
    NO(OpenBlasBindings.CblasNoTrans()),
    /** Transposed. */
    YES(OpenBlasBindings.CblasTrans());

    private final int cblas;

    Transpose(int cblas) {
      this.cblas = cblas;
    }
  }

  /**
   * Computes {@code C = alpha · op(A) · op(B) + beta · C}, where {@code op(A)} is m × k, {@code
   * op(B)} k × n and {@code C} m × n.
   *
   * @param type element type of all three matrices
   * @param transA whether A lies as k × m
   * @param transB whether B lies as n × k
   * @param m rows of C
   * @param n columns of C
   * @param k length of the sums; 0 leaves {@code beta · C}
   * @param alpha factor of the product
   * @param a native memory. Not modified.
   * @param aOffset first element of A
   * @param lda elements from one row of A, as it lies, to the next
   * @param b native memory. Not modified.
   * @param bOffset first element of B
   * @param ldb elements from one row of B, as it lies, to the next
   * @param beta factor of C; 0 overwrites C without reading it
   * @param c native memory. Modified.
   * @param cOffset first element of C
   * @param ldc elements from one row of C to the next
   * @throws IllegalArgumentException if a size is negative or over 2³¹ − 1, or a leading dimension
   *     is shorter than a row
   * @throws IndexOutOfBoundsException if a matrix does not lie within its memory
   */
  public static void multiply(
      ElementType type,
      Transpose transA,
      Transpose transB,
      long m,
      long n,
      long k,
      double alpha,
      MemorySegment a,
      long aOffset,
      long lda,
      MemorySegment b,
      long bOffset,
      long ldb,
      double beta,
      MemorySegment c,
      long cOffset,
      long ldc) {
    OpenBlasLoader.load();
    requireBlasInt("m", m);
    requireBlasInt("n", n);
    requireBlasInt("k", k);
    boolean asLiesA = transA == Transpose.NO;
    boolean asLiesB = transB == Transpose.NO;
    MemorySegment spanA = span("a", type, a, aOffset, asLiesA ? m : k, asLiesA ? k : m, lda);
    MemorySegment spanB = span("b", type, b, bOffset, asLiesB ? k : n, asLiesB ? n : k, ldb);
    MemorySegment spanC = span("c", type, c, cOffset, m, n, ldc);
    if (m == 0 || n == 0) {
      return;
    }
    Callers.PERMITS.acquireUninterruptibly();
    try {
      call(type, transA, transB, m, n, k, alpha, spanA, lda, spanB, ldb, beta, spanC, ldc);
    } finally {
      Callers.PERMITS.release();
    }
  }

  /**
   * Computes {@code y = alpha · x + y} on runs of elements (BLAS axpy).
   *
   * @param type element type of both
   * @param n length of both
   * @param alpha factor of x
   * @param x native memory. Not modified.
   * @param xOffset first element of x
   * @param y native memory. Modified; must not overlap x.
   * @param yOffset first element of y
   * @throws IllegalArgumentException if n is negative or over 2³¹ − 1
   * @throws IndexOutOfBoundsException if a run does not lie within its memory
   */
  public static void addScaled(
      ElementType type,
      long n,
      double alpha,
      MemorySegment x,
      long xOffset,
      MemorySegment y,
      long yOffset) {
    OpenBlasLoader.load();
    requireBlasInt("n", n);
    MemorySegment spanX = span("x", type, x, xOffset, 1, n, Math.max(1, n));
    MemorySegment spanY = span("y", type, y, yOffset, 1, n, Math.max(1, n));
    if (type == ElementType.F64) {
      OpenBlasBindings.cblas_daxpy((int) n, alpha, spanX, 1, spanY, 1);
    } else {
      OpenBlasBindings.cblas_saxpy((int) n, (float) alpha, spanX, 1, spanY, 1);
    }
  }

  /** Keeps more threads than OpenBLAS has buffers from calling it at once. */
  private static final class Callers {
    static final Semaphore PERMITS =
        new Semaphore(BuildConfig.parse(OpenBlasLoader.load().config()).maxCallers());
  }

  private static void call(
      ElementType type,
      Transpose transA,
      Transpose transB,
      long m,
      long n,
      long k,
      double alpha,
      MemorySegment a,
      long lda,
      MemorySegment b,
      long ldb,
      double beta,
      MemorySegment c,
      long ldc) {
    if (type == ElementType.F64) {
      OpenBlasBindings.cblas_dgemm(
          OpenBlasBindings.CblasRowMajor(),
          transA.cblas,
          transB.cblas,
          (int) m,
          (int) n,
          (int) k,
          alpha,
          a,
          (int) lda,
          b,
          (int) ldb,
          beta,
          c,
          (int) ldc);
    } else {
      OpenBlasBindings.cblas_sgemm(
          OpenBlasBindings.CblasRowMajor(),
          transA.cblas,
          transB.cblas,
          (int) m,
          (int) n,
          (int) k,
          (float) alpha,
          a,
          (int) lda,
          b,
          (int) ldb,
          (float) beta,
          c,
          (int) ldc);
    }
  }

  /** Returns the memory of one matrix after checking that all of it lies within {@code segment}. */
  private static MemorySegment span(
      String name,
      ElementType type,
      MemorySegment segment,
      long offset,
      long rows,
      long columns,
      long leadingDimension) {
    requireBlasInt("ld" + name, leadingDimension);
    if (leadingDimension < Math.max(1, columns)) {
      throw new IllegalArgumentException(
          "ld" + name + ": is " + leadingDimension + ", a row has " + columns + " elements");
    }
    if (!segment.isNative()) {
      throw new IllegalArgumentException(name + ": is on the heap, must be native memory");
    }
    // Fits a long: both factors are below 2^31.
    long elements = rows == 0 || columns == 0 ? 0 : (rows - 1) * leadingDimension + columns;
    long available = segment.byteSize() / type.bytes();
    if (offset < 0 || elements > available - offset) {
      throw new IndexOutOfBoundsException(
          name
              + ": "
              + elements
              + " elements from offset "
              + offset
              + " do not lie within its "
              + available);
    }
    return segment.asSlice(offset * type.bytes(), elements * type.bytes());
  }

  private static void requireBlasInt(String name, long value) {
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          name + ": is " + value + ", must be from 0 to " + Integer.MAX_VALUE);
    }
  }
}
