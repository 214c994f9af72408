package io.github.colonnade.internal.conv.direct;

/**
 * The arithmetic of direct convolution, on lines in arrays of their own. A sum and all that is
 * added to it have the same index, since C2 makes vectors of no other loops, and each is one
 * multiply-add after the other in a fixed order: so the bits depend neither on the vectors nor on
 * how many lines a loop takes at once. The single-precision twin is derived from this file by the
 * build.
 */
final class F64TapLoops {
  /** Elements from which on adding halves pays. */
  private static final int LONG_LINE = 64;

  private F64TapLoops() {}

  /**
   * Takes some elements of a row, with zeros behind them.
   *
   * @param row holds the elements
   * @param from the first
   * @param step elements from one that is taken to the next
   * @param width how many are taken
   * @param line receives them
   * @param to where the first goes
   * @param pitch elements written there, with the zeros
   */
  static void pick(double[] row, int from, int step, int width, double[] line, int to, int pitch) {
    if (step == 2) {
      // A constant step, for which C2 leaves out the checks of each index.
      for (int i = 0; i < width; i++) {
        line[to + i] = row[from + i * 2];
      }
    } else {
      for (int i = 0; i < width; i++) {
        line[to + i] = row[from + i * step];
      }
    }
    for (int i = to + width; i < to + pitch; i++) {
      line[i] = 0;
    }
  }

  /**
   * Puts neighbours some elements apart.
   *
   * @param line holds them
   * @param from the first
   * @param width how many
   * @param row receives them
   * @param to where the first goes
   * @param step elements from there to the next
   */
  static void spread(double[] line, int from, int width, double[] row, int to, int step) {
    for (int i = 0; i < width; i++) {
      row[to + i * step] = line[from + i];
    }
  }

  /**
   * Adds weighted lines: {@code sums[i] += Σ_t weights[first + t] · lines[planes[t]][i]}.
   *
   * @param sums a line. Modified.
   * @param weights one for each tap
   * @param first the first of them
   * @param lines the lines that taps read
   * @param planes which of them each tap reads
   * @param taps how many of these to use
   * @param from first element
   * @param to element behind the last
   */
  static void convolve(
      double[] sums,
      double[] weights,
      int first,
      double[][] lines,
      int[] planes,
      int taps,
      int from,
      int to) {
    int t = 0;
    // More than seven arrays in a loop, and C2 makes no vectors of it.
    for (; t + 4 < taps && t + 6 != taps; t += 5) {
      addFive(sums, weights, first + t, lines, planes, t, from, to);
    }
    for (; t + 2 < taps; t += 3) {
      addThree(sums, weights, first + t, lines, planes, t, from, to);
    }
    for (; t + 1 < taps; t += 2) {
      addTwo(sums, weights, first + t, lines, planes, t, from, to);
    }
    if (t < taps) {
      addOne(sums, weights[first + t], lines[planes[t]], from, to);
    }
  }

  private static void addFive(
      double[] sums,
      double[] weights,
      int first,
      double[][] lines,
      int[] planes,
      int t,
      int from,
      int to) {
    double[] a = lines[planes[t]];
    double[] b = lines[planes[t + 1]];
    double[] c = lines[planes[t + 2]];
    double[] d = lines[planes[t + 3]];
    double[] e = lines[planes[t + 4]];
    double wA = weights[first];
    double wB = weights[first + 1];
    double wC = weights[first + 2];
    double wD = weights[first + 3];
    double wE = weights[first + 4];
    for (int i = from; i < to; i++) {
      double sum = Math.fma(wA, a[i], sums[i]);
      sum = Math.fma(wB, b[i], sum);
      sum = Math.fma(wC, c[i], sum);
      sum = Math.fma(wD, d[i], sum);
      sums[i] = Math.fma(wE, e[i], sum);
    }
  }

  private static void addThree(
      double[] sums,
      double[] weights,
      int first,
      double[][] lines,
      int[] planes,
      int t,
      int from,
      int to) {
    double[] a = lines[planes[t]];
    double[] b = lines[planes[t + 1]];
    double[] c = lines[planes[t + 2]];
    double wA = weights[first];
    double wB = weights[first + 1];
    double wC = weights[first + 2];
    for (int i = from; i < to; i++) {
      double sum = Math.fma(wA, a[i], sums[i]);
      sum = Math.fma(wB, b[i], sum);
      sums[i] = Math.fma(wC, c[i], sum);
    }
  }

  private static void addTwo(
      double[] sums,
      double[] weights,
      int first,
      double[][] lines,
      int[] planes,
      int t,
      int from,
      int to) {
    double[] a = lines[planes[t]];
    double[] b = lines[planes[t + 1]];
    double wA = weights[first];
    double wB = weights[first + 1];
    for (int i = from; i < to; i++) {
      sums[i] = Math.fma(wB, b[i], Math.fma(wA, a[i], sums[i]));
    }
  }

  private static void addOne(double[] sums, double weight, double[] line, int from, int to) {
    for (int i = from; i < to; i++) {
      sums[i] = Math.fma(weight, line[i], sums[i]);
    }
  }

  /**
   * Multiplies a gradient with lines, element by element: {@code sums[first + t][i] += gradient[i]
   * · lines[planes[t]][i]}.
   *
   * @param sums a line for each tap. Modified.
   * @param first the first of them
   * @param gradient a line of the gradient
   * @param lines the lines that taps read
   * @param planes which of them each tap reads
   * @param taps how many of these to use
   * @param from first element
   * @param to element behind the last
   */
  static void correlate(
      double[][] sums,
      int first,
      double[] gradient,
      double[][] lines,
      int[] planes,
      int taps,
      int from,
      int to) {
    int t = 0;
    for (; t + 2 < taps; t += 3) {
      correlateThree(sums, first + t, gradient, lines, planes, t, from, to);
    }
    for (; t < taps; t++) {
      correlateOne(sums[first + t], gradient, lines[planes[t]], from, to);
    }
  }

  private static void correlateThree(
      double[][] sums,
      int first,
      double[] gradient,
      double[][] lines,
      int[] planes,
      int t,
      int from,
      int to) {
    double[] sumA = sums[first];
    double[] sumB = sums[first + 1];
    double[] sumC = sums[first + 2];
    double[] a = lines[planes[t]];
    double[] b = lines[planes[t + 1]];
    double[] c = lines[planes[t + 2]];
    for (int i = from; i < to; i++) {
      double g = gradient[i];
      sumA[i] = Math.fma(g, a[i], sumA[i]);
      sumB[i] = Math.fma(g, b[i], sumB[i]);
      sumC[i] = Math.fma(g, c[i], sumC[i]);
    }
  }

  private static void correlateOne(
      double[] sums, double[] gradient, double[] line, int from, int to) {
    for (int i = from; i < to; i++) {
      sums[i] = Math.fma(gradient[i], line[i], sums[i]);
    }
  }

  /**
   * Sums some elements of a line: its halves are added to each other while they are long, then
   * eight interleaved sums, then those pairwise.
   *
   * @param line the line. Overwritten.
   * @param from first element
   * @param count elements
   * @param spare as long a line. Overwritten.
   */
  static double sum(double[] line, int from, int count, double[] spare) {
    int n = count;
    while (n >= LONG_LINE) {
      int half = n / 2;
      // Not added where they lie: a sum and what is added to it must have the same index.
      System.arraycopy(line, from + n - half, spare, from, half);
      add(line, spare, from, from + half);
      n -= half;
    }
    return sum(line, from, from + n);
  }

  private static void add(double[] sums, double[] line, int from, int to) {
    for (int i = from; i < to; i++) {
      sums[i] += line[i];
    }
  }

  private static double sum(double[] line, int from, int to) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    double s4 = 0;
    double s5 = 0;
    double s6 = 0;
    double s7 = 0;
    int i = from;
    for (; i + 7 < to; i += 8) {
      s0 += line[i];
      s1 += line[i + 1];
      s2 += line[i + 2];
      s3 += line[i + 3];
      s4 += line[i + 4];
      s5 += line[i + 5];
      s6 += line[i + 6];
      s7 += line[i + 7];
    }
    for (; i < to; i++) {
      s0 += line[i];
    }
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
  }
}
