package io.github.colonnade.image;

import java.io.IOException;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** A stream that is kept in memory as far as it is read, so that it can be read again. */
final class CachedInput extends MemoryCacheImageInputStream {
  /** More than a pixel takes in any of the formats, even where it is not compressed: RGBA of 16. */
  private static final long MOST_BYTES_OF_PIXEL = 16;

  private static final int CHUNK_BYTES = 1 << 16;

  private final BoundedInput in;
  private long length = -1;

  CachedInput(BoundedInput in) {
    super(in);
    this.in = in;
  }

  /**
   * Reads all of it, and returns to its start.
   *
   * @return the number of bytes
   * @throws ImageFormatException if there are more than a picture of this size may take
   */
  long readToEnd(int width, int height) throws IOException {
    in.allow(width, height, MOST_BYTES_OF_PIXEL * width * height);
    seek(0);
    byte[] chunk = new byte[CHUNK_BYTES];
    long count = 0;
    for (int read = 0; read >= 0; read = read(chunk)) {
      count += read;
    }
    length = count;
    seek(0);
    return length;
  }

  /** Forgets nothing: a decoder that has read the header has not read the file. */
  @Override
  public void flushBefore(long position) {
    // All of it is read again.
  }

  /** Returns the number of bytes, or -1 where not all of them have been read. */
  @Override
  public long length() {
    return length;
  }
}
