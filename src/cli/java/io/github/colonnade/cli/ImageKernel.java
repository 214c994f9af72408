package io.github.colonnade.cli;

import io.github.colonnade.SeparableKernel;
import java.util.List;
import java.util.Optional;
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
 * @param parts kernels of height · width
 */
record ImageKernel(
    String name, String note, int height, int width, boolean edges, List<Part> parts) {
  /** The standard deviation of a Gaussian where nothing is said. */
  static final double SIGMA = 3;

  /** Standard deviations to which a Gaussian reaches. */
  private static final double TRUNCATE = 3;

  /** The kernels that have a name. */
  static final List<ImageKernel> NAMED =
      List.of(
          gradient("sobel", SeparableKernel.sobelX()),
          gradient("scharr", SeparableKernel.scharrX()),
          new ImageKernel(
              "laplacian",
              "second derivative, 3×3",
              3,
              3,
              true,
              List.of(square(1, 1, 1, 1, -8, 1, 1, 1, 1))),
          gaussian(SIGMA),
          new ImageKernel(
              "sharpen",
              "four neighbours, 3×3",
              3,
              3,
              false,
              List.of(square(0, -1, 0, -1, 5, -1, 0, -1, 0))),
          new ImageKernel(
              "emboss",
              "lit from the top left, 3×3",
              3,
              3,
              false,
              List.of(square(-2, -1, 0, -1, 1, 1, 0, 1, 2))),
          product("box", "mean, 5×5", SeparableKernel.box(5, 5)));

  /**
   * One kernel: a column times a row, or else written out.
   *
   * @param product the column and the row, or null
   * @param written the taps, row by row, or null where there is a product
   */
  record Part(SeparableKernel product, double[] written) {

    Optional<SeparableKernel> separable() {
      return Optional.ofNullable(product);
    }

    /** Returns the taps, row by row. */
    double[] taps() {
      return product == null ? written : product.taps();
    }

    double sum() {
      return product == null
          ? DoubleStream.of(written).sum()
          : DoubleStream.of(product.vertical()).sum() * DoubleStream.of(product.horizontal()).sum();
    }

    /** Returns the kernel of the taps' sizes; this, if none is negative. */
    Part absolute() {
      if (product == null) {
        return isAbsolute(written) ? this : new Part(null, absolute(written));
      }
      double[] column = product.vertical();
      double[] row = product.horizontal();
      return isAbsolute(column) && isAbsolute(row)
          ? this
          : new Part(SeparableKernel.of(absolute(column), absolute(row)), null);
    }

    private static boolean isAbsolute(double... taps) {
      return DoubleStream.of(taps).allMatch(tap -> tap >= 0);
    }

    private static double[] absolute(double... taps) {
      return DoubleStream.of(taps).map(Math::abs).toArray();
    }
  }

  /**
   * Returns a nameless kernel of one set of taps, for each colour.
   *
   * @param taps height · width of them, row by row
   * @param tolerance what a product of a column and a row may leave of them, as {@link
   *     SeparableKernel#separate} has it
   */
  static ImageKernel of(int height, int width, double[] taps, double tolerance) {
    SeparableKernel product = SeparableKernel.separate(taps, height, width, tolerance).orElse(null);
    Part part = new Part(product, product == null ? taps : null);
    return new ImageKernel("file", height + "×" + width, height, width, false, List.of(part));
  }

  /** Returns a Gaussian of any standard deviation. */
  static ImageKernel gaussian(double sigma) {
    SeparableKernel kernel = SeparableKernel.gaussian(sigma, sigma, 0, 0, TRUNCATE);
    String number = sigma == Math.rint(sigma) ? String.valueOf((long) sigma) : "" + sigma;
    String note = "σ = " + number + ", " + kernel.height() + "×" + kernel.width();
    return product("gaussian", note, kernel);
  }

  /** Returns the kernels written out, row by row. */
  List<double[]> taps() {
    return parts.stream().map(Part::taps).toList();
  }

  /** Returns this with all kernels written out, if not {@code separable}. */
  ImageKernel separable(boolean separable) {
    return separable
        ? this
        : new ImageKernel(
            name,
            note,
            height,
            width,
            edges,
            parts.stream().map(part -> new Part(null, part.taps())).toList());
  }

  /** A derivative smoothed across, both ways; a step of a quarter of the way to white is white. */
  private static ImageKernel gradient(String name, SeparableKernel across) {
    SeparableKernel x = across.scaled(4 / DoubleStream.of(across.vertical()).sum());
    return new ImageKernel(
        name,
        "gradient magnitude, 3×3",
        3,
        3,
        true,
        List.of(new Part(x, null), new Part(x.transposed(), null)));
  }

  private static ImageKernel product(String name, String note, SeparableKernel kernel) {
    return new ImageKernel(
        name, note, kernel.height(), kernel.width(), false, List.of(new Part(kernel, null)));
  }

  private static Part square(double... taps) {
    return new Part(null, taps);
  }
}
