package io.github.colonnade;

import io.github.colonnade.internal.files.Printable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Says in one line which rule a {@code .npy} or {@code .npz} file breaks; the file's name comes
 * first, then that of the array in an archive.
 */
public final class NpyFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  NpyFormatException(String file, @Nullable String rule) {
    super(Printable.text(file + ": " + rule));
  }

  NpyFormatException(String file, String rule, Throwable cause) {
    super(Printable.text(file + ": " + rule), cause);
  }
}
