package io.github.colonnade.examples.mnist;

import java.io.IOException;
import java.nio.file.Path;

/** Says which rule a file of a data set breaks; the file's name comes first. */
public final class IdxFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  IdxFormatException(Path file, String rule) {
    super(file + ": " + rule);
  }

  IdxFormatException(Path file, String rule, Throwable cause) {
    super(file + ": " + rule, cause);
  }
}
