package io.github.colonnade.cli.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A folder for results, made if it is missing, with those above it. What was made goes again if
 * there is nothing in it in the end, also where a signal is that end.
 */
public final class NewFolder implements AutoCloseable {
  /** From the innermost outwards. */
  private final List<Path> made = new ArrayList<>();

  private final Thread hook = new Thread(this::removeEmpty, "colonnade-new-folder");

  /**
   * Makes it.
   *
   * @throws IOException naming what prevents it
   */
  public NewFolder(Path folder) throws IOException {
    Path whole = folder.toAbsolutePath();
    for (Path missing = whole; missing != null && !Files.exists(missing); ) {
      made.add(missing);
      missing = missing.getParent();
    }
    if (!made.isEmpty()) {
      try {
        Runtime.getRuntime().addShutdownHook(hook);
      } catch (IllegalStateException shuttingDown) {
        throw new IOException("nothing is written: the process is ending", shuttingDown);
      }
    }
    try {
      Files.createDirectories(whole);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Removes what was made and is empty. */
  @Override
  public void close() {
    if (made.isEmpty()) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // The hook runs, or has.
    }
    removeEmpty();
  }

  private void removeEmpty() {
    try {
      for (Path folder : made) {
        Files.deleteIfExists(folder);
      }
    } catch (IOException notEmpty) {
      // Nor are those above it.
    }
  }
}
