package io.github.colonnade;

import io.github.colonnade.internal.files.AtomicFile;
import io.github.colonnade.internal.files.InputFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A {@code .npy} file that is being written through memory, made by {@link Npy#create}.
 *
 * <pre>{@code
 * try (NpyOutput output = Npy.create(path, DType.F32, 100_000, 64, 56, 56)) {
 *   // Write to output.tensor(), by operators or element by element.
 *   output.commit();
 * }
 * }</pre>
 *
 * <p>The array lies in a file with a temporary name in the same folder. {@link #commit} writes all
 * of it to the disk and gives it its own name. Whoever opens that name before sees the old file or
 * none, and after it the whole new one, even if the power fails in between. What is closed without
 * having been committed is deleted, and so it is if the virtual machine is shut down.
 *
 * <p>The file takes room on the disk only as its pages are first written: what is never written is
 * zeros and takes none. {@link Npy#create} checks that the disk has room for all of it; if others
 * fill it meanwhile, writing to the tensor fails with {@link InternalError}, also in operators. Its
 * pages are the system's to keep in memory or not, and lie neither on the heap nor under the limit
 * of direct buffers.
 *
 * <p>Any thread may use the tensor until {@link #commit} or {@link #close} unmaps it. The two are
 * for one thread at a time.
 */
public final class NpyOutput implements AutoCloseable {
  private final Path path;
  private final AtomicFile file;
  private final FileChannel channel;
  private final Arena arena;
  private final Tensor tensor;
  private boolean committed;

  /** Views memory as a tensor. */
  interface View {
    Tensor of(MemorySegment segment);
  }

  private NpyOutput(Path path, AtomicFile file, FileChannel channel, Arena arena, Tensor tensor) {
    this.path = path;
    this.file = file;
    this.channel = channel;
    this.arena = arena;
    this.tensor = tensor;
  }

  /**
   * Makes the file.
   *
   * @param header what it begins with
   * @param bytes how many follow
   * @param view makes the tensor of them
   */
  static NpyOutput create(Path path, MemorySegment header, long bytes, View view)
      throws IOException {
    @Nullable AtomicFile file = null;
    @Nullable FileChannel channel = null;
    Arena arena = Arena.ofShared();
    try {
      file = new AtomicFile(path);
      channel = file.create(StandardOpenOption.SPARSE);
      file.requireRoom(bytes);
      Npy.writeFully(channel, header);
      Tensor tensor =
          view.of(channel.map(FileChannel.MapMode.READ_WRITE, header.byteSize(), bytes, arena));
      return new NpyOutput(path, file, channel, arena, tensor);
    } catch (IOException e) {
      discard(e, arena, channel, file);
      throw InputFile.named(path, e);
    } catch (RuntimeException | Error e) {
      discard(e, arena, channel, file);
      throw e;
    }
  }

  private static void discard(
      Throwable failure, Arena arena, @Nullable FileChannel channel, @Nullable AtomicFile file) {
    try (arena;
        file;
        channel) {
      // All that was opened.
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Returns the array, of zeros at first.
   *
   * @return a tensor of the file's type and shape, aligned to its element size; lives until {@link
   *     #commit} or {@link #close}
   */
  public Tensor tensor() {
    return tensor;
  }

  /**
   * Writes to the disk what is not there yet, unmaps the tensor, which must not be used any more,
   * and gives the file its name.
   *
   * @throws IllegalStateException if this was committed or closed, or if a call still uses the
   *     tensor
   * @throws IOException if the disk takes no more or the file cannot be renamed; there is no new
   *     file then
   */
  public void commit() throws IOException {
    MemorySegment segment = tensor.segment();
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException(
          "output: was " + (committed ? "committed" : "closed") + " already");
    }
    try {
      segment.force();
      channel.force(true);
      // Windows renames no file that is mapped or open.
      arena.close();
      channel.close();
      file.publish();
      committed = true;
    } catch (IOException e) {
      throw InputFile.named(path, e);
    } catch (UncheckedIOException e) {
      throw InputFile.named(path, e.getCause());
    }
  }

  /**
   * Unmaps the tensor if it still is mapped, and deletes what was not committed.
   *
   * @throws IllegalStateException if a call still uses the tensor
   * @throws IOException if the temporary file cannot be deleted
   */
  @Override
  public void close() throws IOException {
    if (tensor.segment().scope().isAlive()) {
      arena.close();
    }
    try (file;
        channel) {
      // Both, whatever fails.
    } catch (IOException e) {
      throw InputFile.named(path, e);
    }
  }
}
