package io.github.colonnade;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the bytes of a {@code .npy} file, one after the other: first the header, then the elements.
 * Nothing is allocated before the header and the number of bytes agree.
 */
final class NpyReader {
  private static final int MAGIC_BYTES = NpyHeader.MAGIC.length;
  private static final int VERSION_BYTES = 2;

  /** Where the bytes come from. */
  interface Bytes {
    /** Fills {@code to} with the next ones, or returns false if they end before. */
    boolean read(MemorySegment to) throws IOException;
  }

  private final String name;
  private final String whole;
  private final long size;
  private final Bytes bytes;
  private final NpyHeader header;
  private final long byteSize;
  private long position;

  /**
   * Reads the header.
   *
   * @param name what messages begin with
   * @param whole what they call the bytes: a file or an entry
   * @param size how many bytes there are
   * @param bytes the bytes, from the first
   * @throws NpyFormatException if they are not an array that a tensor can hold
   */
  NpyReader(String name, String whole, long size, Bytes bytes) throws IOException {
    this.name = name;
    this.whole = whole;
    this.size = size;
    this.bytes = bytes;
    int lengthBytes = lengthBytes();
    requirePresent("header", MAGIC_BYTES + VERSION_BYTES + lengthBytes);
    ByteBuffer length = ByteBuffer.wrap(next(lengthBytes)).order(ByteOrder.LITTLE_ENDIAN);
    long headerBytes =
        lengthBytes == Short.BYTES
            ? Short.toUnsignedLong(length.getShort())
            : Integer.toUnsignedLong(length.getInt());
    if (headerBytes > NpyHeader.MAX_BYTES) {
      throw wrong(
          "header: is " + headerBytes + " bytes long, must be at most " + NpyHeader.MAX_BYTES);
    }
    requirePresent("header", position + headerBytes);
    header = NpyHeader.parse(name, next((int) headerBytes));
    byteSize = byteSize();
    if (byteSize > size - position) {
      throw wrong(
          String.format(
              Locale.ROOT,
              "truncated: an array of %s takes %d bytes, the %s has %d after its header",
              header.dtype + Arrays.toString(header.shape),
              byteSize,
              whole,
              size - position));
    }
  }

  /** Checks magic and version, and returns how long the header's length field is. */
  private int lengthBytes() throws IOException {
    if (size == 0) {
      throw wrong("is empty, must be a .npy file");
    }
    byte[] magic = next((int) Math.min(MAGIC_BYTES, size));
    if (!Arrays.equals(magic, 0, magic.length, NpyHeader.MAGIC, 0, magic.length)) {
      long more = Math.min(FileSignature.MOST_BYTES, size) - magic.length;
      byte[] start = Arrays.copyOf(magic, magic.length + (int) more);
      System.arraycopy(next((int) more), 0, start, magic.length, (int) more);
      throw wrong("is not a .npy file" + FileSignature.describe(start));
    }
    requirePresent("header", MAGIC_BYTES + VERSION_BYTES);
    byte[] version = next(VERSION_BYTES);
    int major = version[0] & 0xff;
    int minor = version[1] & 0xff;
    if (major < 1 || major > 3 || minor != 0) {
      throw wrong(
          "format version " + major + "." + minor + " is not supported, must be 1.0, 2.0 or 3.0");
    }
    return major == 1 ? Short.BYTES : Integer.BYTES;
  }

  private void requirePresent(String part, long needed) throws NpyFormatException {
    if (size < needed) {
      throw wrong(
          "truncated: the " + part + " takes " + needed + " bytes, the " + whole + " has " + size);
    }
  }

  private long byteSize() throws NpyFormatException {
    try {
      return Shapes.byteSize("header", header.dtype, header.shape);
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage());
    }
  }

  /** Returns the header. */
  NpyHeader header() {
    return header;
  }

  /** Returns the bytes of all elements. */
  long arrayBytes() {
    return byteSize;
  }

  /** Returns how many bytes have been read. */
  long position() {
    return position;
  }

  /** Reads the elements into new memory, in C order and native byte order. */
  Tensor read(Arena arena) throws IOException {
    Tensor tensor = Tensor.allocate(arena, header.dtype, header.shape);
    long[] axes = Arrays.stream(header.shape).filter(axis -> axis != 1).toArray();
    if (header.fortranOrder && axes.length > 1 && tensor.elementCount() > 0) {
      try (Arena scratch = Arena.ofConfined()) {
        MemorySegment columns = scratch.allocate(byteSize, 64);
        fill(columns);
        ArrayOrder.transpose(columns, tensor.segment(), header.dtype.byteSize(), axes);
      }
    } else {
      fill(tensor.segment());
    }
    if (header.bigEndian) {
      ArrayOrder.swapBytes(tensor.segment(), header.dtype.byteSize());
    }
    return tensor;
  }

  private byte[] next(int count) throws IOException {
    byte[] next = new byte[count];
    fill(MemorySegment.ofArray(next));
    return next;
  }

  private void fill(MemorySegment to) throws IOException {
    if (!bytes.read(to)) {
      throw wrong("truncated: the " + whole + " was cut short while it was read");
    }
    position += to.byteSize();
  }

  NpyFormatException wrong(@Nullable String rule) {
    return new NpyFormatException(name, rule);
  }
}
