package io.github.colonnade.internal.blas;

import io.github.colonnade.OpenBlas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the forked JVMs run: loads OpenBLAS twice, and prints what came of it. */
final class LoadOpenBlas {
  private LoadOpenBlas() {}

  /**
   * Prints {@code loaded:} and the details, or {@code refused:} and the message, each time. With
   * two arguments, the first file is moved to the second path between the two.
   */
  public static void main(String[] arguments) throws IOException {
    for (int attempt = 0; attempt < 2; attempt++) {
      if (attempt == 1 && arguments.length == 2) {
        Files.move(Path.of(arguments[0]), Path.of(arguments[1]));
      }
      try {
        System.out.println("loaded: " + OpenBlas.info());
      } catch (UnsatisfiedLinkError e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
    System.out.println("OPENBLAS_CORETYPE=" + Posix.getenv("OPENBLAS_CORETYPE") + ";");
  }
}
