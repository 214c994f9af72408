package io.github.colonnade.cli;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * What a filter slides over an image.
 *
 * @param name as the command line spells it
 * @param note a few words for people
 * @param height rows of taps
 * @param width columns of taps
 * @param edges whether the kernels run on the luminance and their results' magnitude is the image;
 *     if not, the one kernel runs on each colour
 * @param taps kernels of height · width, row by row
 */
record ImageKernel(
    String name, String note, int height, int width, boolean edges, List<double[]> taps) {

  /** The kernels that have a name. */
  static final List<ImageKernel> NAMED =
      List.of(
          gradient("sobel", 1, 2),
          gradient("scharr", 3, 10),
          new ImageKernel(
              "laplacian",
              "second derivative, 3×3",
              3,
              3,
              true,
              List.of(taps(1, 1, 1, 1, -8, 1, 1, 1, 1))),
          gaussian(3),
          new ImageKernel(
              "sharpen",
              "four neighbours, 3×3",
              3,
              3,
              false,
              List.of(taps(0, -1, 0, -1, 5, -1, 0, -1, 0))),
          new ImageKernel(
              "emboss",
              "lit from the top left, 3×3",
              3,
              3,
              false,
              List.of(taps(-2, -1, 0, -1, 1, 1, 0, 1, 2))),
          box(5));

  /** Returns a nameless kernel of one set of taps, for each colour. */
  static ImageKernel of(int height, int width, double[] taps) {
    return new ImageKernel("file", height + "×" + width, height, width, false, List.of(taps));
  }

  /** A derivative smoothed across, both ways; a step of a quarter of the way to white is white. */
  private static ImageKernel gradient(String name, double side, double middle) {
    double scale = 4 / (side + middle + side);
    double s = side * scale;
    double m = middle * scale;
    return new ImageKernel(
        name,
        "gradient magnitude, 3×3",
        3,
        3,
        true,
        List.of(
            new double[] {-s, 0, s, -m, 0, m, -s, 0, s},
            new double[] {-s, -m, -s, 0, 0, 0, s, m, s}));
  }

  private static ImageKernel gaussian(double sigma) {
    int radius = (int) Math.ceil(3 * sigma);
    int size = 2 * radius + 1;
    double[] taps = new double[size * size];
    for (int i = 0; i < taps.length; i++) {
      double y = i / size - radius;
      double x = i % size - radius;
      taps[i] = Math.exp(-(x * x + y * y) / (2 * sigma * sigma));
    }
    double sum = DoubleStream.of(taps).sum();
    String note = "σ = " + (int) sigma + ", " + size + "×" + size;
    return new ImageKernel(
        "gaussian",
        note,
        size,
        size,
        false,
        List.of(DoubleStream.of(taps).map(tap -> tap / sum).toArray()));
  }

  private static ImageKernel box(int size) {
    double[] taps = new double[size * size];
    Arrays.fill(taps, 1.0 / taps.length);
    return new ImageKernel("box", "mean, " + size + "×" + size, size, size, false, List.of(taps));
  }

  private static double[] taps(double... taps) {
    return taps;
  }
}
