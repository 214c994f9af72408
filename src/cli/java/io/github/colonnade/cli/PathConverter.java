package io.github.colonnade.cli;

import io.github.colonnade.cli.files.FileNames;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a file. */
final class PathConverter implements ITypeConverter<Path> {
  @Override
  public Path convert(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new TypeConversionException(
          "is '"
              + text
              + "', "
              + (FileNames.isAscii(text)
                  ? "which is no file name: " + e.getReason()
                  : FileNames.beyondLocale()));
    }
  }
}
