package io.github.colonnade.cli.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Image files: reads what Java's own decoders read, and writes PNG. */
public final class ImageFiles {
  /** Four samples of a pixel then still fit an array. */
  private static final long MOST_PIXELS = Integer.MAX_VALUE / 4;

  private ImageFiles() {}

  /**
   * Reads the first image of a PNG, JPEG, BMP or GIF file.
   *
   * @param file the file
   * @return its image
   * @throws ImageFormatException if the file holds no image that can be decoded
   * @throws IOException if the file cannot be read
   */
  public static Photograph read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new ImageFormatException(file.toString(), "is a folder, must be an image");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return read(in, file.toString());
    }
  }

  /**
   * Reads the first image of a stream, which stays open.
   *
   * @param in the bytes of a PNG, JPEG, BMP or GIF file
   * @param name what messages call it
   * @return the image
   * @throws ImageFormatException if there is no image that can be decoded
   * @throws IOException if the stream cannot be read
   */
  public static Photograph read(InputStream in, String name) throws IOException {
    // The stream's owner closes it.
    ImageInputStream stream = new MemoryCacheImageInputStream(in);
    Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
    if (!readers.hasNext()) {
      throw new ImageFormatException(name, "is not a PNG, JPEG, BMP or GIF image");
    }
    ImageReader reader = readers.next();
    try {
      reader.setInput(stream, true, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      if ((long) width * height > MOST_PIXELS) {
        throw new ImageFormatException(
            name, "has " + width + " x " + height + " pixels, must have at most " + MOST_PIXELS);
      }
      return Photograph.of(reader.read(0));
    } catch (ImageFormatException told) {
      throw told;
    } catch (IOException | RuntimeException broken) {
      // Decoders throw all sorts of things for a corrupt file: IIOException, NegativeArraySize, …
      throw new ImageFormatException(
          name, "cannot be decoded as an image: " + broken.getMessage(), broken);
    } finally {
      reader.dispose();
    }
  }

  /**
   * Writes an image as PNG.
   *
   * @param image the image, such as {@link Photograph#toImage()}
   * @param out where its bytes go; stays open
   * @throws IOException if they cannot be written
   */
  public static void writePng(BufferedImage image, OutputStream out) throws IOException {
    if (!ImageIO.write(image, "png", out)) {
      throw new IOException("Java has no writer for this image as PNG: " + image.getColorModel());
    }
  }
}
