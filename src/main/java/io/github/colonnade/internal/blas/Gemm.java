package io.github.colonnade.internal.blas;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.ForeignCall;
import io.github.colonnade.internal.openblas.OpenBlasBindings;
import java.lang.foreign.MemorySegment;

/**
 * Matrix multiply by OpenBLAS, and the one caller of its bindings. Matrices are row-major; offsets
 * and leading dimensions count elements.
 *
 * <p>OpenBLAS checks no bounds and returns no error, so every span is checked here.
 */
public final class Gemm {
  private Gemm() {}

  /** Whether a matrix is used as stored or transposed. */
  public enum Transpose {
    /** As stored. */
    NO,
    /** Transposed. */
    YES;

    /** CBLAS's number. Not kept: nothing native may be touched while a class is initialised. */
    private int cblas() {
      return this == NO ? OpenBlasBindings.CblasNoTrans() : OpenBlasBindings.CblasTrans();
    }
  }

  /**
   * Computes {@code C = alpha · op(A) · op(B) + beta · C}, where {@code op(A)} is m × k, {@code
   * op(B)} k × n and {@code C} m × n.
   *
   * @param type element type of all three matrices
   * @param transA whether A is stored as k × m
   * @param transB whether B is stored as n × k
   * @param m rows of C
   * @param n columns of C
   * @param k length of the sums; 0 leaves {@code beta · C}
   * @param alpha factor of the product
   * @param a native memory. Not modified.
   * @param aOffset first element of A
   * @param lda elements from one row of A, as stored, to the next
   * @param b native memory. Not modified.
   * @param bOffset first element of B
   * @param ldb elements from one row of B, as stored, to the next
   * @param beta factor of C; 0 overwrites C without reading it
   * @param c native memory. Modified.
   * @param cOffset first element of C
   * @param ldc elements from one row of C to the next
   * @throws IllegalArgumentException if a size is negative or over 2³¹ − 1, or a leading dimension
   *     is shorter than a row
   * @throws IndexOutOfBoundsException if a matrix extends beyond its memory
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
    multiply(
        type, transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta, c, cOffset,
        ldc, false);
  }

  /**
   * Computes {@code C = op(A) · B + beta · C} as {@link #multiply} does, but for the order of the
   * sums: in the parts that this machine's OpenBLAS multiplies fastest, each by a call of its own.
   * The parts follow from the sizes and the machine alone.
   *
   * @param type element type of all three matrices
   * @param transA whether A lies as k × m
   * @param m rows of C
   * @param n columns of C
   * @param k length of the sums; 0 leaves {@code beta · C}
   * @param a native memory. Not modified.
   * @param aOffset first element of A
   * @param lda elements from one row of A, as it lies, to the next
   * @param b native memory. Not modified.
   * @param bOffset first element of B
   * @param ldb elements from one row of B to the next
   * @param beta factor of C; 0 overwrites C without reading it
   * @param c native memory. Modified.
   * @param cOffset first element of C
   * @param ldc elements from one row of C to the next
   * @throws IllegalArgumentException if a size is negative or over 2³¹ − 1, or a leading dimension
   *     is shorter than a row
   * @throws IndexOutOfBoundsException if a matrix does not lie within its memory
   */
  public static void multiplyInParts(
      ElementType type,
      Transpose transA,
      long m,
      long n,
      long k,
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
    multiply(
        type,
        transA,
        Transpose.NO,
        m,
        n,
        k,
        1,
        a,
        aOffset,
        lda,
        b,
        bOffset,
        ldb,
        beta,
        c,
        cOffset,
        ldc,
        true);
  }

  /**
   * Returns the columns of B and C to multiply in parts instead of so many: more, up to a cache
   * line, where this machine's OpenBLAS takes no longer for them.
   *
   * @param type element type of the matrices
   * @param n columns that are wanted
   */
  public static long paddedColumns(ElementType type, long n) {
    return GemmParts.padded(type, n);
  }

  /**
   * Returns the bytes that {@link #multiplyTurned} needs to copy A part by part, or 0 where they
   * are too many or that gains nothing: the multiply is small, A's rows are short, or this
   * machine's OpenBLAS packs A.
   *
   * @param type element type of the matrices
   * @param m rows of C
   * @param n columns of C
   * @param k length of the sums
   * @param lda elements from one row of A to the next
   * @param most bytes that there are
   */
  public static long turnedBytes(ElementType type, long m, long n, long k, long lda, long most) {
    long bytes = GemmParts.MOST_ROWS * GemmParts.MOST_DEPTH * type.bytes();
    boolean pays = bytes <= most && lda >= GemmParts.LONG_ROW && GemmParts.pay(m, n, k);
    return pays ? bytes : 0;
  }

  /**
   * Computes {@code C = Aᵀ · B + beta · C} as {@link #multiplyInParts} does, but copies each part
   * of A first if there is memory for that. Its rows, where far apart, share sets of the
   * first-level cache, out of which they drive each other while OpenBLAS reads a part again and
   * again.
   *
   * @param type element type of all three matrices
   * @param m rows of C
   * @param n columns of C
   * @param k length of the sums; 0 leaves {@code beta · C}
   * @param a native memory, k × m. Not modified.
   * @param aOffset first element of A
   * @param lda elements from one row of A to the next
   * @param b native memory. Not modified.
   * @param bOffset first element of B
   * @param ldb elements from one row of B to the next
   * @param beta factor of C; 0 overwrites C without reading it
   * @param c native memory. Modified.
   * @param cOffset first element of C
   * @param ldc elements from one row of C to the next
   * @param scratch native memory, or null to copy nothing. Overwritten.
   * @param scratchOffset first of the elements for {@link #turnedBytes}
   * @throws IllegalArgumentException if a size is negative or over 2³¹ − 1, or a leading dimension
   *     is shorter than a row
   * @throws IndexOutOfBoundsException if a matrix does not lie within its memory
   */
  public static void multiplyTurned(
      ElementType type,
      long m,
      long n,
      long k,
      MemorySegment a,
      long aOffset,
      long lda,
      MemorySegment b,
      long bOffset,
      long ldb,
      double beta,
      MemorySegment c,
      long cOffset,
      long ldc,
      MemorySegment scratch,
      long scratchOffset) {
    if (scratch == null) {
      multiplyInParts(
          type, Transpose.YES, m, n, k, a, aOffset, lda, b, bOffset, ldb, beta, c, cOffset, ldc);
      return;
    }
    requireMatrix("a", type, a, aOffset, k, m, lda);
    requireMatrix("c", type, c, cOffset, m, n, ldc);
    long rows = GemmParts.rows(m);
    long depth = GemmParts.depth(k);
    long bytes = type.bytes();
    long at = 0;
    do {
      long some = Math.min(depth, k - at);
      for (long row = 0; row < m; row += rows) {
        long wide = Math.min(rows, m - row);
        for (long i = 0; i < some; i++) {
          long from = aOffset + (at + i) * lda + row;
          long to = scratchOffset + i * wide;
          MemorySegment.copy(a, from * bytes, scratch, to * bytes, wide * bytes);
        }
        multiplyInParts(
            type,
            Transpose.YES,
            wide,
            n,
            some,
            scratch,
            scratchOffset,
            wide,
            b,
            bOffset + at * ldb,
            ldb,
            at == 0 ? beta : 1,
            c,
            cOffset + row * ldc,
            ldc);
      }
      at += depth;
    } while (at < k);
  }

  private static void multiply(
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
      long ldc,
      boolean inParts) {
    OpenBlasLoader.load();
    requireBlasInt("m", m);
    requireBlasInt("n", n);
    requireBlasInt("k", k);
    boolean asLiesA = transA == Transpose.NO;
    boolean asLiesB = transB == Transpose.NO;
    requireMatrix("a", type, a, aOffset, asLiesA ? m : k, asLiesA ? k : m, lda);
    requireMatrix("b", type, b, bOffset, asLiesB ? k : n, asLiesB ? n : k, ldb);
    requireMatrix("c", type, c, cOffset, m, n, ldc);
    if (m == 0 || n == 0) {
      return;
    }
    boolean cut = inParts && GemmParts.pay(m, n, k);
    long rows = cut ? GemmParts.rows(m) : m;
    long depth = cut ? GemmParts.depth(k) : Math.max(1, k);
    long columns = cut ? GemmParts.columns(rows, depth) : n;
    Callers.Slot slot = null;
    int threads = 1;
    try {
      slot = Callers.enter();
      threads = OpenBlasFunctions.useOneThread();
      for (long column = 0, width; column < n; column += width) {
        width = cut ? GemmParts.next(n - column, columns) : n;
        for (long row = 0; row < m; row += rows) {
          long at = 0;
          do {
            call(
                type,
                transA,
                transB,
                Math.min(rows, m - row),
                width,
                Math.min(depth, k - at),
                alpha,
                a,
                aOffset + (asLiesA ? row * lda + at : at * lda + row),
                lda,
                b,
                bOffset + (asLiesB ? at * ldb + column : column * ldb + at),
                ldb,
                at == 0 ? beta : 1,
                c,
                cOffset + row * ldc + column,
                ldc);
            at += depth;
          } while (at < k);
        }
      }
    } finally {
      if (slot != null) {
        slot.taken = 0;
      }
      OpenBlasFunctions.restoreThreads(threads);
    }
  }

  /**
   * Calls OpenBLAS on operands that have been checked, on copies of those that are mapped.
   *
   * <p>The slices are made where the generated handle is invoked: so C2, which always inlines
   * handles but not methods that it has compiled already, never has to allocate objects for them.
   */
  static void call(
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
    if (MappedOperands.any(a, b, c)) {
      MappedOperands.multiply(
          type, transA, transB, m, n, k, alpha, a, aOffset, lda, b, bOffset, ldb, beta, c, cOffset,
          ldc);
      return;
    }
    long bytes = type.bytes();
    try {
      if (aOffset == 0 && bOffset == 0 && cOffset == 0) {
        callWhole(type, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
      } else if (type == ElementType.F64) {
        OpenBlasFunctions.DGEMM.invokeExact(
            OpenBlasBindings.CblasRowMajor(),
            transA.cblas(),
            transB.cblas(),
            (int) m,
            (int) n,
            (int) k,
            alpha,
            a.asSlice(aOffset * bytes),
            (int) lda,
            b.asSlice(bOffset * bytes),
            (int) ldb,
            beta,
            c.asSlice(cOffset * bytes),
            (int) ldc);
      } else {
        OpenBlasFunctions.SGEMM.invokeExact(
            OpenBlasBindings.CblasRowMajor(),
            transA.cblas(),
            transB.cblas(),
            (int) m,
            (int) n,
            (int) k,
            (float) alpha,
            a.asSlice(aOffset * bytes),
            (int) lda,
            b.asSlice(bOffset * bytes),
            (int) ldb,
            (float) beta,
            c.asSlice(cOffset * bytes),
            (int) ldc);
      }
    } catch (Throwable e) {
      throw ForeignCall.unexpected(e);
    }
  }

  /** Calls OpenBLAS on matrices that begin where their memory does, so that nothing is sliced. */
  private static void callWhole(
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
      long ldc)
      throws Throwable {
    int order = OpenBlasBindings.CblasRowMajor();
    int ta = transA.cblas();
    int tb = transB.cblas();
    if (type == ElementType.F64) {
      OpenBlasFunctions.DGEMM.invokeExact(
          order, ta, tb, (int) m, (int) n, (int) k, alpha, a, (int) lda, b, (int) ldb, beta, c,
          (int) ldc);
    } else {
      OpenBlasFunctions.SGEMM.invokeExact(
          order,
          ta,
          tb,
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

  /** Checks that all of one matrix lies within {@code segment}. */
  private static void requireMatrix(
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
  }

  private static void requireBlasInt(String name, long value) {
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          name + ": is " + value + ", must be from 0 to " + Integer.MAX_VALUE);
    }
  }
}
