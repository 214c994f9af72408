package io.github.colonnade.examples.mnist;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * An array of unsigned bytes in the IDX format of the MNIST database: two bytes of zeros, the
 * element type, the number of dimensions, each size as a big-endian int, then the elements in C
 * order.
 *
 * @param file where it was read from
 * @param shape sizes, none negative
 * @param bytes the elements
 */
@SuppressWarnings("ArrayRecordComponent") // read, never changed
record IdxFile(Path file, int[] shape, byte[] bytes) {
  private static final int UNSIGNED_BYTE = 0x08;

  /** A million images of 28×28: more than any data set of this form has, and less than a heap. */
  private static final long MOST_BYTES = 1L << 30;

  private static final int BUFFER = 1 << 16;

  /**
   * Finds a file under the names that it usually has, gzipped or not.
   *
   * @param folder where it lies
   * @param stem the name's beginning, such as {@code train-images}
   * @param rank the number of dimensions, which is part of the name
   * @throws IdxFormatException naming all files looked for, if none is there
   */
  static Path find(Path folder, String stem, int rank) throws IOException {
    if (!Files.exists(folder)) {
      throw new NoSuchFileException(folder.toString());
    }
    if (!Files.isDirectory(folder)) {
      throw new IdxFormatException(folder, "is a file, must be a folder of IDX files");
    }
    List<String> names = new ArrayList<>();
    for (String separator : List.of("-", ".")) {
      for (String ending : List.of("", ".gz")) {
        names.add(stem + separator + "idx" + rank + "-ubyte" + ending);
      }
    }
    for (String name : names) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        return file;
      }
    }
    throw new IdxFormatException(folder, "holds none of " + String.join(", ", names));
  }

  /**
   * Reads a file, gzipped or not, to its end.
   *
   * @param file a regular file
   * @param rank the number of dimensions that it must have
   * @throws IdxFormatException if it is damaged, cut short, too long or of another type or rank
   */
  static IdxFile read(Path file, int rank) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IdxFormatException(file, "is not a regular file");
    }
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), BUFFER);
        InputStream in = isGzipped(raw) ? new GZIPInputStream(raw, BUFFER) : raw) {
      return read(file, rank, new DataInputStream(in));
    } catch (EOFException cut) {
      throw new IdxFormatException(file, "is cut short", cut);
    } catch (ZipException damaged) {
      throw new IdxFormatException(
          file, "is damaged and cannot be unpacked: " + damaged.getMessage(), damaged);
    }
  }

  private static boolean isGzipped(InputStream in) throws IOException {
    in.mark(2);
    boolean gzipped = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return gzipped;
  }

  private static IdxFile read(Path file, int rank, DataInputStream in) throws IOException {
    int zeros = in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int dimensions = in.readUnsignedByte();
    if (zeros != 0 || dimensions == 0) {
      throw new IdxFormatException(file, "is not an IDX file");
    }
    if (type != UNSIGNED_BYTE) {
      throw new IdxFormatException(
          file, String.format("has elements of type 0x%02x, must have 0x08, unsigned bytes", type));
    }
    if (dimensions != rank) {
      throw new IdxFormatException(file, "has " + dimensions + " dimensions, must have " + rank);
    }
    int[] shape = new int[rank];
    long length = 1;
    for (int i = 0; i < rank; i++) {
      long size = Integer.toUnsignedLong(in.readInt());
      // Two factors of 32 bits each fit a long, and the product is checked before the next.
      length *= size;
      if (size > MOST_BYTES || length > MOST_BYTES) {
        throw new IdxFormatException(
            file, "says that it has more than " + MOST_BYTES + " bytes, the most that are read");
      }
      shape[i] = (int) size;
    }
    // What a header promises is not allocated before it is there.
    byte[] bytes = in.readNBytes((int) length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    if (in.read() >= 0) {
      throw new IdxFormatException(file, "is longer than the " + length + " bytes that it says");
    }
    return new IdxFile(file, shape, bytes);
  }
}
