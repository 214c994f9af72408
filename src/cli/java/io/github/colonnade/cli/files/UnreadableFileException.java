package io.github.colonnade.cli.files;

import java.io.IOException;
import java.nio.file.Path;

/** Says which rule a file given by the caller breaks; the file's name comes first. */
public final class UnreadableFileException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the message of a file and a rule.
   *
   * @param file the file, as the caller named it
   * @param rule what it is and what it must be
   */
  public UnreadableFileException(Path file, String rule) {
    super(file + ": " + rule);
  }

  /**
   * As {@link #UnreadableFileException(Path, String)}, with what went wrong below.
   *
   * @param file the file, as the caller named it
   * @param rule what it is and what it must be
   * @param cause for the stack trace
   */
  public UnreadableFileException(Path file, String rule, Throwable cause) {
    super(file + ": " + rule, cause);
  }
}
