package io.github.colonnade.internal.memory;

/** Cuts totals into parts. */
public final class Parts {
  private Parts() {}

  /** Returns the size of parts as even as possible, none of them over {@code most}; at least 1. */
  public static long evenSize(long total, long most) {
    return total == 0 ? 1 : Math.ceilDiv(total, Math.ceilDiv(total, most));
  }
}
