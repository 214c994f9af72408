package io.github.colonnade.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DirectColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import org.jspecify.annotations.Nullable;

/**
 * The rows of an image. Grey and RGB, packed or not, are read at their own depth; a palette as the
 * colours that it names; anything else as Java converts it to 8-bit RGB.
 */
abstract class ImageRows implements PixelRows {
  private final int width;
  private final int height;
  private final Channels channels;

  private ImageRows(BufferedImage image) {
    width = image.getWidth();
    height = image.getHeight();
    channels = channels(image);
  }

  /**
   * Returns the rows of an image.
   *
   * @param white what the brightest samples become
   */
  static PixelRows of(BufferedImage image, double white) {
    ColorModel model = image.getColorModel();
    // Through getRGB, grey would be taken for linear light and brightened.
    if (hasPlainSamples(model)) {
      return straight(new Components(image, white), model, white);
    }
    if (model instanceof DirectColorModel direct && direct.getColorSpace().isCS_sRGB()) {
      return straight(new Packed(image, direct, white), model, white);
    }
    return new Colours(image, white);
  }

  private static PixelRows straight(PixelRows rows, ColorModel model, double white) {
    return model.isAlphaPremultiplied() ? OpacityRows.divided(rows, white) : rows;
  }

  /** Returns the channels of an image's rows. */
  static Channels channels(BufferedImage image) {
    ColorModel model = image.getColorModel();
    int colours = hasPlainSamples(image) ? model.getNumColorComponents() : 3;
    return Channels.of(model.hasAlpha() ? colours + 1 : colours);
  }

  /** Returns whether samples of grey or RGB lie in the image each on its own. */
  static boolean hasPlainSamples(BufferedImage image) {
    return hasPlainSamples(image.getColorModel());
  }

  private static boolean hasPlainSamples(ColorModel model) {
    int space = model.getColorSpace().getType();
    return model instanceof ComponentColorModel
        && isUnsignedShortAtMost(model)
        && (space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB);
  }

  private static boolean isUnsignedShortAtMost(ColorModel model) {
    return model.getTransferType() == DataBuffer.TYPE_BYTE
        || model.getTransferType() == DataBuffer.TYPE_USHORT;
  }

  /** Returns the depth that an image needs to be kept at: 8 or 16. */
  static int bits(BufferedImage image) {
    ColorModel model = image.getColorModel();
    return hasPlainSamples(image) && model.getComponentSize(0) > 8 ? 16 : 8;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int height() {
    return height;
  }

  @Override
  public Channels channels() {
    return channels;
  }

  /** Returns what the samples of so many bits become. */
  private static double[] scale(int bits, double white) {
    double[] scale = new double[1 << bits];
    for (int sample = 0; sample < scale.length; sample++) {
      scale[sample] = sample * white / (scale.length - 1);
    }
    return scale;
  }

  /** Samples side by side, or in planes. */
  private static final class Components extends ImageRows {
    private final Raster raster;
    private final double[][] scales;
    private @Nullable Object samples;

    Components(BufferedImage image, double white) {
      super(image);
      ColorModel model = image.getColorModel();
      raster = image.getRaster();
      scales = new double[model.getNumComponents()][];
      for (int band = 0; band < scales.length; band++) {
        int bits = model.getComponentSize(band);
        scales[band] =
            band > 0 && bits == model.getComponentSize(band - 1)
                ? scales[band - 1]
                : scale(bits, white);
      }
    }

    @Override
    public void read(int row, double[][] bands) {
      samples = raster.getDataElements(0, row, width(), 1, samples);
      for (int band = 0; band < scales.length; band++) {
        if (samples instanceof byte[] bytes) {
          spread(bytes, band, scales[band], bands[band]);
        } else {
          spread((short[]) samples, band, scales[band], bands[band]);
        }
      }
    }

    private void spread(byte[] bytes, int band, double[] scale, double[] values) {
      int step = scales.length;
      for (int x = 0, at = band; x < width(); x++, at += step) {
        values[x] = scale[bytes[at] & 0xff];
      }
    }

    private void spread(short[] shorts, int band, double[] scale, double[] values) {
      int step = scales.length;
      for (int x = 0, at = band; x < width(); x++, at += step) {
        values[x] = scale[shorts[at] & 0xffff];
      }
    }
  }

  /** Samples of a pixel in one number. */
  private static final class Packed extends ImageRows {
    private final Raster raster;
    private final int[] masks;
    private final double[][] scales;
    private final int[] pixels;
    private @Nullable Object elements;

    Packed(BufferedImage image, DirectColorModel model, double white) {
      super(image);
      raster = image.getRaster();
      masks = model.getMasks();
      pixels = new int[width()];
      scales = new double[masks.length][];
      for (int band = 0; band < masks.length; band++) {
        scales[band] = scale(Integer.bitCount(masks[band]), white);
      }
    }

    @Override
    public void read(int row, double[][] bands) {
      elements = raster.getDataElements(0, row, width(), 1, elements);
      for (int x = 0; x < pixels.length; x++) {
        pixels[x] =
            switch (elements) {
              case int[] ints -> ints[x];
              case short[] shorts -> shorts[x] & 0xffff;
              default -> ((byte[]) elements)[x] & 0xff;
            };
      }
      for (int band = 0; band < masks.length; band++) {
        int shift = Integer.numberOfTrailingZeros(masks[band]);
        int mask = masks[band] >>> shift;
        for (int x = 0; x < pixels.length; x++) {
          bands[band][x] = scales[band][pixels[x] >>> shift & mask];
        }
      }
    }
  }

  /** What Java makes of a pixel: of those of a palette, the colour that it names. */
  private static final class Colours extends ImageRows {
    private final BufferedImage image;
    private final int @Nullable [] palette;
    private final double[] scale;
    private final int[] pixels;

    Colours(BufferedImage image, double white) {
      super(image);
      this.image = image;
      scale = scale(8, white);
      pixels = new int[width()];
      palette = image.getColorModel() instanceof IndexColorModel model ? colours(model) : null;
    }

    private static int[] colours(IndexColorModel model) {
      int[] colours = new int[model.getMapSize()];
      model.getRGBs(colours);
      return colours;
    }

    @Override
    public void read(int row, double[][] bands) {
      if (palette == null) {
        image.getRGB(0, row, pixels.length, 1, pixels, 0, pixels.length);
      } else {
        image.getRaster().getSamples(0, row, pixels.length, 1, 0, pixels);
        for (int x = 0; x < pixels.length; x++) {
          pixels[x] = palette[pixels[x]];
        }
      }
      for (int band = 0; band < bands.length; band++) {
        int shift = band == 3 ? 24 : 16 - 8 * band;
        for (int x = 0; x < pixels.length; x++) {
          bands[band][x] = scale[pixels[x] >>> shift & 0xff];
        }
      }
    }
  }
}
