package io.github.colonnade.cli;

import java.io.IOException;
import java.nio.file.Path;

/** Says which rule a file given by the caller breaks; the file's name comes first. */
final class UnreadableFileException extends IOException {
  private static final long serialVersionUID = 1L;

  UnreadableFileException(Path file, String rule) {
    super(file + ": " + rule);
  }

  UnreadableFileException(Path file, String rule, Throwable cause) {
    super(file + ": " + rule, cause);
  }
}
