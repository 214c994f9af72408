package io.github.colonnade.image;

import java.util.Arrays;

/** The colours of one picture with the opacity of another of its size. */
final class RowsWithOpacity implements PixelRows {
  private final PixelRows colours;
  private final PixelRows opaque;
  private final double[][] own;

  /**
   * Puts the two together.
   *
   * @param colours rows without opacity
   * @param opaque rows with
   */
  RowsWithOpacity(PixelRows colours, PixelRows opaque) {
    this.colours = colours;
    this.opaque = opaque;
    own = new double[opaque.channels().count()][opaque.width()];
  }

  @Override
  public int width() {
    return colours.width();
  }

  @Override
  public int height() {
    return colours.height();
  }

  @Override
  public Channels channels() {
    return Channels.of(colours.channels().count() + 1);
  }

  @Override
  public void read(int row, double[][] bands) {
    int last = bands.length - 1;
    colours.read(row, Arrays.copyOf(bands, last));
    opaque.read(row, own);
    System.arraycopy(own[own.length - 1], 0, bands[last], 0, width());
  }
}
