package io.github.colonnade.internal.memory;

/** Keeps between calls what the next call may need. */
interface Keeper {
  /** Drops what was not given back since the last sweep; other threads may take and give. */
  void sweep();

  /** Returns whether anything is kept that a sweep could drop. */
  boolean keepsAny();
}
