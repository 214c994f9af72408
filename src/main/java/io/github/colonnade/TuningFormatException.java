package io.github.colonnade;

import io.github.colonnade.internal.files.Printable;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Says in one line why a file of {@link Tuning} is not used: what is wrong with it, or what it was
 * measured with that this process does not have. The file's name comes first, then the line.
 */
public final class TuningFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  TuningFormatException(Path path, @Nullable String rule) {
    super(Printable.text(path + ": " + rule));
  }
}
