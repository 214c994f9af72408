package io.github.colonnade.image;

import io.github.colonnade.internal.files.Printable;
import java.io.IOException;

/** Says in one line why a file cannot be read as an image; the file's name comes first. */
public final class ImageFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  ImageFormatException(String name, String rule) {
    super(Printable.text(name + ": " + rule));
  }

  ImageFormatException(String name, String rule, Throwable cause) {
    super(Printable.text(name + ": " + rule), cause);
  }
}
