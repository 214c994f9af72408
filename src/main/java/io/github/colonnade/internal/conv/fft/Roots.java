package io.github.colonnade.internal.conv.fft;

/** The roots of unity, {@code exp(-2πi·k/n)}, each part within a roundoff. */
final class Roots {
  private Roots() {}

  /** Sets two arrays of one length to the real and the imaginary parts of so many roots. */
  static void fill(double[] real, double[] imaginary) {
    for (int k = 0; k < real.length; k++) {
      real[k] = real(k, real.length);
      imaginary[k] = imaginary(k, real.length);
    }
  }

  /** Sets two arrays of one length to the real and the imaginary parts of so many roots. */
  static void fill(float[] real, float[] imaginary) {
    for (int k = 0; k < real.length; k++) {
      real[k] = (float) real(k, real.length);
      imaginary[k] = (float) imaginary(k, real.length);
    }
  }

  /** Returns the real part of a root, {@code 0 ≤ k < n}; n is 1, 2 or a multiple of 4. */
  private static double real(int k, int n) {
    // Turned by an eighth at a time until the angle is at most an eighth: it rounds least there.
    int quarter = n / 4;
    if (k > n / 2) {
      return real(n - k, n);
    }
    if (k > quarter) {
      return -real(n / 2 - k, n);
    }
    return 2 * k <= quarter
        ? Math.cos(2 * Math.PI * k / n)
        : Math.sin(2 * Math.PI * (quarter - k) / n);
  }

  /** Returns the imaginary part of the {@code k}-th of {@code n} roots. */
  private static double imaginary(int k, int n) {
    // The sine is the cosine a quarter further on.
    return n < 4 ? 0 : real((k + n / 4) % n, n);
  }
}
