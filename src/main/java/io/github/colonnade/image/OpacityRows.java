package io.github.colonnade.image;

/**
 * Rows whose colours are multiplied by their opacity, or divided by it.
 *
 * @param source rows with opacity
 * @param white what opacity is where nothing shows through
 * @param multiplies whether colours are multiplied; if not, they are divided, and black where they
 *     cannot be seen
 */
record OpacityRows(PixelRows source, double white, boolean multiplies) implements PixelRows {
  /** Returns rows with their colours multiplied by their opacity; themselves if they have none. */
  static PixelRows multiplied(PixelRows rows, double white) {
    return rows.channels().hasAlpha() ? new OpacityRows(rows, white, true) : rows;
  }

  /** Returns rows with their colours divided by their opacity; themselves if they have none. */
  static PixelRows divided(PixelRows rows, double white) {
    return rows.channels().hasAlpha() ? new OpacityRows(rows, white, false) : rows;
  }

  @Override
  public int width() {
    return source.width();
  }

  @Override
  public int height() {
    return source.height();
  }

  @Override
  public Channels channels() {
    return source.channels();
  }

  @Override
  public void read(int row, double[][] bands) {
    source.read(row, bands);
    double[] opacity = bands[bands.length - 1];
    for (int band = 0; band < bands.length - 1; band++) {
      double[] colour = bands[band];
      for (int x = 0; x < colour.length; x++) {
        if (multiplies) {
          colour[x] = colour[x] * opacity[x] / white;
        } else {
          colour[x] = opacity[x] > 0 ? colour[x] * white / opacity[x] : 0;
        }
      }
    }
  }
}
