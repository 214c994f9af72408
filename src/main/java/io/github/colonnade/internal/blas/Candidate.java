package io.github.colonnade.internal.blas;

import java.nio.file.Path;

/** An OpenBLAS that may be used, if it is found to be usable. */
interface Candidate {
  /** The file that it is in. */
  Path file();

  /**
   * Opens it, each time anew.
   *
   * @param files where copies go
   */
  NativeLibrary open(MemoryFiles files) throws UnusableLibraryException;
}
