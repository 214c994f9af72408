package io.github.colonnade.cli;

import io.github.colonnade.SeparableKernel;
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
              List.of(new WrittenOut(1, 1, 1, 1, -8, 1, 1, 1, 1))),
          gaussian(SIGMA),
          new ImageKernel(
              "sharpen",
              "four neighbours, 3×3",
              3,
              3,
              false,
              List.of(new WrittenOut(0, -1, 0, -1, 5, -1, 0, -1, 0))),
          new ImageKernel(
              "emboss",
              "lit from the top left, 3×3",
              3,
              3,
              false,
              List.of(new WrittenOut(-2, -1, 0, -1, 1, 1, 0, 1, 2))),
          product("box", "mean, 5×5", SeparableKernel.box(5, 5)));

  /** One kernel. */
  sealed interface Part {
    /** Returns the taps, row by row. */
    double[] taps();

    /** Returns the sum of the taps. */
    double sum();

    /** Returns whether a tap may be negative. */
    boolean hasNegative();

    /** Returns the kernel of the taps' sizes. */
    Part absolute();
  }

  /** A kernel that is a column times a row. */
  record Product(SeparableKernel kernel) implements Part {
    @Override
    public double[] taps() {
      return kernel.taps();
    }

    @Override
    public double sum() {
      return DoubleStream.of(kernel.vertical()).sum() * DoubleStream.of(kernel.horizontal()).sum();
    }

    @Override
    public boolean hasNegative() {
      return anyNegative(kernel.vertical()) || anyNegative(kernel.horizontal());
    }

    @Override
    public Part absolute() {
      return new Product(SeparableKernel.of(sizes(kernel.vertical()), sizes(kernel.horizontal())));
    }
  }

  /** A kernel that is written out. */
  static final class WrittenOut implements Part {
    private final double[] taps;

    WrittenOut(double... taps) {
      this.taps = taps;
    }

    @Override
    public double[] taps() {
      return taps;
    }

    @Override
    public double sum() {
      return DoubleStream.of(taps).sum();
    }

    @Override
    public boolean hasNegative() {
      return anyNegative(taps);
    }

    @Override
    public Part absolute() {
      return new WrittenOut(sizes(taps));
    }
  }

  private static boolean anyNegative(double... taps) {
    return DoubleStream.of(taps).anyMatch(tap -> tap < 0);
  }

  private static double[] sizes(double... taps) {
    return DoubleStream.of(taps).map(Math::abs).toArray();
  }

  /**
   * Returns a nameless kernel of one set of taps, for each colour.
   *
   * @param taps height · width of them, row by row
   * @param tolerance what a product of a column and a row may leave of them, as {@link
   *     SeparableKernel#separate} has it
   */
  static ImageKernel of(int height, int width, double[] taps, double tolerance) {
    Part part =
        SeparableKernel.separate(taps, height, width, tolerance)
            .<Part>map(Product::new)
            .orElseGet(() -> new WrittenOut(taps));
    return new ImageKernel("file", height + "×" + width, height, width, false, List.of(part));
  }

  /** Returns a Gaussian of any standard deviation. */
  static ImageKernel gaussian(double sigma) {
    SeparableKernel kernel = SeparableKernel.gaussian(sigma, sigma, 0, 0, TRUNCATE);
    String number = sigma == Math.rint(sigma) ? String.valueOf((long) sigma) : "" + sigma;
    String note = "σ = " + number + ", " + kernel.height() + "×" + kernel.width();
    return product("gaussian", note, kernel);
  }

  /** Returns this with all kernels written out. */
  ImageKernel writtenOut() {
    List<Part> written = parts.stream().<Part>map(part -> new WrittenOut(part.taps())).toList();
    return new ImageKernel(name, note, height, width, edges, written);
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
        List.of(new Product(x), new Product(x.transposed())));
  }

  private static ImageKernel product(String name, String note, SeparableKernel kernel) {
    return new ImageKernel(
        name, note, kernel.height(), kernel.width(), false, List.of(new Product(kernel)));
  }
}
