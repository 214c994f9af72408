package io.github.colonnade.internal.blas;

import io.github.colonnade.internal.memory.Parts;

/**
 * How a multiply is cut for OpenBLAS's kernels that take small matrices unpacked. Other multiplies
 * are packed first, which costs more than it gains unless the matrices are large in every
 * direction.
 *
 * <p>Measured on one core with AVX-512, in GFLOP/s whole and in parts, double precision and single:
 * 8 × 72 × 3640 30 and 89, 34 and 150; 64 × 75 × 1744 61 and 79, 115 and 171; 64 × 256 × 400 62 and
 * 85, 123 and 165; 512 × 128 × 200 64 and 83, 141 and 156. The sizes of the parts matter little as
 * long as each is taken unpacked.
 */
final class GemmParts {
  /** The most products of a multiply that OpenBLAS does not pack. */
  private static final long MOST_PRODUCTS = 1_000_000;

  private static final long MOST_ROWS = 64;
  private static final long MOST_DEPTH = 96;

  /** Whole vectors of either type. */
  private static final long COLUMNS = 16;

  private GemmParts() {}

  /** Returns whether a multiply is faster in parts. */
  static boolean pay(long m, long n, long k) {
    return (double) m * n * k > MOST_PRODUCTS && CoreKind.current() == CoreKind.AVX512;
  }

  /** Returns the rows of a part. */
  static long rows(long m) {
    return Parts.evenSize(m, MOST_ROWS);
  }

  /** Returns the depth of a part. */
  static long depth(long k) {
    return Parts.evenSize(k, MOST_DEPTH);
  }

  /** Returns the columns of a part. */
  static long columns(long rows, long depth) {
    return MOST_PRODUCTS / (rows * depth) / COLUMNS * COLUMNS;
  }
}
