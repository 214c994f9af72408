package io.github.colonnade.image;

import io.github.colonnade.internal.files.AtomicFile;
import io.github.colonnade.internal.files.InputFile;
import io.github.colonnade.internal.files.Printable;
import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Image files: reads those of four formats with Java's own decoders, and writes PNG. */
final class ImageFiles {
  /** What this library promises; Java's decoders read more, and not all of it right. */
  private static final Set<String> FORMATS = Set.of("png", "jpeg", "bmp", "gif");

  /** More than any of the formats packs into a byte: PNG holds 1032 times 8 pixels in one. */
  private static final long MOST_PIXELS_OF_BYTE = 8 * 1032;

  private static final int PNG_SIGNATURE_AND_HEADER_BYTES = 33;
  private static final int BUFFER_BYTES = 1 << 16;

  private ImageFiles() {}

  /** Reads the first image of a regular file. */
  static Photograph read(Path file, long mostPixels) throws IOException {
    // Says what is wrong with the name; the decoders want a file of the default file system.
    InputFile.open(file).close();
    try (ImageInputStream stream = new RereadInput(file)) {
      return read(stream, (width, height) -> stream.length(), file.toString(), mostPixels);
    }
  }

  /** Reads the first image of a stream, which stays open. */
  static Photograph read(InputStream in, String name, long mostPixels) throws IOException {
    BoundedInput bounded = new BoundedInput(in, name);
    try (CachedInput stream = new CachedInput(bounded)) {
      return read(stream, stream::readToEnd, name, mostPixels);
    } catch (ImageFormatException e) {
      // What the stream threw, in place of what a decoder made of it.
      bounded.rethrow();
      throw e;
    }
  }

  /** A file of which a decoder forgets nothing: what has read the header has not read the file. */
  private static final class RereadInput extends FileImageInputStream {
    RereadInput(Path file) throws IOException {
      super(file.toFile());
    }

    @Override
    public void flushBefore(long position) {
      // All of it is read again.
    }
  }

  /** Returns the bytes of a file whose header has said how many pixels it holds. */
  private interface Length {
    long of(int width, int height) throws IOException;
  }

  private static Photograph read(
      ImageInputStream stream, Length length, String name, long mostPixels) throws IOException {
    ImageReader reader = reader(stream, name);
    try {
      String format = reader.getFormatName().toLowerCase(Locale.ROOT);
      // Twice: before anything but the header is read, and behind the tags, which may lie anywhere.
      reader.setInput(stream, false, true);
      requireFew(name, reader.getWidth(0), reader.getHeight(0), mostPixels);
      requireHeld(
          name,
          reader.getWidth(0),
          reader.getHeight(0),
          length.of(reader.getWidth(0), reader.getHeight(0)));
      stream.seek(0);
      ImageTags tags = ImageTags.read(stream, format);
      DecoderWarnings warnings = new DecoderWarnings();
      DecodedRows rows = new DecodedRows();
      reader.addIIOReadWarningListener(warnings);
      reader.addIIOReadUpdateListener(rows);
      reader.setInput(stream, true, true);
      int height = reader.getHeight(0);
      BufferedImage image = reader.read(0);
      if (warnings.tellOfLoss(tags.inOneScan())
          || (format.equals("gif") && rows.count() < height)) {
        throw new ImageFormatException(
            name, "cannot be decoded as an image: it is damaged or cut short");
      }
      return Photograph.of(image, tags);
    } catch (ImageFormatException told) {
      throw told;
    } catch (IOException | RuntimeException broken) {
      if (broken.getCause() instanceof OutOfMemoryError tooLittle) {
        throw tooLittle;
      }
      // Decoders throw all sorts of things for a corrupt file: IIOException, NegativeArraySize, …
      throw new ImageFormatException(
          name, "cannot be decoded as an image: " + reason(broken), broken);
    } finally {
      reader.dispose();
    }
  }

  /** Checks what a header claims before memory is taken for it. */
  private static void requireFew(String name, int width, int height, long mostPixels)
      throws ImageFormatException {
    if ((long) width * height > mostPixels) {
      throw new ImageFormatException(
          name, "has " + width + " x " + height + " pixels, must have at most " + mostPixels);
    }
  }

  /** Checks what a header claims before a decoder takes memory for it. */
  private static void requireHeld(String name, int width, int height, long bytes)
      throws ImageFormatException {
    if ((long) width * height / MOST_PIXELS_OF_BYTE > bytes) {
      throw new ImageFormatException(
          name,
          "has " + width + " x " + height + " pixels, more than its " + bytes + " bytes can hold");
    }
  }

  private static String reason(Exception broken) {
    String reason = broken.getMessage() == null ? "" : broken.getMessage().strip();
    if (reason.endsWith(":")) {
      // The decoder of PNG says nothing but that there is a cause.
      reason += " " + broken.getCause();
    }
    return reason.isEmpty() ? "it is damaged or cut short" : reason;
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

  /** Writes the bytes of a file. */
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Writes a PNG file, all of it or nothing. */
  static void write(Path file, Content content) throws IOException {
    if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
      throw new IllegalArgumentException(
          "file: is '" + Printable.text(file) + "', must end in .png");
    }
    try (AtomicFile output = new AtomicFile(file)) {
      try (OutputStream out =
          new BufferedOutputStream(Channels.newOutputStream(output.create()), BUFFER_BYTES)) {
        content.writeTo(out);
      }
      output.publish();
    } catch (IOException e) {
      throw InputFile.named(file, e);
    }
  }

  /** Writes an image as PNG, with chunks of its own, to a stream, which stays open. */
  static void writePng(BufferedImage image, List<PngChunk> chunks, OutputStream out)
      throws IOException {
    // In memory: through ImageIO.write, it would pass through a temporary file.
    try (ImageOutputStream png =
        new MemoryCacheImageOutputStream(chunks.isEmpty() ? out : new Inserting(out, chunks))) {
      if (!ImageIO.write(image, "png", png)) {
        throw new IOException("Java has no writer for this image as PNG: " + image.getColorModel());
      }
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
