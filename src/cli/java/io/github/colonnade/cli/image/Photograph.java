package io.github.colonnade.cli.image;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * An image whose pixels go to a tensor and come back: numbers from 0, black, to 1, white, as the
 * file has them, without any change of gamma. Grey images have one channel, all others three: red,
 * green and blue. Bit depth, opacity and what the file says of its colours are kept beside the
 * pixels.
 *
 * <p>Immutable and safe to share between threads.
 */
public final class Photograph {
  // ITU-R BT.601, as in JPEG and most image programs.
  private static final double[] LUMA = {0.299, 0.587, 0.114};

  private final int width;
  private final int height;
  private final int bitDepth;
  private final double[][] planes;
  private final double[] alpha;
  private final ColourTags colours;

  private Photograph(
      int width, int height, int bitDepth, double[][] planes, double[] alpha, ColourTags colours) {
    this.width = width;
    this.height = height;
    this.bitDepth = bitDepth;
    this.planes = planes;
    this.alpha = alpha;
    this.colours = colours.forChannels(planes.length);
  }

  /**
   * Copies the pixels of an image: grey and RGB at their own depth, 8 or 16 bits, anything else as
   * 8-bit RGB.
   *
   * @param image any image
   * @return its pixels
   */
  public static Photograph of(BufferedImage image) {
    ColorModel colors = image.getColorModel();
    int space = colors.getColorSpace().getType();
    boolean plain =
        colors instanceof ComponentColorModel
            && !colors.isAlphaPremultiplied()
            && isUnsignedShortAtMost(colors)
            && (space == ColorSpace.TYPE_GRAY || space == ColorSpace.TYPE_RGB);
    // Through getRGB, grey would be taken for linear light and brightened.
    return plain ? ofSamples(image) : ofRgb(image);
  }

  private static boolean isUnsignedShortAtMost(ColorModel colors) {
    return colors.getTransferType() == DataBuffer.TYPE_BYTE
        || colors.getTransferType() == DataBuffer.TYPE_USHORT;
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
    return new Photograph(
        image.getWidth(), image.getHeight(), bits > 8 ? 16 : 8, planes, alpha, ColourTags.NONE);
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
    return new Photograph(width, height, 8, planes, alpha, ColourTags.NONE);
  }

  /** Returns this image, just decoded, as its file says that it is seen. */
  Photograph seen(ImageTags tags) {
    Orientation orientation = tags.orientation();
    double[][] turned = planes.clone();
    for (int band = 0; band < turned.length; band++) {
      turned[band] = orientation.apply(planes[band], width);
    }
    return new Photograph(
        orientation.swapsAxes() ? height : width,
        orientation.swapsAxes() ? width : height,
        bitDepth,
        turned,
        alpha == null ? null : orientation.apply(alpha, width),
        tags.colours());
  }

  /** {@return the pixels of a row} */
  public int width() {
    return width;
  }

  /** {@return the number of rows} */
  public int height() {
    return height;
  }

  /** {@return 1 for grey, 3 for red, green and blue} */
  public int channels() {
    return planes.length;
  }

  /** {@return what the file said of its colours, as far as it is true of this image} */
  public ColourTags colours() {
    return colours;
  }

  /** {@return whether any pixel lets through what is behind it} */
  public boolean isTransparent() {
    return alpha != null && Arrays.stream(alpha).anyMatch(opacity -> opacity < 1);
  }

  /**
   * Copies the opacity of the pixels into a tensor.
   *
   * @param arena owner of the memory
   * @return F64 {@code [1, 1, height, width]}, from 0, which cannot be seen, to 1
   */
  public Tensor opacity(Arena arena) {
    Tensor opacity = Tensor.allocate(arena, DType.F64, 1, 1, height, width).fill(1);
    return alpha == null ? opacity : Tensor.copyOf(arena, alpha, 1, 1, height, width);
  }

  /**
   * Copies the pixels into a tensor.
   *
   * @param arena owner of the memory
   * @param dtype F64 or F32
   * @return {@code [1, channels, height, width]}, from 0 to 1
   * @throws IllegalArgumentException if {@code dtype} is another
   */
  public Tensor toTensor(Arena arena, DType dtype) {
    if (!dtype.isFloatingPoint()) {
      throw new IllegalArgumentException("dtype: is " + dtype + ", must be F64 or F32");
    }
    Tensor tensor = Tensor.allocate(arena, dtype, 1, planes.length, height, width);
    long index = 0;
    for (double[] plane : planes) {
      for (double value : plane) {
        tensor.set(index++, value);
      }
    }
    return tensor;
  }

  /**
   * Returns this image with other pixels, in grey or in colours, of its own size, bit depth and
   * opacity.
   *
   * @param pixels {@code [1, 1 or 3, height, width]}; values below 0 become 0, those above 1 become
   *     1. Not modified.
   * @return a new image
   * @throws IllegalArgumentException if the shape is another
   */
  public Photograph withPixels(Tensor pixels) {
    long[] shape = pixels.shape();
    int channels = shape.length == 4 && shape[1] == 3 ? 3 : 1;
    if (!Arrays.equals(shape, new long[] {1, channels, height, width})) {
      throw new IllegalArgumentException(
          "pixels: shape is "
              + Arrays.toString(shape)
              + ", must be [1, 1 or 3, "
              + height
              + ", "
              + width
              + "]");
    }
    double[] values = pixels.toDoubleArray();
    double[][] split = new double[channels][];
    for (int i = 0; i < channels; i++) {
      split[i] = Arrays.copyOfRange(values, i * width * height, (i + 1) * width * height);
    }
    return withPlanes(split);
  }

  private Photograph withPlanes(double[]... values) {
    for (double[] plane : values) {
      for (int i = 0; i < plane.length; i++) {
        plane[i] = Math.clamp(plane[i], 0.0, 1.0);
      }
    }
    return new Photograph(width, height, bitDepth, values, alpha, colours);
  }

  /**
   * Returns the grey image that the eye makes of the colours: 0.299 red + 0.587 green + 0.114 blue,
   * the luma of ITU-R BT.601.
   *
   * @return an image of one channel; this one if it is grey
   */
  public Photograph luminance() {
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

  /** {@return the image in its own bit depth, grey or in colours, with its opacity} */
  public BufferedImage toImage() {
    return toImage(planes, bitDepth, alpha);
  }

  /** {@return the image in 8-bit colours and opaque, to be drawn on a screen} */
  public BufferedImage toScreen() {
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

  /** {@return size and depth, such as {@code Photograph[451 x 300, 3 channels of 8 bits]}} */
  @Override
  public String toString() {
    return "Photograph["
        + width
        + " x "
        + height
        + ", "
        + planes.length
        + (planes.length == 1 ? " channel of " : " channels of ")
        + bitDepth
        + " bits]";
  }
}
