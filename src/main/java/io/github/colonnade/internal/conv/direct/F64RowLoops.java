package io.github.colonnade.internal.conv.direct;

/**
 * The arithmetic of strips: neighbouring taps of a kernel's row are added in one loop. C2 makes
 * vectors of it although they are read at different places, since each place lies a constant ahead
 * of the sum, and each tap has a reference of its own to the row: of two reads by one reference,
 * that of one turn is also the other's of the next, and is not read again. The single-precision
 * twin is derived from this file by the build.
 */
final class F64RowLoops {
  /** Taps of one loop at most, and references to each row. */
  static final int TAPS = 5;

  private F64RowLoops() {}

  /**
   * Adds the taps of one row of the kernel: {@code sums[i] += Σ_t weights[first + t] · row[i + t]},
   * one multiply-add after the other.
   *
   * @param sums the sums, and behind them as many elements as taps, which are overwritten.
   *     Modified.
   * @param rows references to rows
   * @param row the first of those to this row
   * @param weights the weights
   * @param first the first tap's
   * @param taps how many
   * @param from first sum
   * @param to end of the sums
   */
  static void add(
      double[] sums,
      double[][] rows,
      int row,
      double[] weights,
      int first,
      int taps,
      int from,
      int to) {
    int columns = to - from;
    int at = 0;
    while (true) {
      int left = taps - at;
      int some = some(left);
      int begin = from + at;
      int end = to + at;
      switch (some) {
        case 1 -> addOne(sums, rows, row, weights, first + at, begin, end);
        case 2 -> addTwo(sums, rows, row, weights, first + at, begin, end);
        case 3 -> addThree(sums, rows, row, weights, first + at, begin, end);
        case 4 -> addFour(sums, rows, row, weights, first + at, begin, end);
        default -> addFive(sums, rows, row, weights, first + at, begin, end);
      }
      if (some == left) {
        break;
      }
      // They move on to where the next taps read, since these are a constant ahead.
      System.arraycopy(sums, begin, sums, begin + some, columns);
      at += some;
    }
    if (at > 0) {
      System.arraycopy(sums, from + at, sums, from, columns);
    }
  }

  /** Returns the taps of the next loop: as even as can be. */
  static int some(int left) {
    return Math.ceilDiv(left, Math.ceilDiv(left, TAPS));
  }

  private static void addOne(
      double[] sums, double[][] rows, int row, double[] weights, int first, int from, int to) {
    double[] a = rows[row];
    double wA = weights[first];
    for (int i = from; i < to; i++) {
      sums[i] = Math.fma(wA, a[i], sums[i]);
    }
  }

  private static void addTwo(
      double[] sums, double[][] rows, int row, double[] weights, int first, int from, int to) {
    double[] a = rows[row];
    double[] b = rows[row + 1];
    double wA = weights[first];
    double wB = weights[first + 1];
    for (int i = from; i < to; i++) {
      double sum = Math.fma(wA, a[i], sums[i]);
      sums[i] = Math.fma(wB, b[i + 1], sum);
    }
  }

  private static void addThree(
      double[] sums, double[][] rows, int row, double[] weights, int first, int from, int to) {
    double[] a = rows[row];
    double[] b = rows[row + 1];
    double[] c = rows[row + 2];
    double wA = weights[first];
    double wB = weights[first + 1];
    double wC = weights[first + 2];
    for (int i = from; i < to; i++) {
      double sum = Math.fma(wA, a[i], sums[i]);
      sum = Math.fma(wB, b[i + 1], sum);
      sums[i] = Math.fma(wC, c[i + 2], sum);
    }
  }

  private static void addFour(
      double[] sums, double[][] rows, int row, double[] weights, int first, int from, int to) {
    double[] a = rows[row];
    double[] b = rows[row + 1];
    double[] c = rows[row + 2];
    double[] d = rows[row + 3];
    double wA = weights[first];
    double wB = weights[first + 1];
    double wC = weights[first + 2];
    double wD = weights[first + 3];
    for (int i = from; i < to; i++) {
      double sum = Math.fma(wA, a[i], sums[i]);
      sum = Math.fma(wB, b[i + 1], sum);
      sum = Math.fma(wC, c[i + 2], sum);
      sums[i] = Math.fma(wD, d[i + 3], sum);
    }
  }

  private static void addFive(
      double[] sums, double[][] rows, int row, double[] weights, int first, int from, int to) {
    double[] a = rows[row];
    double[] b = rows[row + 1];
    double[] c = rows[row + 2];
    double[] d = rows[row + 3];
    double[] e = rows[row + 4];
    double wA = weights[first];
    double wB = weights[first + 1];
    double wC = weights[first + 2];
    double wD = weights[first + 3];
    double wE = weights[first + 4];
    for (int i = from; i < to; i++) {
      double sum = Math.fma(wA, a[i], sums[i]);
      sum = Math.fma(wB, b[i + 1], sum);
      sum = Math.fma(wC, c[i + 2], sum);
      sum = Math.fma(wD, d[i + 3], sum);
      sums[i] = Math.fma(wE, e[i + 4], sum);
    }
  }
}
