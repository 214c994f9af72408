package io.github.colonnade;

/**
 * Collects the dilation of a window: every {@link WindowBuilder} has one but the average pool's.
 *
 * @param <B> the builder itself
 */
public sealed interface DilatedBuilder<B extends WindowBuilder<B>>
    permits ConvBuilder, Im2col.Builder, MaxPool2d.Builder {

  /**
   * Sets the same dilation both ways; left out, it is 1.
   *
   * @param dilation pixels from one kernel tap to the next: pixels of the input, or of a transposed
   *     convolution's output
   * @return this builder
   * @throws IllegalArgumentException if it is below 1
   */
  default B dilation(long dilation) {
    return dilation(dilation, dilation);
  }

  /**
   * Sets the dilation; left out, it is 1.
   *
   * @param dilationH rows from one kernel row to the next: rows of the input, or of a transposed
   *     convolution's output
   * @param dilationW columns from one kernel column to the next, likewise
   * @return this builder
   * @throws IllegalArgumentException if one is below 1
   */
  B dilation(long dilationH, long dilationW);
}
