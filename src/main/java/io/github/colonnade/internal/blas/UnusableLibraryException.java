package io.github.colonnade.internal.blas;

/** Says why one candidate cannot be used; the loader then turns to the next one. */
final class UnusableLibraryException extends Exception {
  private static final long serialVersionUID = 1L;

  UnusableLibraryException(String reason) {
    super(reason);
  }

  UnusableLibraryException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
