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
    text.codePoints()
        .forEach(
            point -> {
              if (isPlain(point)) {
                out.appendCodePoint(point);
              } else {
                for (char unit : Character.toChars(point)) {
                  out.append(String.format("\\u%04x", (int) unit));
                }
              }
            });
    return out.toString();
  }

  private static boolean isPlain(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> true;
    };
  }
}
