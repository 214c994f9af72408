package io.github.colonnade.cli.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** What is read: regular files alone. A device may never end, and a pipe may never begin. */
public final class InputPath {
  private InputPath() {}

  /**
   * Checks a file before it is opened.
   *
   * @param file the file, or a link to it
   * @param what what it must be, such as {@code an image}
   * @throws IOException naming the file and what is wrong with it
   */
  public static void requireRegular(Path file, String what) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (attributes.isDirectory()) {
      throw new UnreadableFileException(file, "is a folder, must be " + what);
    }
    if (!attributes.isRegularFile()) {
      throw new UnreadableFileException(file, "is not a regular file, must be " + what);
    }
    if (!Files.isReadable(file)) {
      throw new AccessDeniedException(file.toString());
    }
  }
}
