package io.github.colonnade.image;

import java.util.Arrays;

/** Rows in other channels than their source has them. */
final class MixedRows implements PixelRows {
  // ITU-R BT.601, as in JPEG and most image programs.
  private static final double RED = 0.299;
  private static final double GREEN = 0.587;
  private static final double BLUE = 0.114;

  private final PixelRows source;
  private final Channels channels;
  private final double white;
  private final double[][] own;

  private MixedRows(PixelRows source, Channels channels, double white) {
    this.source = source;
    this.channels = channels;
    this.white = white;
    own = new double[source.channels().count()][source.width()];
  }

  /** Returns {@code source} in these channels; itself if it has them. */
  static PixelRows of(PixelRows source, Channels channels, double white) {
    return channels.or(source.channels()) == source.channels()
        ? source
        : new MixedRows(source, channels, white);
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
    return channels;
  }

  @Override
  public void read(int row, double[][] bands) {
    source.read(row, own);
    int colours = channels.colours();
    if (colours == source.channels().colours()) {
      for (int band = 0; band < colours; band++) {
        System.arraycopy(own[band], 0, bands[band], 0, width());
      }
    } else if (colours == 1) {
      luma(own[0], own[1], own[2], bands[0]);
    } else {
      for (int band = 0; band < colours; band++) {
        System.arraycopy(own[0], 0, bands[band], 0, width());
      }
    }
    if (channels.hasAlpha()) {
      if (source.channels().hasAlpha()) {
        System.arraycopy(own[own.length - 1], 0, bands[colours], 0, width());
      } else {
        Arrays.fill(bands[colours], white);
      }
    }
  }

  private static void luma(double[] red, double[] green, double[] blue, double[] luma) {
    for (int x = 0; x < luma.length; x++) {
      luma[x] = RED * red[x] + GREEN * green[x] + BLUE * blue[x];
    }
  }
}
