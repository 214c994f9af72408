package io.github.colonnade.image;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;

/** Makes images of rows. */
final class Pictures {
  private Pictures() {}

  /**
   * Makes an image, of one of Java's own kinds where it has one for such samples.
   *
   * @param rows what it shows
   * @param bits 8 or 16
   * @param white what becomes the brightest sample
   */
  static BufferedImage of(PixelRows rows, int bits, double white) {
    BufferedImage image = blank(rows, bits);
    WritableRaster raster = image.getRaster();
    double[][] bands = new double[rows.channels().count()][rows.width()];
    byte[] bytes = new byte[bits == 8 ? rows.width() * bands.length : 0];
    short[] shorts = new short[bits == 8 ? 0 : rows.width() * bands.length];
    double most = (1 << bits) - 1;
    for (int row = 0; row < rows.height(); row++) {
      rows.read(row, bands);
      for (int band = 0; band < bands.length; band++) {
        int at = band;
        for (double value : bands[band]) {
          int sample = Interleaved.sample(value, white, most);
          if (bits == 8) {
            bytes[at] = (byte) sample;
          } else {
            shorts[at] = (short) sample;
          }
          at += bands.length;
        }
      }
      raster.setDataElements(0, row, rows.width(), 1, bits == 8 ? bytes : shorts);
    }
    return image;
  }

  private static BufferedImage blank(PixelRows rows, int bits) {
    Channels channels = rows.channels();
    if (bits == 8 && channels != Channels.GREY_ALPHA) {
      int type =
          switch (channels) {
            case GREY -> BufferedImage.TYPE_BYTE_GRAY;
            case RGB -> BufferedImage.TYPE_3BYTE_BGR;
            default -> BufferedImage.TYPE_4BYTE_ABGR;
          };
      return new BufferedImage(rows.width(), rows.height(), type);
    }
    if (bits == 16 && channels == Channels.GREY) {
      return new BufferedImage(rows.width(), rows.height(), BufferedImage.TYPE_USHORT_GRAY);
    }
    ColorSpace space =
        ColorSpace.getInstance(channels.colours() == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB);
    ColorModel model =
        new ComponentColorModel(
            space,
            channels.hasAlpha(),
            false,
            channels.hasAlpha() ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
            bits == 8 ? DataBuffer.TYPE_BYTE : DataBuffer.TYPE_USHORT);
    WritableRaster raster = model.createCompatibleWritableRaster(rows.width(), rows.height());
    return new BufferedImage(model, raster, false, null);
  }
}
