package io.github.colonnade.image;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** A stream of anybody's, of which no more is read than an image may take. */
final class BoundedInput extends InputStream {
  /** More than any file has before its size is told, and than any has beside its pixels. */
  static final long MOST_BYTES_BESIDE_PIXELS = 1L << 26;

  private final InputStream in;
  private final String name;
  private long left = MOST_BYTES_BESIDE_PIXELS;
  private long most = MOST_BYTES_BESIDE_PIXELS;
  private String size = "tells no size of its picture in its first ";
  private @Nullable IOException failure;

  BoundedInput(InputStream in, String name) {
    this.in = in;
    this.name = name;
  }

  /**
   * Allows more, once the size of the picture is known.
   *
   * @param bytes beside the pixels' own and those allowed from the beginning
   */
  void allow(int width, int height, long bytes) {
    left += bytes;
    most += bytes;
    size = "has " + width + " x " + height + " pixels, must have at most ";
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    try {
      // One more, to tell the end from too much.
      int count = in.read(bytes, offset, (int) Math.min(length, left + 1));
      if (count > left) {
        throw new ImageFormatException(name, size + most + " bytes");
      }
      left -= Math.max(0, count);
      return count;
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /** Throws what reading has thrown, if it has. */
  void rethrow() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }
}
