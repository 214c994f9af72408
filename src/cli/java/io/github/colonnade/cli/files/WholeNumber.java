package io.github.colonnade.cli.files;

import java.util.regex.Pattern;

/** Reads whole numbers, in options as in files. */
public final class WholeNumber {
  private static final Pattern WHOLE = Pattern.compile("[-+]?\\d+");

  private WholeNumber() {}

  /**
   * Reads one number, with spaces around it or without.
   *
   * @throws NumberFormatException saying what was given and what must be
   */
  public static long parse(String text) {
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException notWhole) {
      throw new NumberFormatException(
          "is '"
              + text
              + "', must be a whole number"
              + (WHOLE.matcher(text.strip()).matches() ? " below 2^63" : ""));
    }
  }
}
