package io.github.colonnade.cli;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;

/**
 * An image as planes of numbers from 0 to 1, row by row: the values as the file has them, without
 * any change of gamma.
 */
final class Photograph {
  // ITU-R BT.601, as in JPEG and most image programs.
  private static final double[] LUMA = {0.299, 0.587, 0.114};

  private final int width;
  private final int height;
  private final int bitDepth;
  private final double[][] planes;
  private final double[] alpha;

  private Photograph(int width, int height, int bitDepth, double[][] planes, double[] alpha) {
    this.width = width;
    this.height = height;
    this.bitDepth = bitDepth;
    this.planes = planes;
    this.alpha = alpha;
  }

  /** Takes the pixels of an image. */
  static Photograph of(BufferedImage image) {
    ColorModel colors = image.getColorModel();
    int space = colors.getColorSpace().getType();
    boolean plain =
        colors instanceof ComponentColorModel
            && !colors.isAlphaPremultiplied()
            && (space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB);
    // Through getRGB, grey would be taken for linear light and brightened.
    return plain ? ofSamples(image) : ofRgb(image);
  }

  private static Photograph ofSamples(BufferedImage image) {
    ColorModel colors = image.getColorModel();
    Raster raster = image.getRaster();
    int bands = colors.getNumColorComponents();
    int bits = colors.getComponentSize(0);
    double[][] planes = new double[bands][];
    for (int band = 0; band < bands; band++) {
      planes[band] = samples(raster, band, colors.getComponentSize(band));
    }
    double[] alpha =
        colors.hasAlpha() ? samples(raster, bands, colors.getComponentSize(bands)) : null;
    return new Photograph(image.getWidth(), image.getHeight(), bits > 8 ? 16 : 8, planes, alpha);
  }

  private static double[] samples(Raster raster, int band, int bits) {
    double[] plane = new double[raster.getWidth() * raster.getHeight()];
    raster.getSamples(
        raster.getMinX(), raster.getMinY(), raster.getWidth(), raster.getHeight(), band, plane);
    double white = (1 << bits) - 1;
    for (int i = 0; i < plane.length; i++) {
      plane[i] /= white;
    }
    return plane;
  }

  private static Photograph ofRgb(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    double[][] planes = new double[3][width * height];
    double[] alpha = image.getColorModel().hasAlpha() ? new double[width * height] : null;
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int x = 0; x < width; x++) {
        int pixel = y * width + x;
        for (int band = 0; band < 3; band++) {
          planes[band][pixel] = (row[x] >> (16 - 8 * band) & 0xff) / 255.0;
        }
        if (alpha != null) {
          alpha[pixel] = (row[x] >>> 24) / 255.0;
        }
      }
    }
    return new Photograph(width, height, 8, planes, alpha);
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  /** Returns one plane for grey, three for red, green and blue; not a copy. */
  double[][] planes() {
    return planes;
  }

  /** Returns this image with other planes, each cut to the range from 0 to 1. */
  Photograph withPlanes(double[]... values) {
    for (double[] plane : values) {
      for (int i = 0; i < plane.length; i++) {
        plane[i] = Math.clamp(plane[i], 0.0, 1.0);
      }
    }
    return new Photograph(width, height, bitDepth, values, alpha);
  }

  /** Returns the grey image that the eye makes of the colours. */
  Photograph luminance() {
    if (planes.length == 1) {
      return this;
    }
    double[] grey = new double[width * height];
    for (int band = 0; band < 3; band++) {
      for (int i = 0; i < grey.length; i++) {
        grey[i] += LUMA[band] * planes[band][i];
      }
    }
    return withPlanes(grey);
  }

  /** Returns the image in its own bit depth, grey or in colours, with its alpha. */
  BufferedImage toImage() {
    return toImage(planes, bitDepth, alpha);
  }

  /** Returns the image as 8-bit colours, opaque, to be drawn. */
  BufferedImage toScreen() {
    return toImage(
        planes.length == 3 ? planes : new double[][] {planes[0], planes[0], planes[0]}, 8, null);
  }

  private BufferedImage toImage(double[][] colours, int bits, double[] opacity) {
    ColorSpace space =
        ColorSpace.getInstance(colours.length == 3 ? ColorSpace.CS_sRGB : ColorSpace.CS_GRAY);
    ColorModel model =
        new ComponentColorModel(
            space,
            opacity != null,
            false,
            opacity != null ? Transparency.TRANSLUCENT : Transparency.OPAQUE,
            bits == 8 ? DataBuffer.TYPE_BYTE : DataBuffer.TYPE_USHORT);
    WritableRaster raster = model.createCompatibleWritableRaster(width, height);
    for (int band = 0; band < colours.length; band++) {
      store(raster, band, bits, colours[band]);
    }
    if (opacity != null) {
      store(raster, colours.length, bits, opacity);
    }
    return new BufferedImage(model, raster, false, null);
  }

  private void store(WritableRaster raster, int band, int bits, double[] plane) {
    double white = (1 << bits) - 1;
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        row[x] = (int) Math.round(plane[y * width + x] * white);
      }
      raster.setSamples(0, y, width, 1, band, row);
    }
  }
}
