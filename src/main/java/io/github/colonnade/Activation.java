package io.github.colonnade;

/**
 * What a convolution does to its output, bias included, tile by tile while that is in the cache.
 */
public enum Activation {
  /** Nothing: the output is the sum. */
  NONE,
  /**
   * The rectifier, {@code max(x, 0)}, with PyTorch's rules for what is no ordinary number: what is
   * less than zero becomes 0, everything else stays as it is, so that −0 stays −0 and NaN stays
   * NaN.
   */
  RELU
}
