package io.github.colonnade;

import java.io.IOException;
import java.nio.file.Path;

/** Says in one line which rule a {@code .npy} file breaks; the file's name comes first. */
public final class NpyFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  NpyFormatException(Path path, String rule) {
    super(printable(path + ": " + rule));
  }

  /** Returns {@code text} with all escaped that could break the line or control a terminal. */
  static String printable(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int type = Character.getType(c);
      if (type == Character.CONTROL
          || type == Character.FORMAT
          || type == Character.LINE_SEPARATOR
          || type == Character.PARAGRAPH_SEPARATOR) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
