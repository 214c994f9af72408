package io.github.colonnade.image;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import io.github.colonnade.internal.files.InputFile;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * A picture with what its file says beside the pixels: depth, opacity and colour profile, which a
 * result that is made of it keeps.
 *
 * <pre>{@code
 * Photograph photograph = Photograph.read(Path.of("photo.jpg"));
 * Tensor pixels = photograph.toTensor(arena, DType.F32);
 * // … a filter …
 * photograph.withPixels(filtered).write(Path.of("filtered.png"));
 * }</pre>
 *
 * <p>PNG, JPEG, BMP and GIF are read, with Java's own decoders, the first image of a file and none
 * that is damaged or cut short. Grey and RGB have their own depth, 8 or 16 bits, and 8 where a PNG
 * file has fewer; a palette, as in GIF, is read as the colours that it names, and CMYK as Java
 * converts it to RGB. Orientation (Exif) is applied: pixels are as a person sees them.
 *
 * <p>Immutable and safe to share between threads.
 */
public final class Photograph {
  private final BufferedImage image;
  private final ColourTags colours;

  /**
   * Makes a photograph.
   *
   * @param image upright. Kept, not copied.
   */
  private Photograph(BufferedImage image, ColourTags colours) {
    this.image = image;
    this.colours = colours.forChannels(channels().colours());
  }

  /**
   * Reads a file of at most {@link ImageOptions#MOST_PIXELS} pixels.
   *
   * @param file a regular file
   * @return its first image, upright
   * @throws ImageFormatException if the file holds no image that can be decoded whole
   * @throws IOException if the file is missing or cannot be read
   */
  public static Photograph read(Path file) throws IOException {
    return read(file, ImageOptions.MOST_PIXELS);
  }

  /**
   * Reads a file.
   *
   * @param file a regular file
   * @param maxPixels how many pixels it may have, as {@link ImageOptions#maxPixels}
   * @return its first image, upright
   * @throws IllegalArgumentException if {@code maxPixels} is out of range
   * @throws ImageFormatException if the file holds no image that can be decoded whole, or one of
   *     more pixels
   * @throws IOException if the file is missing or cannot be read
   */
  public static Photograph read(Path file, long maxPixels) throws IOException {
    long most = ImageOptions.defaults().withMaxPixels(maxPixels).maxPixels();
    try {
      return ImageFiles.read(file, most);
    } catch (IOException e) {
      throw InputFile.named(file, e);
    }
  }

  /**
   * Reads a stream, of at most {@link ImageOptions#MOST_PIXELS} pixels.
   *
   * @param in the bytes of a file, read to their end, 64 MiB and 16 bytes a pixel at most; stays
   *     open
   * @param name what messages call it
   * @return its first image, upright
   * @throws ImageFormatException if there is no image that can be decoded whole, or more bytes
   * @throws IOException if the stream cannot be read
   */
  public static Photograph read(InputStream in, String name) throws IOException {
    return read(in, name, ImageOptions.MOST_PIXELS);
  }

  /**
   * Reads a stream.
   *
   * @param in the bytes of a file, read to their end, 64 MiB and 16 bytes a pixel at most; stays
   *     open
   * @param name what messages call it
   * @param maxPixels how many pixels it may have, as {@link ImageOptions#maxPixels}
   * @return its first image, upright
   * @throws IllegalArgumentException if {@code maxPixels} is out of range
   * @throws ImageFormatException if there is no image that can be decoded whole, or one of more
   *     pixels, or more bytes
   * @throws IOException if the stream cannot be read
   */
  public static Photograph read(InputStream in, String name, long maxPixels) throws IOException {
    Objects.requireNonNull(in, "in");
    Objects.requireNonNull(name, "name");
    long most = ImageOptions.defaults().withMaxPixels(maxPixels).maxPixels();
    return ImageFiles.read(in, name, most);
  }

  /** Returns what a file holds. */
  static Photograph of(BufferedImage decoded, ImageTags tags) {
    BufferedImage plain = decoded;
    if (!ImageRows.hasPlainSamples(decoded)) {
      // Java reads grey of fewer than 8 bits as a palette.
      plain = tags.grey() ? grey(decoded) : copy(decoded);
    } else if (tags.transparent() >= 0 && ImageRows.channels(decoded) == Channels.GREY_ALPHA) {
      setOpacity(decoded, tags.transparent());
    }
    return new Photograph(tags.orientation().apply(plain), tags.colours());
  }

  /** Makes the pixels of one sample of grey transparent, and all others opaque. */
  private static void setOpacity(BufferedImage image, int transparent) {
    WritableRaster raster = image.getRaster();
    int[] row = new int[image.getWidth()];
    for (int y = 0; y < image.getHeight(); y++) {
      raster.getSamples(0, y, row.length, 1, 0, row);
      for (int x = 0; x < row.length; x++) {
        row[x] = row[x] == transparent ? 0 : 255;
      }
      raster.setSamples(0, y, row.length, 1, 1, row);
    }
  }

  private static BufferedImage grey(BufferedImage image) {
    PixelRows rows = ImageRows.of(image, 1);
    Channels channels = rows.channels().hasAlpha() ? Channels.GREY_ALPHA : Channels.GREY;
    return Pictures.of(MixedRows.of(rows, channels, 1), ImageRows.bits(image), 1);
  }

  /**
   * Copies an image.
   *
   * @param image any image. Not modified.
   * @return its pixels: of grey and RGB those of its raster, of anything else those of {@link
   *     BufferedImage#getRGB}
   */
  public static Photograph of(BufferedImage image) {
    Objects.requireNonNull(image, "image");
    return new Photograph(copy(image), ColourTags.NONE);
  }

  private static BufferedImage copy(BufferedImage image) {
    return Pictures.of(ImageRows.of(image, 1), ImageRows.bits(image), 1);
  }

  /** {@return the pixels of a row} */
  public int width() {
    return image.getWidth();
  }

  /** {@return the number of rows} */
  public int height() {
    return image.getHeight();
  }

  /** {@return its channels} */
  public Channels channels() {
    return ImageRows.channels(image);
  }

  /** {@return its depth: 8 or 16} */
  public int bits() {
    return ImageRows.bits(image);
  }

  /** {@return whether any pixel lets through what is behind it} */
  public boolean isTransparent() {
    PixelRows rows = ImageRows.of(image, 1);
    if (!rows.channels().hasAlpha()) {
      return false;
    }
    double[][] bands = new double[rows.channels().count()][width()];
    for (int row = 0; row < height(); row++) {
      rows.read(row, bands);
      for (double opacity : bands[bands.length - 1]) {
        if (opacity < 1) {
          return true;
        }
      }
    }
    return false;
  }

  /** Returns what the file said of its colours, as far as it is true of this picture. */
  ColourTags colours() {
    return colours;
  }

  /**
   * {@return why not all that the file says of its colours can be kept, such as {@code its colour
   * profile is damaged}, if something cannot}
   */
  public Optional<String> colourLoss() {
    return colours.loss();
  }

  /**
   * Copies the pixels into a tensor.
   *
   * @param arena owner of the memory
   * @param dtype F64 or F32
   * @return {@code [1, C, height, width]} of its {@link #channels}, from 0 to 1
   * @throws IllegalArgumentException if {@code dtype} is I64
   */
  public Tensor toTensor(Arena arena, DType dtype) {
    return toTensor(arena, dtype, ImageOptions.defaults());
  }

  /**
   * Copies the pixels into a tensor.
   *
   * @param arena owner of the memory
   * @param dtype F64 or F32
   * @param options channels, white, premultiplication
   * @return {@code [1, C, height, width]}
   * @throws IllegalArgumentException if {@code dtype} is I64
   */
  public Tensor toTensor(Arena arena, DType dtype, ImageOptions options) {
    return Images.toTensor(image, arena, dtype, options);
  }

  /**
   * Returns this picture with other colours: with its own size, depth and opacity, and its profile
   * if that is for such colours.
   *
   * @param pixels colours that are not premultiplied, {@code [1, C, height, width]} or {@code [C,
   *     height, width]} with C = 1, grey, or 3; with C = 2 or 4 the last is another opacity. White
   *     is 1. Not modified.
   * @return a new picture
   * @throws IllegalArgumentException if the tensor is another
   */
  public Photograph withPixels(Tensor pixels) {
    return withPixels(pixels, ImageOptions.defaults());
  }

  /**
   * As {@link #withPixels(Tensor)}, with options of one's own.
   *
   * @param pixels as there
   * @param options white, and whether colours with their opacity are premultiplied; what else they
   *     say has no influence
   * @return a new picture
   * @throws IllegalArgumentException if the tensor is another
   */
  public Photograph withPixels(Tensor pixels, ImageOptions options) {
    PixelRows rows = Images.rows("pixels", pixels, options);
    if (rows.height() != height() || rows.width() != width()) {
      throw new IllegalArgumentException(
          "pixels: are "
              + rows.width()
              + " x "
              + rows.height()
              + ", must be "
              + width()
              + " x "
              + height()
              + " as the photograph");
    }
    PixelRows own = ImageRows.of(image, options.white());
    if (own.channels().hasAlpha() && !rows.channels().hasAlpha()) {
      rows = new RowsWithOpacity(rows, own);
    }
    return new Photograph(Pictures.of(rows, bits(), options.white()), colours);
  }

  /**
   * Copies the pixels into an image.
   *
   * @return an image of its channels and depth
   */
  public BufferedImage toImage() {
    return toImage(ImageOptions.defaults().withBits(bits()));
  }

  /**
   * Copies the pixels into an image. Java takes grey for linear light when it draws an image on
   * another, which makes it too bright; as RGB, it is drawn as it is.
   *
   * @param options channels and depth
   * @return an image
   */
  public BufferedImage toImage(ImageOptions options) {
    PixelRows rows = MixedRows.of(ImageRows.of(image, 1), options.channels(), 1);
    return Pictures.of(rows, options.bits(), 1);
  }

  /**
   * Writes a PNG file, with what the picture's own file said of its colours. The file appears at
   * once, as in {@link io.github.colonnade.Npy#write(Path, Tensor)}.
   *
   * @param file the file to create or replace; its name ends in {@code .png}
   * @throws IllegalArgumentException if the name has another ending
   * @throws IOException if the file cannot be written
   */
  public void write(Path file) throws IOException {
    ImageFiles.write(file, this::write);
  }

  /**
   * Writes the bytes of a PNG file.
   *
   * @param out where they go; stays open
   * @throws IOException if {@code out} takes no more
   */
  public void write(OutputStream out) throws IOException {
    ImageFiles.writePng(image, colours.chunks(), out);
  }

  /** {@return size and depth, such as {@code Photograph[451 x 300, RGB of 8 bits]}} */
  @Override
  public String toString() {
    return "Photograph["
        + width()
        + " x "
        + height()
        + ", "
        + channels()
        + " of "
        + bits()
        + " bits]";
  }
}
