package io.github.colonnade;

import io.github.colonnade.internal.border.RankOne;
import java.io.InvalidObjectException;
import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * A kernel {@code [KH, KW]} that is a column times a row, {@code k[y, x] = vertical[y] ·
 * horizontal[x]}, so that KH + KW products a pixel do instead of KH · KW: the common ones by name,
 * those of any taps, and the search for both in a kernel that is written out.
 *
 * <p>Taps are those of cross-correlation, as everywhere in this library: a derivative is positive
 * where the image gets brighter downwards (y) or to the right (x). Immutable; equal if its taps
 * are.
 */
public final class SeparableKernel implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  /** Standard deviations to which a Gaussian reaches where nothing else is said. */
  private static final double TRUNCATE = 4;

  /** More taps are a mistake: a picture has fewer pixels in a row. */
  private static final int MOST_TAPS = 1 << 24;

  /** The outermost taps of a larger one would be too small for a double. */
  private static final int MOST_BINOMIAL = 1024;

  /** Higher derivatives are noise. */
  private static final int MOST_ORDER = 32;

  private final double[] vertical;
  private final double[] horizontal;

  private SeparableKernel(double[] vertical, double[] horizontal) {
    this.vertical = vertical;
    this.horizontal = horizontal;
  }

  /**
   * Makes a kernel of any taps.
   *
   * @param vertical KH taps along a column. Not modified.
   * @param horizontal KW taps along a row. Not modified.
   * @return a kernel that has copied them
   * @throws IllegalArgumentException if there is none, more than 2^24, or one that is not finite
   */
  public static SeparableKernel of(double[] vertical, double[] horizontal) {
    return new SeparableKernel(checked("vertical", vertical), checked("horizontal", horizontal));
  }

  private static double[] checked(String name, double... taps) {
    double[] copy = taps.clone();
    if (copy.length == 0 || copy.length > MOST_TAPS) {
      throw new IllegalArgumentException(
          name + ": has " + copy.length + " taps, must have at least 1 and at most " + MOST_TAPS);
    }
    for (int i = 0; i < copy.length; i++) {
      if (!Double.isFinite(copy[i])) {
        throw new IllegalArgumentException(
            name + "[" + i + "]: is " + copy[i] + ", must be finite");
      }
    }
    return copy;
  }

  /**
   * Returns a Gaussian that reaches to four standard deviations, as {@code
   * scipy.ndimage.gaussian_filter} has it.
   *
   * @param sigma standard deviation in pixels, both ways
   * @return a kernel of {@code 2·⌊4σ + 0.5⌋ + 1} taps each way, the sum of each being 1
   * @throws IllegalArgumentException if sigma is not positive, or there were more than 2^24 taps
   */
  public static SeparableKernel gaussian(double sigma) {
    return gaussian(sigma, sigma, 0, 0, TRUNCATE);
  }

  /**
   * Returns a Gaussian or a derivative of one, as {@code scipy.ndimage.gaussian_filter(x, (sigmaY,
   * sigmaX), (orderY, orderX), truncate=truncate)} has it: the function and not its integral at
   * each pixel, cut off and then scaled so that the smoothing taps add up to 1.
   *
   * @param sigmaY standard deviation down the image, in pixels
   * @param sigmaX standard deviation across it
   * @param orderY order of the derivative down the image: 0 smooths, 1 is its slope, and so on
   * @param orderX order of the derivative across it
   * @param truncate standard deviations to which it reaches
   * @return a kernel of {@code 2·⌊truncate·σ + 0.5⌋ + 1} taps each way
   * @throws IllegalArgumentException if sigma or {@code truncate} is not positive and finite, an
   *     order is negative or above 32, a tap is not finite, or there were more than 2^24 taps
   */
  public static SeparableKernel gaussian(
      double sigmaY, double sigmaX, int orderY, int orderX, double truncate) {
    requirePositive("truncate", truncate);
    Gaussian vertical = new Gaussian("sigmaY", sigmaY, "orderY", orderY, truncate);
    Gaussian horizontal = new Gaussian("sigmaX", sigmaX, "orderX", orderX, truncate);
    return new SeparableKernel(vertical.taps(), horizontal.taps());
  }

  private static void requirePositive(String name, double value) {
    if (!(value > 0) || value == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(name + ": is " + value + ", must be positive and finite");
    }
  }

  /** One way of a Gaussian. */
  private record Gaussian(
      String sigmaName, double sigma, String orderName, int order, double truncate) {
    Gaussian {
      requirePositive(sigmaName, sigma);
      if (order < 0 || order > MOST_ORDER) {
        throw new IllegalArgumentException(
            orderName + ": is " + order + ", must be at least 0 and at most " + MOST_ORDER);
      }
      if (truncate * sigma >= MOST_TAPS / 2 - 1) {
        throw new IllegalArgumentException(
            sigmaName
                + ": is "
                + sigma
                + ", must be so small that "
                + truncate
                + " of it each way are at most "
                + MOST_TAPS
                + " taps");
      }
    }

    double[] taps() {
      int radius = (int) (truncate * sigma + 0.5);
      double[] taps = new double[2 * radius + 1];
      double sum = 0;
      for (int x = -radius; x <= radius; x++) {
        double distance = x / sigma;
        taps[radius + x] = Math.exp(-0.5 * distance * distance);
        sum += taps[radius + x];
      }
      double[] factor = hermite();
      for (int x = -radius; x <= radius; x++) {
        // Of the distance to the pixel that is computed, which is at -x from the tap.
        double polynomial = 0;
        for (int power = order; power >= 0; power--) {
          polynomial = polynomial * -x + factor[power];
        }
        taps[radius + x] = taps[radius + x] / sum * polynomial;
      }
      return finite(taps);
    }

    /** Returns the polynomial that the derivative is times the Gaussian, by ascending powers. */
    private double[] hermite() {
      double[] factor = new double[order + 1];
      factor[0] = 1;
      for (int n = 0; n < order; n++) {
        double[] derived = new double[order + 1];
        for (int power = 0; power <= n; power++) {
          // The product rule: (p·g)' = p'·g + p·g', with g' = -x/σ²·g.
          if (power > 0) {
            derived[power - 1] += power * factor[power];
          }
          derived[power + 1] -= factor[power] / (sigma * sigma);
        }
        factor = derived;
      }
      return factor;
    }

    private double[] finite(double... taps) {
      for (double tap : taps) {
        if (!Double.isFinite(tap)) {
          throw new IllegalArgumentException(
              sigmaName
                  + ": is "
                  + sigma
                  + ", must be such that the taps of "
                  + orderName
                  + " "
                  + order
                  + " are finite");
        }
      }
      return taps;
    }
  }

  /**
   * Returns the mean of a rectangle.
   *
   * @param height rows, KH
   * @param width columns, KW
   * @return a kernel of KH times {@code 1/KH} and KW times {@code 1/KW}
   * @throws IllegalArgumentException if a size is below 1 or above 2^24
   */
  public static SeparableKernel box(int height, int width) {
    return new SeparableKernel(mean("height", height), mean("width", width));
  }

  private static double[] mean(String name, int size) {
    double[] taps = new double[requireSize(name, size, MOST_TAPS)];
    Arrays.fill(taps, 1.0 / size);
    return taps;
  }

  private static int requireSize(String name, int size, int most) {
    if (size < 1 || size > most) {
      throw new IllegalArgumentException(
          name + ": is " + size + ", must be at least 1 and at most " + most);
    }
    return size;
  }

  /**
   * Returns the binomial coefficients, scaled so that they add up to 1: the small Gaussian of image
   * pyramids, {@code 1 4 6 4 1} by 16 of size 5. Its standard deviation is {@code √(size − 1) / 2}.
   *
   * @param size taps each way
   * @return a kernel of {@code size} taps each way
   * @throws IllegalArgumentException if {@code size} is below 1 or above 1024
   */
  public static SeparableKernel binomial(int size) {
    double[] taps = new double[requireSize("size", size, MOST_BINOMIAL)];
    taps[0] = 1;
    for (int row = 1; row < size; row++) {
      for (int i = row; i > 0; i--) {
        taps[i] = (taps[i] + taps[i - 1]) / 2;
      }
      taps[0] /= 2;
    }
    return new SeparableKernel(taps, taps);
  }

  /** {@return Sobel's derivative across the image: −1 0 1, smoothed down it by 1 2 1} */
  public static SeparableKernel sobelX() {
    return new SeparableKernel(taps(1, 2, 1), taps(-1, 0, 1));
  }

  /** {@return Sobel's derivative down the image: −1 0 1, smoothed across it by 1 2 1} */
  public static SeparableKernel sobelY() {
    return sobelX().transposed();
  }

  /**
   * {@return Scharr's derivative across the image: −1 0 1, smoothed down it by 3 10 3, which keeps
   * the direction of a gradient better than Sobel's}
   */
  public static SeparableKernel scharrX() {
    return new SeparableKernel(taps(3, 10, 3), taps(-1, 0, 1));
  }

  /** {@return Scharr's derivative down the image: −1 0 1, smoothed across it by 3 10 3} */
  public static SeparableKernel scharrY() {
    return scharrX().transposed();
  }

  private static double[] taps(double... taps) {
    return taps;
  }

  /**
   * Looks for a column and a row whose product a kernel is: of any such product, that with the
   * least sum of squared differences from the kernel, which its largest singular value makes
   * (Eckart and Young 1936), found by alternating least squares. Where the largest tap's own column
   * and row do it exactly, as for kernels of small whole numbers, it is those.
   *
   * @param taps KH · KW taps, row by row. Not modified.
   * @param height rows, KH
   * @param width columns, KW
   * @param tolerance what may remain: the root of the sum of squared differences, as a share of the
   *     root of the sum of squared taps. Where the taps are a product rounded to double, 1e-15 is
   *     enough; rounded to float, 1e-7
   * @return the column, whose largest tap is 1, and the row; empty if more than that remains
   * @throws IllegalArgumentException if a size is below 1 or above 2^24, there are other than KH ·
   *     KW taps, one is not finite, or the tolerance is not from 0 to before 1
   */
  public static Optional<SeparableKernel> separate(
      double[] taps, int height, int width, double tolerance) {
    requireSize("height", height, MOST_TAPS);
    requireSize("width", width, MOST_TAPS);
    if (taps.length != (long) height * width) {
      throw new IllegalArgumentException(
          "taps: has " + taps.length + " elements, must have " + height + " · " + width);
    }
    if (!(tolerance >= 0 && tolerance < 1)) {
      throw new IllegalArgumentException(
          "tolerance: is " + tolerance + ", must be at least 0 and less than 1");
    }
    double[] copy = taps.clone();
    for (int i = 0; i < copy.length; i++) {
      if (!Double.isFinite(copy[i])) {
        throw new IllegalArgumentException("taps[" + i + "]: is " + copy[i] + ", must be finite");
      }
    }
    RankOne product = RankOne.nearest(copy, height, width);
    return product.remainder() <= tolerance
        ? Optional.of(new SeparableKernel(product.column(), product.row()))
        : Optional.empty();
  }

  /** {@return the KH taps along a column, a copy} */
  public double[] vertical() {
    return vertical.clone();
  }

  /** {@return the KW taps along a row, a copy} */
  public double[] horizontal() {
    return horizontal.clone();
  }

  /** {@return KH, the number of taps along a column} */
  public int height() {
    return vertical.length;
  }

  /** {@return KW, the number of taps along a row} */
  public int width() {
    return horizontal.length;
  }

  /** {@return the kernel with columns and rows exchanged} */
  public SeparableKernel transposed() {
    return new SeparableKernel(horizontal, vertical);
  }

  /**
   * Returns the kernel with every tap multiplied.
   *
   * @param factor any finite number
   * @return a kernel whose row is multiplied
   * @throws IllegalArgumentException if a tap would not be finite
   */
  public SeparableKernel scaled(double factor) {
    double[] scaled = horizontal.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= factor;
    }
    return new SeparableKernel(vertical, checked("horizontal", scaled));
  }

  /** {@return the kernel written out, KH · KW taps row by row} */
  public double[] taps() {
    double[] taps = new double[Math.multiplyExact(vertical.length, horizontal.length)];
    for (int i = 0; i < taps.length; i++) {
      taps[i] = vertical[i / horizontal.length] * horizontal[i % horizontal.length];
    }
    return taps;
  }

  @Serial
  private Object readResolve() throws InvalidObjectException {
    try {
      return of(
          Objects.requireNonNull(vertical, "vertical"),
          Objects.requireNonNull(horizontal, "horizontal"));
    } catch (IllegalArgumentException | NullPointerException wrong) {
      throw new InvalidObjectException(wrong.getMessage(), wrong);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SeparableKernel that
        && Arrays.equals(vertical, that.vertical)
        && Arrays.equals(horizontal, that.horizontal);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(vertical) + Arrays.hashCode(horizontal);
  }

  /** Returns the sizes, such as {@code SeparableKernel[7×7]}. */
  @Override
  public String toString() {
    return "SeparableKernel[" + vertical.length + "×" + horizontal.length + "]";
  }
}
