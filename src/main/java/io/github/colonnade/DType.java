package io.github.colonnade;

import java.lang.foreign.ValueLayout;

/** The element type of a {@link Tensor}: native byte order, naturally aligned. */
public enum DType {
  /** IEEE 754 double precision, 8 bytes. */
  F64(ValueLayout.JAVA_DOUBLE),
  /** IEEE 754 single precision, 4 bytes. */
  F32(ValueLayout.JAVA_FLOAT),
  /**
   * Signed integers of 8 bytes, for the positions that pooling reports; no operator computes in it.
   */
  I64(ValueLayout.JAVA_LONG);

  private final ValueLayout layout;

  DType(ValueLayout layout) {
    this.layout = layout;
  }

  /** {@return the size of one element in bytes} */
  public long byteSize() {
    return layout.byteSize();
  }

  /** {@return whether operators compute in this type: true for {@link #F64} and {@link #F32}} */
  public boolean isFloatingPoint() {
    return this != I64;
  }

  /** {@return the memory layout of one element} */
  public ValueLayout layout() {
    return layout;
  }
}
