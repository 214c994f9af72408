package io.github.colonnade.internal.blas;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Parts;

/**
 * How a multiply is cut for OpenBLAS's kernels that take small matrices unpacked. Other multiplies
 * are packed first, which costs more than it gains unless the matrices are large in every
 * direction.
 *
 * <p>Measured on one core with AVX-512, in GFLOP/s whole and in parts, double precision and single:
 * 8 × 72 × 3640 30 and 89, 34 and 150; 64 × 75 × 1744 61 and 79, 115 and 171; 64 × 256 × 400 62 and
 * 85, 123 and 165; 512 × 128 × 200 64 and 83, 141 and 156.
 *
 * <p>These kernels multiply 64 columns at a time, and fewer at the end: in single precision 64 or
 * 128 columns reach 194 GFLOP/s, 112 173, 56 135 and 24 85; in double precision 91, 89, 83 and 61.
 * Rows are taken by fours: in double precision 56 reach 88, 54 85. A depth of 72 to 120 reaches 181
 * to 193 in single precision, 32 140 and 240 170. Measured on one core of an Intel Xeon with
 * AVX-512 (family 6 model 167).
 */
final class GemmParts {
  /** The most products of a multiply that OpenBLAS does not pack. */
  private static final long MOST_PRODUCTS = 1_000_000;

  static final long MOST_ROWS = 64;
  static final long MOST_DEPTH = 96;

  /**
   * Elements of a turned matrix's rows from which on its parts are copied first. In an input's
   * gradient that took 0.75 to 1 of the time with rows of 256 to 4608, as long with 128 and up to
   * 1.1 with 64.
   */
  static final long LONG_ROW = 128;

  /** Columns that a kernel multiplies at once. */
  private static final long COLUMNS = 64;

  /** Rows that a kernel multiplies at once. */
  private static final long ROWS = 4;

  private static final long LINE_BYTES = 64;

  private GemmParts() {}

  /** Returns whether a multiply is faster in parts. */
  static boolean pay(long m, long n, long k) {
    return (double) m * n * k > MOST_PRODUCTS && CoreKind.current() == CoreKind.AVX512;
  }

  /** Returns the rows of a part. */
  static long rows(long m) {
    return Math.ceilDiv(Parts.evenSize(m, MOST_ROWS), ROWS) * ROWS;
  }

  /** Returns the depth of a part. */
  static long depth(long k) {
    return Parts.evenSize(k, MOST_DEPTH);
  }

  /** Returns the columns of a part: so many that it may have those left over at the end as well. */
  static long columns(long rows, long depth) {
    long most = MOST_PRODUCTS / (rows * depth);
    return Math.max(1, (most - COLUMNS + 1) / COLUMNS) * COLUMNS;
  }

  /** Returns the columns of the next part of those left: all, where few would be left over. */
  static long next(long left, long columns) {
    return left < columns + COLUMNS ? left : columns;
  }

  /**
   * Returns the columns to multiply instead of so many, not fewer, that take no longer.
   * Microseconds of 256 × n × 384 for an n of 16, 24, 32, 40, 48, 56, 60 and 64: 33, 54, 57, 79,
   * 89, 111, 123 and 113 in double precision; 22, 37, 32, 47, 53, 68, 76 and 57 in single
   * precision.
   */
  static long padded(ElementType type, long n) {
    if (CoreKind.current() != CoreKind.AVX512) {
      return n;
    }
    long rest = n % COLUMNS;
    boolean pays =
        type == ElementType.F64
            ? rest % 16 >= 11 || rest >= 57 || (rest >= 25 && rest < 32)
            : rest >= 51 || (rest >= 22 && rest < 32);
    long line = LINE_BYTES / type.bytes();
    return pays ? Math.ceilDiv(n, line) * line : n;
  }
}
