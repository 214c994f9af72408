package io.github.colonnade.internal.blas;

import io.github.colonnade.OpenBlas;

/** What the forked JVMs run: loads OpenBLAS twice, and prints what came of it. */
final class LoadOpenBlas {
  private LoadOpenBlas() {}

  /** Prints {@code loaded:} and the details, or {@code refused:} and the message, each time. */
  public static void main(String[] arguments) {
    for (int attempt = 0; attempt < 2; attempt++) {
      try {
        System.out.println("loaded: " + OpenBlas.info());
      } catch (UnsatisfiedLinkError e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
    System.out.println("OPENBLAS_CORETYPE=" + Posix.getenv("OPENBLAS_CORETYPE") + ";");
  }
}
