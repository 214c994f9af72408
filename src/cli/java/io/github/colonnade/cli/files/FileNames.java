package io.github.colonnade.cli.files;

import java.nio.file.Files;
import java.nio.file.Path;

/** Names of files in the encoding that the locale sets, which not every name can be spelled in. */
public final class FileNames {
  private static final String ENCODING = "sun.jnu.encoding";

  private FileNames() {}

  /** Returns why a name with other letters than ASCII's cannot be used, and what helps. */
  public static String beyondLocale() {
    return "with letters that the encoding of file names in this locale, "
        + System.getProperty(ENCODING)
        + " ("
        + ENCODING
        + "), does not have: set LC_ALL=C.UTF-8";
  }

  /** Returns whether the current folder is where its name, as it was read, does not lead. */
  static boolean currentFolderIsLost() {
    return !isAscii(System.getProperty("user.dir")) && !Files.exists(Path.of(""));
  }

  /** Returns whether a name is the same in every encoding. */
  public static boolean isAscii(String name) {
    return name.chars().allMatch(c -> c < 0x80);
  }
}
