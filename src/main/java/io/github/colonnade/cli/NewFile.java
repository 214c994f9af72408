package io.github.colonnade.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/** Writes a file under a temporary name beside it and renames it when it is whole. */
final class NewFile {
  private NewFile() {}

  /** Writes the content of a file. */
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Checks, before the work is done, that its result can be written.
   *
   * @throws IOException naming {@code file} and what stands in the way
   */
  static void requireWritable(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file)) {
      throw new UnreadableFileException(file, "is a folder, must be a file");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new UnreadableFileException(file, "is not a regular file");
    }
    if (folder == null || !Files.isDirectory(folder)) {
      throw new UnreadableFileException(file, "its folder does not exist");
    }
    if (!Files.isWritable(folder)) {
      throw new UnreadableFileException(file, "its folder is not writable");
    }
  }

  /**
   * Creates or replaces a file.
   *
   * @throws IOException if it cannot be written; the temporary file is gone then
   */
  static void write(Path file, Content content) throws IOException {
    requireWritable(file);
    Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    String name = String.format(".colonnade-%016x.tmp", ThreadLocalRandom.current().nextLong());
    Path temporary = target.resolveSibling(name);
    try {
      try (OutputStream out =
          new BufferedOutputStream(
              Files.newOutputStream(temporary, StandardOpenOption.CREATE_NEW))) {
        content.writeTo(out);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
