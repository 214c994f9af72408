package io.github.colonnade;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * Reads and writes tensors as NumPy's {@code .npy} files.
 *
 * <p>Format versions 1.0, 2.0 and 3.0 are read, 1.0 is written, with the bytes that {@code np.save}
 * writes for the same array in C order. Element types are {@code f8}, {@code f4} and {@code i8},
 * ranks 0 to 64. What follows the array in a file is ignored, as {@code np.load} does.
 *
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">The
 *     format</a>
 */
public final class Npy {
  private static final int MAGIC_BYTES = NpyHeader.MAGIC.length;
  // Longest signature that describe() knows.
  private static final int SNIFFED_BYTES = 23;
  private static final long CHUNK_BYTES = 1L << 30;
  private static final int COPIED_BYTES = 1 << 16;
  private static final int BLOCK = 32;

  private Npy() {}

  /**
   * Reads an array into new memory, in C order and native byte order, whatever the file's order.
   *
   * <p>Nothing is allocated before the header and the file's size agree. An array in Fortran order
   * takes twice its size until it is transposed.
   *
   * @param path a regular file
   * @param arena owner of the memory
   * @return a tensor of the file's shape and type, aligned to 64 bytes
   * @throws NpyFormatException if the file is not an array that a tensor can hold, naming the rule
   * @throws IOException if the file is missing or cannot be read
   */
  public static Tensor read(Path path, Arena arena) throws IOException {
    Objects.requireNonNull(arena, "arena");
    try (FileChannel channel = open(path)) {
      Source source = locate(path, channel);
      NpyHeader header = source.header();
      Tensor tensor = Tensor.allocate(arena, header.dtype, header.shape);
      long[] axes = Arrays.stream(header.shape).filter(size -> size != 1).toArray();
      if (header.fortranOrder && axes.length > 1 && tensor.elementCount() > 0) {
        try (Arena scratch = Arena.ofConfined()) {
          MemorySegment columns = scratch.allocate(tensor.byteSize(), 64);
          readFully(path, channel, source.offset(), columns);
          transpose(columns, tensor.segment(), header.dtype.byteSize(), axes);
        }
      } else {
        readFully(path, channel, source.offset(), tensor.segment());
      }
      if (header.bigEndian) {
        swapBytes(tensor.segment(), header.dtype.byteSize());
      }
      return tensor;
    } catch (IOException e) {
      throw named(path, e);
    }
  }

  /**
   * Maps an array into memory without reading it: pages load as they are touched.
   *
   * <p>The tensor is read-only: it serves as an input. A file that is cut short while it is mapped
   * makes later accesses fail with {@link InternalError}, those of operators as well, whose outputs
   * are then incomplete; {@link #write} never cuts a file short. OpenBLAS would end the JVM
   * instead, so what it multiplies is copied from the mapping first, at each call, to at most 4 MiB
   * a thread beside {@link ConvPlan#workspaceBytes}: weights that are used often are faster from
   * {@link #read}. All this holds for {@link MemorySegment#isMapped mapped} segments and slices of
   * them, and not for what a program makes of their address by {@link
   * MemorySegment#reinterpret(long)}.
   *
   * @param path a regular file whose array is little-endian, in C order and aligned to its element
   *     size, as {@code np.save} and {@link #write} leave it
   * @param arena owner of the mapping
   * @return a read-only tensor of the file's shape and type, aligned to its element size
   * @throws NpyFormatException if the file is not an array that a tensor can hold, or not one that
   *     can be mapped, naming the rule; the latter says to use {@link #read}
   * @throws IOException if the file is missing or cannot be mapped
   */
  public static Tensor map(Path path, Arena arena) throws IOException {
    Objects.requireNonNull(arena, "arena");
    try (FileChannel channel = open(path)) {
      Source source = locate(path, channel);
      NpyHeader header = source.header();
      if (header.bigEndian) {
        throw unmappable(path, "is big-endian");
      }
      // The two orders are one where at most one axis is longer than 1.
      if (header.fortranOrder && Arrays.stream(header.shape).filter(n -> n != 1).count() > 1) {
        throw unmappable(path, "is in Fortran order");
      }
      if (source.offset() % header.dtype.byteSize() != 0) {
        throw unmappable(
            path,
            "starts at byte "
                + source.offset()
                + ", not a multiple of the element size "
                + header.dtype.byteSize());
      }
      MemorySegment segment =
          channel.map(FileChannel.MapMode.READ_ONLY, source.offset(), source.byteSize(), arena);
      return Tensor.of(segment, header.dtype, header.shape);
    } catch (IOException e) {
      throw named(path, e);
    }
  }

  private static NpyFormatException unmappable(Path path, String reason) {
    return new NpyFormatException(path, "cannot be mapped: the array " + reason + "; use Npy.read");
  }

  /**
   * Writes an array in C order, little-endian.
   *
   * <p>The file appears at once: it is written to a temporary name in the same folder and renamed,
   * so a reader sees the old file or the new one, never half. The temporary file is deleted if
   * anything fails, and if the virtual machine is shut down meanwhile, by a signal or {@code
   * System.exit}. Symbolic links are followed to their end.
   *
   * <p>A file that is replaced hands on its permissions, and its owner and group as far as the
   * system lets them be given; if its group cannot be, no group gets more than everybody has.
   *
   * @param path the file to create, with the permissions of a new file, or to replace
   * @param tensor array of at most 64 dimensions. Not modified; may be mapped from {@code path}.
   * @throws IllegalArgumentException if the tensor has more than 64 dimensions
   * @throws IllegalStateException if the tensor's arena is closed
   * @throws WrongThreadException if the tensor's arena belongs to another thread
   * @throws IOException if the file cannot be written
   */
  public static void write(Path path, Tensor tensor) throws IOException {
    requireWritable(tensor);
    try (AtomicFile output = new AtomicFile(path)) {
      try (FileChannel channel = output.create()) {
        writeFully(channel, header(tensor));
        if (tensor.isOnHeap()) {
          // Only byte arrays are buffers, so it goes through one.
          writeFully(Channels.newOutputStream(channel), tensor.segment());
        } else {
          writeFully(channel, tensor.segment());
        }
      }
      output.publish();
    } catch (IOException e) {
      throw named(path, e);
    }
  }

  /**
   * Writes the bytes of a {@code .npy} file, in C order, little-endian, such as an entry of an
   * archive.
   *
   * @param out where they go; stays open and is not flushed
   * @param tensor array of at most 64 dimensions. Not modified.
   * @throws IllegalArgumentException if the tensor has more than 64 dimensions
   * @throws IllegalStateException if the tensor's arena is closed
   * @throws WrongThreadException if the tensor's arena belongs to another thread
   * @throws IOException if {@code out} takes no more
   */
  public static void write(OutputStream out, Tensor tensor) throws IOException {
    Objects.requireNonNull(out, "out");
    requireWritable(tensor);
    writeFully(out, header(tensor));
    writeFully(out, tensor.segment());
  }

  private static MemorySegment header(Tensor tensor) {
    return MemorySegment.ofArray(NpyHeader.encode(tensor.dtype(), tensor.shape()));
  }

  private static void requireWritable(Tensor tensor) {
    if (tensor.rank() > NpyHeader.MAX_RANK) {
      throw new IllegalArgumentException(
          "tensor: has "
              + tensor.rank()
              + " dimensions, a .npy file holds at most "
              + NpyHeader.MAX_RANK);
    }
    MemorySegment segment = tensor.segment();
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException("tensor: its arena is closed");
    }
    if (!segment.isAccessibleBy(Thread.currentThread())) {
      throw new WrongThreadException("tensor: its arena belongs to another thread");
    }
  }

  /** Opens a regular file, or says why not. */
  static FileChannel open(Path path) throws IOException {
    try {
      requireRegular(path);
      return FileChannel.open(path, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw explained(new NoSuchFileException(printable(path), null, "no such file"), e);
    } catch (AccessDeniedException e) {
      throw explained(new AccessDeniedException(printable(path), null, "permission denied"), e);
    }
  }

  static void requireRegular(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    if (attributes.isDirectory()) {
      throw new FileSystemException(printable(path), null, "is a directory, must be a file");
    }
    if (!attributes.isRegularFile()) {
      throw new FileSystemException(printable(path), null, "is not a regular file");
    }
  }

  private static <E extends IOException> E explained(E exception, IOException cause) {
    exception.initCause(cause);
    return exception;
  }

  /** Returns {@code e}, with the file's name in front where the operating system left it out. */
  static IOException named(Path path, IOException e) {
    return e.getClass() == IOException.class
        ? new IOException(printable(path) + ": " + e.getMessage(), e)
        : e;
  }

  static String printable(Path path) {
    return NpyFormatException.printable(path.toString());
  }

  /** A header, and the position of its array in the file, which holds all of it. */
  private record Source(NpyHeader header, long offset, long byteSize) {}

  private static Source locate(Path path, FileChannel channel) throws IOException {
    long fileBytes = channel.size();
    int lengthBytes = lengthBytes(path, channel, fileBytes);
    int prefixBytes = MAGIC_BYTES + 2 + lengthBytes;
    requirePresent(path, "header", prefixBytes, fileBytes);
    ByteBuffer prefix =
        ByteBuffer.wrap(readBytes(path, channel, 0, prefixBytes)).order(ByteOrder.LITTLE_ENDIAN);
    long headerBytes =
        lengthBytes == 2
            ? Short.toUnsignedLong(prefix.getShort(MAGIC_BYTES + 2))
            : Integer.toUnsignedLong(prefix.getInt(MAGIC_BYTES + 2));
    if (headerBytes > NpyHeader.MAX_BYTES) {
      throw new NpyFormatException(
          path,
          "header: is " + headerBytes + " bytes long, must be at most " + NpyHeader.MAX_BYTES);
    }
    long offset = prefixBytes + headerBytes;
    requirePresent(path, "header", offset, fileBytes);
    byte[] text = readBytes(path, channel, prefixBytes, (int) headerBytes);
    NpyHeader header = NpyHeader.parse(path, text);
    long byteSize = byteSize(path, header);
    if (byteSize > fileBytes - offset) {
      throw new NpyFormatException(
          path,
          String.format(
              Locale.ROOT,
              "truncated: an array of %s takes %d bytes, the file has %d after its header",
              header.dtype + Arrays.toString(header.shape),
              byteSize,
              fileBytes - offset));
    }
    return new Source(header, offset, byteSize);
  }

  /** Checks magic and version, and returns how long the header's length field is. */
  private static int lengthBytes(Path path, FileChannel channel, long fileBytes)
      throws IOException {
    if (fileBytes == 0) {
      throw new NpyFormatException(path, "is empty, must be a .npy file");
    }
    byte[] start = readBytes(path, channel, 0, (int) Math.min(SNIFFED_BYTES, fileBytes));
    int common = Math.min(MAGIC_BYTES, start.length);
    if (!Arrays.equals(start, 0, common, NpyHeader.MAGIC, 0, common)) {
      throw new NpyFormatException(path, "is not a .npy file" + describe(start));
    }
    requirePresent(path, "header", MAGIC_BYTES + 2, fileBytes);
    int major = start[MAGIC_BYTES] & 0xff;
    int minor = start[MAGIC_BYTES + 1] & 0xff;
    if (major < 1 || major > 3 || minor != 0) {
      throw new NpyFormatException(
          path,
          "format version " + major + "." + minor + " is not supported, must be 1.0, 2.0 or 3.0");
    }
    return major == 1 ? 2 : 4;
  }

  private static void requirePresent(Path path, String part, long needed, long fileBytes)
      throws NpyFormatException {
    if (fileBytes < needed) {
      throw new NpyFormatException(
          path,
          "truncated: the " + part + " takes " + needed + " bytes, the file has " + fileBytes);
    }
  }

  private static long byteSize(Path path, NpyHeader header) throws NpyFormatException {
    try {
      return Shapes.byteSize("header", header.dtype, header.shape);
    } catch (IllegalArgumentException e) {
      throw new NpyFormatException(path, e.getMessage());
    }
  }

  /** Describes what a file that is not {@code .npy} looks like, or returns nothing. */
  private static String describe(byte[] start) {
    String text = new String(start, StandardCharsets.ISO_8859_1);
    if (text.startsWith("PK\3\4") || text.startsWith("PK\5\6")) {
      return ": it looks like a zip archive; if it is a .npz, unzip it first";
    }
    if (text.startsWith("\u0089PNG")) {
      return ": it looks like a PNG image";
    }
    if (text.startsWith("\u00ff\u00d8\u00ff")) {
      return ": it looks like a JPEG image";
    }
    if (text.startsWith("\u001f\u008b")) {
      return ": it looks like gzip, unzip it first";
    }
    if (text.startsWith("\u0089HDF")) {
      return ": it looks like HDF5";
    }
    if (text.startsWith("\0\0\u0008")) {
      return ": it looks like an IDX file";
    }
    if (text.startsWith("version https://git-lfs")) {
      return ": it is a Git LFS pointer, fetch the file behind it with git lfs pull";
    }
    if (text.length() > 1 && text.charAt(0) == 0x80 && text.charAt(1) >= 2 && text.charAt(1) <= 5) {
      return ": it looks like a Python pickle";
    }
    return "";
  }

  private static byte[] readBytes(Path path, FileChannel channel, long offset, int length)
      throws IOException {
    byte[] bytes = new byte[length];
    readFully(path, channel, offset, MemorySegment.ofArray(bytes));
    return bytes;
  }

  private static void readFully(Path path, FileChannel channel, long offset, MemorySegment to)
      throws IOException {
    long done = 0;
    while (done < to.byteSize()) {
      long bytes = Math.min(CHUNK_BYTES, to.byteSize() - done);
      int read = channel.read(to.asSlice(done, bytes).asByteBuffer(), offset + done);
      if (read < 0) {
        throw new NpyFormatException(path, "truncated: the file was cut short while it was read");
      }
      done += read;
    }
  }

  private static void writeFully(OutputStream out, MemorySegment from) throws IOException {
    byte[] bytes = new byte[(int) Math.min(COPIED_BYTES, from.byteSize())];
    for (long done = 0; done < from.byteSize(); done += bytes.length) {
      int length = (int) Math.min(bytes.length, from.byteSize() - done);
      MemorySegment.copy(from, ValueLayout.JAVA_BYTE, done, bytes, 0, length);
      out.write(bytes, 0, length);
    }
  }

  private static void writeFully(FileChannel channel, MemorySegment from) throws IOException {
    long done = 0;
    while (done < from.byteSize()) {
      long bytes = Math.min(CHUNK_BYTES, from.byteSize() - done);
      done += channel.write(from.asSlice(done, bytes).asByteBuffer());
    }
  }

  /**
   * Copies an array from Fortran order to C order.
   *
   * @param from elements, the first axis contiguous. Not modified.
   * @param to elements, the last axis contiguous. Overwritten; must not overlap {@code from}.
   * @param elementBytes 4 or 8
   * @param shape two sizes or more, none 0
   */
  private static void transpose(
      MemorySegment from, MemorySegment to, long elementBytes, long... shape) {
    int last = shape.length - 1;
    long[] fromStrides = new long[shape.length];
    long[] toStrides = new long[shape.length];
    fromStrides[0] = 1;
    toStrides[last] = 1;
    for (int axis = 1; axis <= last; axis++) {
      fromStrides[axis] = fromStrides[axis - 1] * shape[axis - 1];
      toStrides[last - axis] = toStrides[last - axis + 1] * shape[last - axis + 1];
    }
    // An odometer over the axes between the first and the last; each of its states is one plane.
    long[] index = new long[shape.length];
    long fromPlane = 0;
    long toPlane = 0;
    int axis;
    do {
      transposePlane(
          from.asSlice(fromPlane * elementBytes),
          fromStrides[last],
          to.asSlice(toPlane * elementBytes),
          toStrides[0],
          elementBytes,
          shape[0],
          shape[last]);
      for (axis = last - 1; axis > 0; axis--) {
        index[axis]++;
        fromPlane += fromStrides[axis];
        toPlane += toStrides[axis];
        if (index[axis] < shape[axis]) {
          break;
        }
        index[axis] = 0;
        fromPlane -= fromStrides[axis] * shape[axis];
        toPlane -= toStrides[axis] * shape[axis];
      }
    } while (axis > 0);
  }

  // In blocks, so that the cache lines of both sides are used whole before they are evicted.
  private static void transposePlane(
      MemorySegment from,
      long fromStride,
      MemorySegment to,
      long toStride,
      long elementBytes,
      long rows,
      long columns) {
    for (long row0 = 0; row0 < rows; row0 += BLOCK) {
      long rowEnd = Math.min(row0 + BLOCK, rows);
      for (long column0 = 0; column0 < columns; column0 += BLOCK) {
        long columnEnd = Math.min(column0 + BLOCK, columns);
        for (long row = row0; row < rowEnd; row++) {
          if (elementBytes == Long.BYTES) {
            for (long column = column0; column < columnEnd; column++) {
              long bits = from.getAtIndex(ValueLayout.JAVA_LONG, row + column * fromStride);
              to.setAtIndex(ValueLayout.JAVA_LONG, row * toStride + column, bits);
            }
          } else {
            for (long column = column0; column < columnEnd; column++) {
              int bits = from.getAtIndex(ValueLayout.JAVA_INT, row + column * fromStride);
              to.setAtIndex(ValueLayout.JAVA_INT, row * toStride + column, bits);
            }
          }
        }
      }
    }
  }

  private static void swapBytes(MemorySegment segment, long elementBytes) {
    long count = segment.byteSize() / elementBytes;
    if (elementBytes == Long.BYTES) {
      for (long i = 0; i < count; i++) {
        long bits = segment.getAtIndex(ValueLayout.JAVA_LONG, i);
        segment.setAtIndex(ValueLayout.JAVA_LONG, i, Long.reverseBytes(bits));
      }
    } else {
      for (long i = 0; i < count; i++) {
        int bits = segment.getAtIndex(ValueLayout.JAVA_INT, i);
        segment.setAtIndex(ValueLayout.JAVA_INT, i, Integer.reverseBytes(bits));
      }
    }
  }
}
