package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.conv.Kernels;

/**
 * Fourier transforms of many columns at once: row {@code r} of two arrays holds the real and the
 * imaginary parts of every column's element {@code r}. Each step takes whole rows, in arrays of
 * their own and at equal indices, since C2 makes vectors of no other loops; and so the bits do not
 * depend on the vectors. The single-precision twin is derived from this file by the build.
 *
 * <p>The forward transform decimates frequencies and leaves them in a scrambled order, the inverse
 * decimates time and takes them so: nothing is ever put in order. Steps are radix 2, several at a
 * time on as many rows as stay in the first-level cache; where 3 divides the length, the first one
 * is radix 3.
 */
final class F64RowTransform {
  /** Steps that are done at once on rows far apart, and those on rows that lie together. */
  private static final int STEPS = 3;

  private final int length;
  private final double[] cos;
  private final double[] sin;

  /** The same steps by the Vector API, or null where that isn't used. */
  private final F64VectorRowTransform vectors;

  /**
   * Computes the roots for a length.
   *
   * @param length a power of two, or three times a multiple of 4
   */
  F64RowTransform(int length) {
    this.length = length;
    cos = new double[length];
    sin = new double[length];
    Roots.fill(cos, sin);
    vectors = Kernels.useVectors() ? new F64VectorRowTransform(cos, sin) : null;
  }

  /** Returns the length. */
  int length() {
    return length;
  }

  /** Transforms columns up to {@code columns} of the rows from {@code first} on. */
  void forward(double[][] re, double[][] im, int first, int columns) {
    forward(re, im, first, length, columns);
  }

  private void forward(double[][] re, double[][] im, int first, int n, int columns) {
    if (n % 3 == 0) {
      int third = n / 3;
      for (int j = 0; j < third; j++) {
        apart(re, im, first + j, third, j, columns);
      }
      for (int part = 0; part < 3; part++) {
        forward(re, im, first + part * third, third, columns);
      }
      return;
    }
    if (vectors != null && F64VectorRowTransform.suits(columns)) {
      vectors.forward(re, im, first, n, columns);
      return;
    }
    int steps = steps(n);
    forwardSteps(re, im, first, n, steps, columns);
    int rest = n >> steps;
    for (int part = 0; rest > 1 && part < 1 << steps; part++) {
      forward(re, im, first + part * rest, rest, columns);
    }
  }

  /** Transforms back, without the division by the length. */
  void inverse(double[][] re, double[][] im, int first, int columns) {
    inverse(re, im, first, length, columns);
  }

  private void inverse(double[][] re, double[][] im, int first, int n, int columns) {
    if (n % 3 == 0) {
      int third = n / 3;
      for (int part = 0; part < 3; part++) {
        inverse(re, im, first + part * third, third, columns);
      }
      for (int j = 0; j < third; j++) {
        together(re, im, first + j, third, j, columns);
      }
      return;
    }
    if (vectors != null && F64VectorRowTransform.suits(columns)) {
      vectors.inverse(re, im, first, n, columns);
      return;
    }
    int steps = steps(n);
    int rest = n >> steps;
    for (int part = 0; rest > 1 && part < 1 << steps; part++) {
      inverse(re, im, first + part * rest, rest, columns);
    }
    inverseSteps(re, im, first, n, steps, columns);
  }

  /**
   * Returns the steps to do at once on n rows: all, or so many that the rest is worth its loops.
   */
  private static int steps(int n) {
    int all = Integer.numberOfTrailingZeros(n);
    return all <= STEPS + 1 ? all : Math.min(STEPS, all - STEPS);
  }

  private void forwardSteps(
      double[][] re, double[][] im, int first, int n, int steps, int columns) {
    int stride = n >> steps;
    for (int j = 0; j < stride; j++) {
      for (int step = 0; step < steps; step++) {
        int half = 1 << (steps - 1 - step);
        int turn = (length / n) << step;
        for (int block = 0; block < 1 << steps; block += 2 * half) {
          for (int k = 0; k < half; k++) {
            int a = first + (block + k) * stride + j;
            int b = a + half * stride;
            apart(re[a], re[b], im[a], im[b], (k * stride + j) * turn, columns);
          }
        }
      }
    }
  }

  private void inverseSteps(
      double[][] re, double[][] im, int first, int n, int steps, int columns) {
    int stride = n >> steps;
    for (int j = 0; j < stride; j++) {
      for (int step = steps - 1; step >= 0; step--) {
        int half = 1 << (steps - 1 - step);
        int turn = (length / n) << step;
        for (int block = 0; block < 1 << steps; block += 2 * half) {
          for (int k = 0; k < half; k++) {
            int a = first + (block + k) * stride + j;
            int b = a + half * stride;
            together(re[a], re[b], im[a], im[b], (k * stride + j) * turn, columns);
          }
        }
      }
    }
  }

  /** A step forward of radix 2: {@code a + b} and {@code (a − b)·w}. */
  private void apart(
      double[] aRe, double[] bRe, double[] aIm, double[] bIm, int root, int columns) {
    if (root == 0) {
      sums(aRe, bRe, aIm, bIm, columns);
    } else if (4 * root == length) {
      apartByQuarter(aRe, bRe, aIm, bIm, columns);
    } else {
      apart(aRe, bRe, aIm, bIm, cos[root], sin[root], columns);
    }
  }

  /** A step back of radix 2: {@code a + b/w} and {@code a − b/w}. */
  private void together(
      double[] aRe, double[] bRe, double[] aIm, double[] bIm, int root, int columns) {
    if (root == 0) {
      sums(aRe, bRe, aIm, bIm, columns);
    } else if (4 * root == length) {
      togetherByQuarter(aRe, bRe, aIm, bIm, columns);
    } else {
      together(aRe, bRe, aIm, bIm, cos[root], sin[root], columns);
    }
  }

  private static void sums(double[] aRe, double[] bRe, double[] aIm, double[] bIm, int columns) {
    for (int i = 0; i < columns; i++) {
      double x = aRe[i];
      double u = bRe[i];
      double y = aIm[i];
      double v = bIm[i];
      aRe[i] = x + u;
      bRe[i] = x - u;
      aIm[i] = y + v;
      bIm[i] = y - v;
    }
  }

  private static void apartByQuarter(
      double[] aRe, double[] bRe, double[] aIm, double[] bIm, int columns) {
    for (int i = 0; i < columns; i++) {
      double x = aRe[i];
      double u = bRe[i];
      double y = aIm[i];
      double v = bIm[i];
      aRe[i] = x + u;
      bRe[i] = y - v;
      aIm[i] = y + v;
      bIm[i] = u - x;
    }
  }

  private static void togetherByQuarter(
      double[] aRe, double[] bRe, double[] aIm, double[] bIm, int columns) {
    for (int i = 0; i < columns; i++) {
      double x = aRe[i];
      double u = bRe[i];
      double y = aIm[i];
      double v = bIm[i];
      aRe[i] = x - v;
      bRe[i] = x + v;
      aIm[i] = y + u;
      bIm[i] = y - u;
    }
  }

  private static void apart(
      double[] aRe, double[] bRe, double[] aIm, double[] bIm, double wRe, double wIm, int columns) {
    double minus = -wIm;
    for (int i = 0; i < columns; i++) {
      double x = aRe[i];
      double u = bRe[i];
      double y = aIm[i];
      double v = bIm[i];
      double p = x - u;
      double q = y - v;
      aRe[i] = x + u;
      aIm[i] = y + v;
      bRe[i] = Math.fma(p, wRe, q * minus);
      bIm[i] = Math.fma(p, wIm, q * wRe);
    }
  }

  private static void together(
      double[] aRe, double[] bRe, double[] aIm, double[] bIm, double wRe, double wIm, int columns) {
    double minus = -wIm;
    for (int i = 0; i < columns; i++) {
      double x = aRe[i];
      double u = bRe[i];
      double y = aIm[i];
      double v = bIm[i];
      double p = Math.fma(u, wRe, v * wIm);
      double q = Math.fma(v, wRe, u * minus);
      aRe[i] = x + p;
      bRe[i] = x - p;
      aIm[i] = y + q;
      bIm[i] = y - q;
    }
  }

  /** A step forward of radix 3 on rows {@code third} apart. */
  private void apart(double[][] re, double[][] im, int row, int third, int root, int columns) {
    sumAndDifference(re[row], re[row + third], re[row + 2 * third], -sin[length / 3], columns);
    sumAndDifference(im[row], im[row + third], im[row + 2 * third], -sin[length / 3], columns);
    turn(re[row + third], re[row + 2 * third], im[row + third], im[row + 2 * third], columns);
    if (root > 0) {
      times(re[row + third], im[row + third], cos[root], sin[root], columns);
      times(re[row + 2 * third], im[row + 2 * third], cos[2 * root], sin[2 * root], columns);
    }
  }

  /** A step back of radix 3. */
  private void together(double[][] re, double[][] im, int row, int third, int root, int columns) {
    if (root > 0) {
      times(re[row + third], im[row + third], cos[root], -sin[root], columns);
      times(re[row + 2 * third], im[row + 2 * third], cos[2 * root], -sin[2 * root], columns);
    }
    sumAndDifference(re[row], re[row + third], re[row + 2 * third], sin[length / 3], columns);
    sumAndDifference(im[row], im[row + third], im[row + 2 * third], sin[length / 3], columns);
    turn(re[row + third], re[row + 2 * third], im[row + third], im[row + 2 * third], columns);
  }

  /** {@code a + b + c}, {@code a − (b + c)/2} and {@code (b − c)·factor}. */
  private static void sumAndDifference(
      double[] a, double[] b, double[] c, double factor, int columns) {
    for (int i = 0; i < columns; i++) {
      double x = a[i];
      double y = b[i];
      double z = c[i];
      double sum = y + z;
      a[i] = x + sum;
      b[i] = x - sum / 2;
      c[i] = (y - z) * factor;
    }
  }

  /** {@code m − i·s} and {@code m + i·s}, of m in b and s in c. */
  private static void turn(double[] bRe, double[] cRe, double[] bIm, double[] cIm, int columns) {
    for (int i = 0; i < columns; i++) {
      double mRe = bRe[i];
      double sRe = cRe[i];
      double mIm = bIm[i];
      double sIm = cIm[i];
      bRe[i] = mRe + sIm;
      cRe[i] = mRe - sIm;
      bIm[i] = mIm - sRe;
      cIm[i] = mIm + sRe;
    }
  }

  private static void times(double[] re, double[] im, double wRe, double wIm, int columns) {
    double minus = -wIm;
    for (int i = 0; i < columns; i++) {
      double x = re[i];
      double y = im[i];
      re[i] = Math.fma(x, wRe, y * minus);
      im[i] = Math.fma(x, wIm, y * wRe);
    }
  }
}
