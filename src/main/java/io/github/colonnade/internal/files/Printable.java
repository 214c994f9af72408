package io.github.colonnade.internal.files;

import java.nio.file.Path;

/** Text for messages, from names and files that anybody may have written. */
public final class Printable {
  private Printable() {}

  /** Returns the name of a file, as {@link #text(String)}. */
  public static String text(Path path) {
    return text(path.toString());
  }

  /** Returns {@code text} with all escaped that could break the line or control a terminal. */
  public static String text(String text) {
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
