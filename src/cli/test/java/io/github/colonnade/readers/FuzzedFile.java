package io.github.colonnade.readers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file of bytes that nobody has checked. A reader makes something of it, or says in an {@link
 * IOException} that names the file what is wrong with it; anything else is a fault of the reader.
 */
public final class FuzzedFile {
  private static final Path FOLDER = folder();

  private FuzzedFile() {}

  /** Reads a file. */
  public interface Reader {
    void read(Path file) throws IOException;
  }

  /** Writes the bytes to a file of that name, one for each process, and has it read. */
  public static void read(String name, byte[] bytes, Reader reader) {
    Path file = FOLDER.resolve(name);
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      reader.read(file);
    } catch (IOException told) {
      if (told.getMessage() == null || !told.getMessage().contains(file.toString())) {
        throw new AssertionError("does not name the file", told);
      }
    }
  }

  private static Path folder() {
    try {
      Path folder = Files.createTempDirectory("colonnade-readers");
      folder.toFile().deleteOnExit();
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
