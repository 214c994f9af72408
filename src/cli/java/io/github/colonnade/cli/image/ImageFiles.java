package io.github.colonnade.cli.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Image files: reads those of four formats with Java's own decoders, and writes PNG. */
public final class ImageFiles {
  /** What the command line promises; Java's decoders read more, and not all of it right. */
  private static final Set<String> FORMATS = Set.of("png", "jpeg", "bmp", "gif");

  /** Four samples of a pixel then still fit an array. */
  private static final long MOST_PIXELS = Integer.MAX_VALUE / 4;

  private static final int PNG_SIGNATURE_AND_HEADER_BYTES = 33;

  private ImageFiles() {}

  /**
   * Reads the first image of a PNG, JPEG, BMP or GIF file, as a person sees it: turned as the file
   * says.
   *
   * @param file a regular file
   * @return its image
   * @throws ImageFormatException if the file holds no image that can be decoded whole
   * @throws IOException if the file cannot be read
   */
  public static Photograph read(Path file) throws IOException {
    try (ImageInputStream stream = new FileImageInputStream(file.toFile())) {
      return read(stream, file.toString());
    }
  }

  /**
   * Reads the first image of a stream, which stays open.
   *
   * @param in the bytes of a PNG, JPEG, BMP or GIF file
   * @param name what messages call it
   * @return the image
   * @throws ImageFormatException if there is no image that can be decoded whole
   * @throws IOException if the stream cannot be read
   */
  public static Photograph read(InputStream in, String name) throws IOException {
    // The stream's owner closes it.
    return read(new MemoryCacheImageInputStream(in), name);
  }

  private static Photograph read(ImageInputStream stream, String name) throws IOException {
    ImageReader reader = reader(stream, name);
    try {
      String format = reader.getFormatName().toLowerCase(Locale.ROOT);
      ImageTags tags = ImageTags.read(stream, format);
      DecoderWarnings warnings = new DecoderWarnings();
      DecodedRows rows = new DecodedRows();
      reader.addIIOReadWarningListener(warnings);
      reader.addIIOReadUpdateListener(rows);
      reader.setInput(stream, true, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      if ((long) width * height > MOST_PIXELS) {
        throw new ImageFormatException(
            name, "has " + width + " x " + height + " pixels, must have at most " + MOST_PIXELS);
      }
      BufferedImage image = reader.read(0);
      if (warnings.tellOfLoss(tags.inOneScan())
          || (format.equals("gif") && rows.count() < height)) {
        throw new ImageFormatException(
            name, "cannot be decoded as an image: it is damaged or cut short");
      }
      return Photograph.of(image).seen(tags);
    } catch (ImageFormatException told) {
      throw told;
    } catch (IOException | RuntimeException broken) {
      // Decoders throw all sorts of things for a corrupt file: IIOException, NegativeArraySize, …
      throw new ImageFormatException(
          name, "cannot be decoded as an image: " + reason(broken), broken);
    } finally {
      reader.dispose();
    }
  }

  private static String reason(Exception broken) {
    return broken.getMessage() == null ? "it is damaged or cut short" : broken.getMessage();
  }

  private static ImageReader reader(ImageInputStream stream, String name)
      throws ImageFormatException {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (isPromised(reader)) {
        return reader;
      }
      reader.dispose();
    }
    throw new ImageFormatException(name, "is not a PNG, JPEG, BMP or GIF image");
  }

  private static boolean isPromised(ImageReader reader) {
    try {
      return FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT));
    } catch (IOException unknown) {
      return false;
    }
  }

  /**
   * Writes a photograph as PNG, with what its file said of its colours.
   *
   * @param photograph the photograph
   * @param out where its bytes go; stays open
   * @throws IOException if they cannot be written
   */
  public static void writePng(Photograph photograph, OutputStream out) throws IOException {
    List<PngChunk> chunks = photograph.colours().chunks();
    writePng(photograph.toImage(), chunks.isEmpty() ? out : new Inserting(out, chunks));
  }

  /**
   * Writes an image as PNG.
   *
   * @param image the image
   * @param out where its bytes go; stays open
   * @throws IOException if they cannot be written
   */
  public static void writePng(BufferedImage image, OutputStream out) throws IOException {
    if (!ImageIO.write(image, "png", out)) {
      throw new IOException("Java has no writer for this image as PNG: " + image.getColorModel());
    }
  }

  /** Puts chunks behind the first of a PNG file, its header. */
  private static final class Inserting extends OutputStream {
    private final OutputStream out;
    private final List<PngChunk> chunks;
    private int written;

    Inserting(OutputStream out, List<PngChunk> chunks) {
      this.out = out;
      this.chunks = chunks;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int missing = Math.min(length, PNG_SIGNATURE_AND_HEADER_BYTES - written);
      if (missing > 0) {
        out.write(bytes, offset, missing);
        written += missing;
        if (written == PNG_SIGNATURE_AND_HEADER_BYTES) {
          for (PngChunk chunk : chunks) {
            chunk.writeTo(out);
          }
        }
      }
      out.write(bytes, offset + missing, length - missing);
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }
  }
}
