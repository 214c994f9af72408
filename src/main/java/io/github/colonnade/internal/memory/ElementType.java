package io.github.colonnade.internal.memory;

/** The two types that are computed in. */
public enum ElementType {
  /** Double precision. */
  F64(8),
  /** Single precision. */
  F32(4);

  private final long bytes;

  ElementType(long bytes) {
    this.bytes = bytes;
  }

  /** Returns the size of one element. */
  public long bytes() {
    return bytes;
  }
}
