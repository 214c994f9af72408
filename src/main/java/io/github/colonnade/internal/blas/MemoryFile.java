package io.github.colonnade.internal.blas;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;

/**
 * A file in memory that has no place in a file system: no folder's owner, permissions or mount
 * options concern it. Linux only.
 */
final class MemoryFile {
  private final int descriptor;

  private MemoryFile(int descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Makes a file.
   *
   * @param name what the process's memory map calls it
   * @param in its contents, read to their end
   */
  static MemoryFile copyOf(String name, InputStream in) throws IOException {
    MemoryFile file = new MemoryFile(Posix.createMemoryFile(name));
    try {
      // A stream, since an interrupt closes channels.
      try (OutputStream out = new FileOutputStream(file.path().toFile())) {
        in.transferTo(out);
      }
      return file;
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /** A path that leads to it until it is closed, in this process alone. */
  Path path() {
    return Path.of("/proc/self/fd/" + descriptor);
  }

  /** Lets go of it; what is mapped from it stays. */
  void close() {
    Posix.closeDescriptor(descriptor);
  }
}
