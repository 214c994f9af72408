package io.github.colonnade.internal.memory;

/** What the library keeps between calls. */
public final class Kept {
  private Kept() {}

  /** Drops all of it, so that the next call makes anew whatever it needs, as large as it asks. */
  public static void drop() {
    IdleSweeper.sweep();
    IdleSweeper.sweep();
  }
}
