package io.github.colonnade;

import io.github.colonnade.internal.files.AtomicFile;
import io.github.colonnade.internal.files.InputFile;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/**
 * Reads and writes tensors as NumPy's {@code .npy} files.
 *
 * <p>Format versions 1.0, 2.0 and 3.0 are read, 1.0 is written, with the bytes that {@code np.save}
 * writes for the same array in C order. Element types are {@code f8}, {@code f4} and {@code i8},
 * ranks 0 to 64. What follows the array in a file is ignored, as {@code np.load} does.
 *
 * <p>{@link Npz} reads and writes archives of several arrays.
 *
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">The
 *     format</a>
 */
public final class Npy {
  private static final long CHUNK_BYTES = 1L << 30;
  private static final int COPIED_BYTES = 1 << 16;

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
    try (FileChannel channel = InputFile.open(path)) {
      return reader(path, channel).read(arena);
    } catch (IOException e) {
      throw InputFile.named(path, e);
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
    try (FileChannel channel = InputFile.open(path)) {
      NpyReader reader = reader(path, channel);
      NpyHeader header = reader.header();
      if (header.bigEndian) {
        throw unmappable(reader, "is big-endian");
      }
      // The two orders are one where at most one axis is longer than 1.
      if (header.fortranOrder && Arrays.stream(header.shape).filter(n -> n != 1).count() > 1) {
        throw unmappable(reader, "is in Fortran order");
      }
      long offset = reader.position();
      if (offset % header.dtype.byteSize() != 0) {
        throw unmappable(
            reader,
            "starts at byte "
                + offset
                + ", not a multiple of the element size "
                + header.dtype.byteSize());
      }
      MemorySegment segment =
          channel.map(FileChannel.MapMode.READ_ONLY, offset, reader.arrayBytes(), arena);
      return Tensor.of(segment, header.dtype, header.shape);
    } catch (IOException e) {
      throw InputFile.named(path, e);
    }
  }

  private static NpyFormatException unmappable(NpyReader reader, String reason) {
    return reader.wrong("cannot be mapped: the array " + reason + "; use Npy.read");
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
    requireWritable("tensor", tensor);
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
      throw InputFile.named(path, e);
    }
  }

  /**
   * Starts a file whose array is memory: what is written to the tensor goes to the disk, and not
   * all of it needs to be in memory at once. For results that are larger than that.
   *
   * <p>The file appears at once, when {@link NpyOutput#commit} is called: until then a reader sees
   * the old file or none.
   *
   * @param path the file to create or to replace, as in {@link #write(Path, Tensor)}
   * @param dtype element type
   * @param shape at most 64 sizes, none negative
   * @return the output, of zeros; to be closed
   * @throws IllegalArgumentException if the shape has a negative size, more than 64 dimensions or
   *     more bytes than a long counts
   * @throws IOException if the file cannot be written, or its disk has not so much room
   */
  public static NpyOutput create(Path path, DType dtype, long... shape) throws IOException {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(dtype, "dtype");
    long[] sizes = Objects.requireNonNull(shape, "shape").clone();
    requireRank("shape", sizes.length);
    long bytes = Shapes.byteSize("tensor", dtype, sizes);
    MemorySegment header = MemorySegment.ofArray(NpyHeader.encode(dtype, sizes));
    return NpyOutput.create(path, header, bytes, segment -> Tensor.of(segment, dtype, sizes));
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
    requireWritable("tensor", tensor);
    writeFully(out, header(tensor));
    writeFully(out, tensor.segment());
  }

  private static MemorySegment header(Tensor tensor) {
    return MemorySegment.ofArray(NpyHeader.encode(tensor.dtype(), tensor.shape()));
  }

  /** Returns the bytes of the file that an array makes. */
  static long fileBytes(Tensor tensor) {
    return header(tensor).byteSize() + tensor.byteSize();
  }

  /** Checks what could go wrong with an array, before anything is written. */
  static void requireWritable(String operand, Tensor tensor) {
    requireRank(operand, tensor.rank());
    MemorySegment segment = tensor.segment();
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException(operand + ": its arena is closed");
    }
    if (!segment.isAccessibleBy(Thread.currentThread())) {
      throw new WrongThreadException(operand + ": its arena belongs to another thread");
    }
  }

  private static void requireRank(String operand, int rank) {
    if (rank > NpyHeader.MAX_RANK) {
      throw new IllegalArgumentException(
          operand
              + ": has "
              + rank
              + " dimensions, a .npy file holds at most "
              + NpyHeader.MAX_RANK);
    }
  }

  private static NpyReader reader(Path path, FileChannel channel) throws IOException {
    return new NpyReader(path.toString(), "file", channel.size(), to -> readFully(channel, to));
  }

  private static boolean readFully(FileChannel channel, MemorySegment to) throws IOException {
    long done = 0;
    while (done < to.byteSize()) {
      long bytes = Math.min(CHUNK_BYTES, to.byteSize() - done);
      int read = channel.read(to.asSlice(done, bytes).asByteBuffer());
      if (read < 0) {
        return false;
      }
      done += read;
    }
    return true;
  }

  private static void writeFully(OutputStream out, MemorySegment from) throws IOException {
    byte[] bytes = new byte[(int) Math.min(COPIED_BYTES, from.byteSize())];
    for (long done = 0; done < from.byteSize(); done += bytes.length) {
      int length = (int) Math.min(bytes.length, from.byteSize() - done);
      MemorySegment.copy(from, ValueLayout.JAVA_BYTE, done, bytes, 0, length);
      out.write(bytes, 0, length);
    }
  }

  static void writeFully(FileChannel channel, MemorySegment from) throws IOException {
    long done = 0;
    while (done < from.byteSize()) {
      long bytes = Math.min(CHUNK_BYTES, from.byteSize() - done);
      done += channel.write(from.asSlice(done, bytes).asByteBuffer());
    }
  }
}
