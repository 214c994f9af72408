package io.github.colonnade.internal.blas;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Files in memory that have no place in a file system: no folder's owner, permissions or mount
 * options concern them. For one thread, which opens libraries from them. Linux only.
 *
 * <p>The dynamic linker knows libraries by their paths, so no path may ever be another file's.
 * These contain the numbers of the thread and of the descriptor, and all descriptors are held to
 * the end.
 */
final class MemoryFiles implements AutoCloseable {
  private final List<Integer> descriptors = new ArrayList<>();

  /**
   * Makes a file.
   *
   * @param name what the process's memory map calls it
   * @param in its contents, read to their end
   * @return a path that leads to it until this is closed, in this thread
   */
  Path copyOf(String name, InputStream in) throws IOException {
    Path thread = Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self")));
    int descriptor = Posix.createMemoryFile(name);
    descriptors.add(descriptor);
    Path path = thread.resolve("fd").resolve(Integer.toString(descriptor));
    // A stream, since an interrupt closes channels.
    try (OutputStream out = new FileOutputStream(path.toFile())) {
      in.transferTo(out);
    }
    return path;
  }

  /** Lets go of the files; what is mapped from them stays. */
  @Override
  public void close() {
    descriptors.forEach(Posix::closeDescriptor);
  }
}
