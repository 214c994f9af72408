package io.github.colonnade.internal.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/** What is read: regular files alone. A device may never end, and a pipe may never begin. */
public final class InputFile {
  private InputFile() {}

  /**
   * Opens a regular file to be read.
   *
   * @throws IOException naming the file and why it cannot be
   */
  public static FileChannel open(Path path) throws IOException {
    try {
      requireRegular(path);
      return FileChannel.open(path, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw explained(new NoSuchFileException(Printable.text(path), null, "no such file"), e);
    } catch (AccessDeniedException e) {
      throw explained(
          new AccessDeniedException(Printable.text(path), null, "permission denied"), e);
    }
  }

  static void requireRegular(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    if (attributes.isDirectory()) {
      throw new FileSystemException(Printable.text(path), null, "is a directory, must be a file");
    }
    if (!attributes.isRegularFile()) {
      throw new FileSystemException(Printable.text(path), null, "is not a regular file");
    }
  }

  static <E extends IOException> E explained(E exception, IOException cause) {
    exception.initCause(cause);
    return exception;
  }

  /** Returns {@code e}, with the file's name in front where the operating system left it out. */
  public static IOException named(Path path, IOException e) {
    return e.getClass() == IOException.class
        ? new IOException(Printable.text(path) + ": " + e.getMessage(), e)
        : e;
  }
}
