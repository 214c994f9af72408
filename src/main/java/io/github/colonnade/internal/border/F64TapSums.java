package io.github.colonnade.internal.border;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;

/**
 * Sums of taps times elements along rows and across lines, by loops that C2 vectorises; the
 * single-precision twin is derived from this file by the build.
 */
class F64TapSums {
  /** Taps whose products are added in one loop. */
  static final int TOGETHER = 8;

  private static final F64TapSums PORTABLE = new F64TapSums();

  /** Returns the kernels of one kind. */
  static F64TapSums of(boolean vectors) {
    return vectors ? F64VectorTapSums.INSTANCE : PORTABLE;
  }

  /**
   * Sums along a row: {@code sums[i] = Σ taps[k] · row[i + k]}.
   *
   * @param row as many elements as sums and taps less one, and some slack. Not modified.
   * @param taps at least one
   * @param sums receives the sums, and maybe more in its slack
   * @param count sums
   * @param shifted scratch: {@link #TOGETHER} arrays of {@code count}
   */
  void row(double[] row, double[] taps, double[] sums, int count, double[][] shifted) {
    set(sums, row, count, taps[0]);
    for (int tap = 1; tap < taps.length; ) {
      int together = together(taps.length - tap);
      for (int i = 0; i < together; i++) {
        System.arraycopy(row, tap + i, shifted[i], 0, count);
      }
      add(sums, shifted, 0, count, taps, tap, together);
      tap += together;
    }
  }

  /**
   * Sums across lines: {@code output[r][i] = Σ taps[k] · lines[r + k][i]}.
   *
   * @param lines as many as rows and taps less one, with some slack. Not modified.
   * @param taps at least one
   * @param results scratch: an array as long as a line
   * @param rows rows of sums
   * @param count sums of a row
   * @param output receives the sums
   * @param index where the first goes
   * @param rowStep elements from there to the next row's first
   */
  void columns(
      double[][] lines,
      double[] taps,
      double[] results,
      int rows,
      int count,
      MemorySegment output,
      long index,
      long rowStep) {
    for (int row = 0; row < rows; row++) {
      set(results, lines[row], count, taps[0]);
      for (int tap = 1; tap < taps.length; ) {
        int together = together(taps.length - tap);
        add(results, lines, row + tap, count, taps, tap, together);
        tap += together;
      }
      long offset = (index + row * rowStep) * Double.BYTES;
      MemorySegment.copy(results, 0, output, JAVA_DOUBLE, offset, count);
    }
  }

  private static int together(int left) {
    return left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
  }

  /** Adds the products of up to eight taps with as many lines. */
  private static void add(
      double[] sums, double[][] lines, int line, int count, double[] taps, int tap, int together) {
    switch (together) {
      case 8 -> addEight(sums, lines, line, count, taps, tap);
      case 4 -> addFour(sums, lines, line, count, taps, tap);
      case 2 -> addTwo(sums, lines[line], lines[line + 1], count, taps[tap], taps[tap + 1]);
      default -> addOne(sums, lines[line], count, taps[tap]);
    }
  }

  // The loops that take the time. C2 vectorises them only where all indices are the same.

  private static void set(double[] sums, double[] x, int count, double tap) {
    for (int i = 0; i < count; i++) {
      sums[i] = tap * x[i];
    }
  }

  private static void addOne(double[] sums, double[] x, int count, double tap) {
    for (int i = 0; i < count; i++) {
      sums[i] += tap * x[i];
    }
  }

  private static void addTwo(
      double[] sums, double[] x0, double[] x1, int count, double tap0, double tap1) {
    for (int i = 0; i < count; i++) {
      sums[i] = sums[i] + tap0 * x0[i] + tap1 * x1[i];
    }
  }

  private static void addFour(
      double[] sums, double[][] lines, int line, int count, double[] taps, int tap) {
    double tap0 = taps[tap];
    double tap1 = taps[tap + 1];
    double tap2 = taps[tap + 2];
    double tap3 = taps[tap + 3];
    double[] x0 = lines[line];
    double[] x1 = lines[line + 1];
    double[] x2 = lines[line + 2];
    double[] x3 = lines[line + 3];
    for (int i = 0; i < count; i++) {
      sums[i] = sums[i] + tap0 * x0[i] + tap1 * x1[i] + tap2 * x2[i] + tap3 * x3[i];
    }
  }

  private static void addEight(
      double[] sums, double[][] lines, int line, int count, double[] taps, int tap) {
    double tap0 = taps[tap];
    double tap1 = taps[tap + 1];
    double tap2 = taps[tap + 2];
    double tap3 = taps[tap + 3];
    double tap4 = taps[tap + 4];
    double tap5 = taps[tap + 5];
    double tap6 = taps[tap + 6];
    double tap7 = taps[tap + 7];
    double[] x0 = lines[line];
    double[] x1 = lines[line + 1];
    double[] x2 = lines[line + 2];
    double[] x3 = lines[line + 3];
    double[] x4 = lines[line + 4];
    double[] x5 = lines[line + 5];
    double[] x6 = lines[line + 6];
    double[] x7 = lines[line + 7];
    for (int i = 0; i < count; i++) {
      sums[i] =
          sums[i]
              + tap0 * x0[i]
              + tap1 * x1[i]
              + tap2 * x2[i]
              + tap3 * x3[i]
              + tap4 * x4[i]
              + tap5 * x5[i]
              + tap6 * x6[i]
              + tap7 * x7[i];
    }
  }
}
