package io.github.colonnade.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Reads what Java's own decoders read, and writes PNG. */
final class ImageFiles {
  /** Four samples of a pixel then still fit an array. */
  private static final long MOST_PIXELS = Integer.MAX_VALUE / 4;

  private ImageFiles() {}

  /**
   * Reads the first image of a PNG, JPEG, BMP or GIF file.
   *
   * @throws IOException if there is no such file, or none that can be decoded
   */
  static Photograph read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new UnreadableFileException(file, "is a folder, must be an image");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return read(file, in);
    }
  }

  /** As {@link #read(Path)}, from a stream; {@code file} is for messages. */
  static Photograph read(Path file, InputStream in) throws IOException {
    // The stream's owner closes it.
    ImageInputStream stream = new MemoryCacheImageInputStream(in);
    Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
    if (!readers.hasNext()) {
      throw new UnreadableFileException(file, "is not a PNG, JPEG, BMP or GIF image");
    }
    ImageReader reader = readers.next();
    try {
      reader.setInput(stream, true, true);
      long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
      if (pixels > MOST_PIXELS) {
        throw new UnreadableFileException(
            file,
            "has "
                + reader.getWidth(0)
                + " x "
                + reader.getHeight(0)
                + " pixels, must have at most "
                + MOST_PIXELS);
      }
      return Photograph.of(reader.read(0));
    } catch (UnreadableFileException told) {
      throw told;
    } catch (IOException | RuntimeException broken) {
      // Decoders throw whatever comes when a file lies: IIOException, NegativeArraySize, …
      throw new UnreadableFileException(
          file, "cannot be decoded as an image: " + broken.getMessage(), broken);
    } finally {
      reader.dispose();
    }
  }

  /** Writes a PNG file; a reader of {@code file} never sees half of it. */
  static void writePng(Path file, BufferedImage image) throws IOException {
    NewFile.write(
        file,
        out -> {
          if (!ImageIO.write(image, "png", out)) {
            throw new IOException(file + ": Java has no writer for this image as PNG");
          }
        });
  }
}
