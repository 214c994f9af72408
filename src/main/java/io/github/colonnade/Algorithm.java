package io.github.colonnade;

/** How a convolution is computed. */
public enum Algorithm {
  /** The plan chooses, by shape. */
  AUTO,
  /**
   * The loops of the definition, summed in double precision: slow and obvious, to check the others
   * against.
   */
  REFERENCE,
  /** Tiles lowered to columns (im2col) and multiplied by OpenBLAS. */
  IM2COL,
  /**
   * Tap by tap on padded rows, nothing lowered: for depthwise convolutions and groups of few
   * channels.
   */
  DIRECT
}
