package io.github.colonnade.peers;

import java.io.IOException;

/** Says which rule a file of results breaks. */
final class BenchmarkFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  BenchmarkFormatException(String rule) {
    super(rule);
  }

  BenchmarkFormatException(String rule, Throwable cause) {
    super(rule, cause);
  }
}
