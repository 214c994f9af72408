package io.github.colonnade.peers.filter;

import io.github.colonnade.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * One filter of one image.
 *
 * @param image name of the image
 * @param channels planes, or colours of a pixel
 * @param height rows
 * @param width columns
 * @param dtype type of elements and taps
 * @param kernel rows and columns of taps, an odd number
 * @param separable whether the kernel is a column times a row
 */
record FilterCase(
    String image, int channels, int height, int width, DType dtype, int kernel, boolean separable) {
  private static final int[] KERNELS = {3, 5, 7, 11, 31, 63};
  private static final long SEED = 16;

  /** Returns all cases: a grey plane and a colour photograph in both types. */
  static List<FilterCase> all() {
    List<FilterCase> cases = new ArrayList<>();
    for (DType dtype : List.of(DType.F32, DType.F64)) {
      for (int kernel : KERNELS) {
        for (boolean separable : new boolean[] {false, true}) {
          cases.add(new FilterCase("plane", 1, 4096, 4096, dtype, kernel, separable));
          cases.add(new FilterCase("photograph", 3, 2000, 3000, dtype, kernel, separable));
        }
      }
    }
    return cases;
  }

  /** Returns the elements, plane by plane, of single precision. */
  double[] pixels() {
    return random(SEED, channels * height * width);
  }

  /** Returns the taps along a column, and along a row. */
  double[] line() {
    double[] line = random(SEED + 1, kernel);
    for (int i = 0; i < kernel; i++) {
      line[i] = (float) (line[i] / kernel);
    }
    return line;
  }

  /** Returns all taps, row by row. */
  double[] taps() {
    if (!separable) {
      double[] taps = random(SEED + 2, kernel * kernel);
      for (int i = 0; i < taps.length; i++) {
        taps[i] = (float) (taps[i] / taps.length);
      }
      return taps;
    }
    double[] line = line();
    double[] taps = new double[kernel * kernel];
    for (int i = 0; i < taps.length; i++) {
      taps[i] = line[i / kernel] * line[i % kernel];
    }
    return taps;
  }

  private static double[] random(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  /** Computes one pixel by the definition, away from the border. */
  double expected(double[] pixels, double[] taps, int channel, int row, int column) {
    int radius = kernel / 2;
    double sum = 0;
    for (int i = 0; i < kernel; i++) {
      long from = ((long) channel * height + row - radius + i) * width + column - radius;
      for (int j = 0; j < kernel; j++) {
        sum += taps[i * kernel + j] * pixels[(int) from + j];
      }
    }
    return sum;
  }

  /** Returns such as {@code plane 4096x4096x1 f32 11x11 separable}. */
  String label() {
    return String.format(
        Locale.ROOT,
        "%s %dx%dx%d %s %dx%d %s",
        image,
        height,
        width,
        channels,
        dtype.name().toLowerCase(Locale.ROOT),
        kernel,
        kernel,
        separable ? "separable" : "any");
  }
}
