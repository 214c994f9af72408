package io.github.colonnade.image;

import java.util.Objects;

/**
 * How pictures become tensors and tensors pictures.
 *
 * @param channels which channels the result has. Opacity that is asked for and not there is full;
 *     opacity that is there and not asked for is dropped.
 * @param white the number that a tensor has for white, and for full opacity: 1, or 255 where
 *     weights were trained on bytes
 * @param bits depth of the pictures that are made of tensors: 8 or 16
 * @param premultiplied whether the colours of a tensor are multiplied by their opacity, as filters
 *     need them: what cannot be seen then has no say in its neighbourhood. Colours are divided by
 *     their opacity when a picture is made; where that is 0 they are black.
 * @param maxPixels how many pixels a file may have. A small file can hold a large picture, so a
 *     program that takes files of strangers' sets a limit; it is checked before any memory is taken
 *     for the pixels.
 */
public record ImageOptions(
    Channels channels, double white, int bits, boolean premultiplied, long maxPixels) {
  /** The most pixels of which four samples each fit an array. */
  public static final long MOST_PIXELS = Integer.MAX_VALUE / 4;

  private static final ImageOptions DEFAULTS =
      new ImageOptions(Channels.UNCHANGED, 1, 8, false, MOST_PIXELS);

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if {@code white} is not positive and finite, {@code bits}
   *     neither 8 nor 16, or {@code maxPixels} below 1 or above {@link #MOST_PIXELS}
   */
  public ImageOptions {
    Objects.requireNonNull(channels, "channels");
    requireWhite(white);
    requireBits(bits);
    if (maxPixels < 1 || maxPixels > MOST_PIXELS) {
      throw new IllegalArgumentException(
          "maxPixels: is " + maxPixels + ", must be from 1 to " + MOST_PIXELS);
    }
  }

  static void requireWhite(double white) {
    if (!(white > 0 && white < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("white: is " + white + ", must be positive and finite");
    }
  }

  static void requireBits(int bits) {
    if (bits != 8 && bits != 16) {
      throw new IllegalArgumentException("bits: is " + bits + ", must be 8 or 16");
    }
  }

  /** {@return channels unchanged, white 1, 8 bits, colours not premultiplied, any size} */
  public static ImageOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Chooses the channels of results.
   *
   * @param chosen channels
   * @return these options with them
   */
  public ImageOptions withChannels(Channels chosen) {
    return new ImageOptions(chosen, white, bits, premultiplied, maxPixels);
  }

  /**
   * Chooses what white is in tensors.
   *
   * @param chosen a positive number
   * @return these options with it
   * @throws IllegalArgumentException if it is not positive and finite
   */
  public ImageOptions withWhite(double chosen) {
    return new ImageOptions(channels, chosen, bits, premultiplied, maxPixels);
  }

  /**
   * Chooses the depth of pictures that are made.
   *
   * @param chosen 8 or 16
   * @return these options with it
   * @throws IllegalArgumentException if it is another number
   */
  public ImageOptions withBits(int chosen) {
    return new ImageOptions(channels, white, chosen, premultiplied, maxPixels);
  }

  /**
   * Chooses whether a tensor's colours are multiplied by their opacity.
   *
   * @param chosen whether they are
   * @return these options with it
   */
  public ImageOptions withPremultiplied(boolean chosen) {
    return new ImageOptions(channels, white, bits, chosen, maxPixels);
  }

  /**
   * Chooses how many pixels a file may have.
   *
   * @param chosen from 1 to {@link #MOST_PIXELS}
   * @return these options with it
   * @throws IllegalArgumentException if it is out of range
   */
  public ImageOptions withMaxPixels(long chosen) {
    return new ImageOptions(channels, white, bits, premultiplied, chosen);
  }
}
