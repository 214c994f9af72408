package io.github.colonnade.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a file. */
final class PathConverter implements ITypeConverter<Path> {
  private static final String ENCODING = "sun.jnu.encoding";

  @Override
  public Path convert(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      boolean ascii = text.chars().allMatch(c -> c < 0x80);
      throw new TypeConversionException(
          "is '"
              + text
              + "', "
              + (ascii ? "which is no file name: " + e.getReason() : beyondTheLocale()));
    }
  }

  private static String beyondTheLocale() {
    return "with letters that the encoding of file names in this locale, "
        + System.getProperty(ENCODING)
        + " ("
        + ENCODING
        + "), does not have: set LC_ALL=C.UTF-8";
  }
}
