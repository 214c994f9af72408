package io.github.colonnade;

/** How a convolution is computed. */
public enum Algorithm {
  /** The plan chooses, by shape. */
  AUTO,
  /**
   * The loops of the definition, summed in double precision: slow and simple, to check the others
   * against.
   */
  REFERENCE,
  /** Tiles lowered to columns (im2col) and multiplied by OpenBLAS. */
  IM2COL,
  /**
   * Tap by tap on shifted rows, nothing lowered: for depthwise convolutions and groups of few
   * channels.
   */
  DIRECT,
  /**
   * Winograd's minimal filtering of tiles (Lavin &amp; Gray 2016) for 3×3 kernels of stride 1 and
   * dilation 8 at most, multiplied by OpenBLAS: F(4×4, 3×3) in double precision, F(2×2, 3×3) in
   * single precision. It computes the forward pass and the input's gradient; the weights' gradient
   * is computed by {@link #IM2COL}.
   *
   * <p>It multiplies a quarter as often as the definition (single precision: 4/9), and rounds
   * differently: for values of one magnitude, errors relative to the largest output were measured
   * up to 1.5·10⁻¹⁴ in double precision, and in single precision up to 6·10⁻⁷ with 64 input
   * channels and 1.4·10⁻⁶ with 512. Where a result is not finite, the whole pass is computed again
   * by {@link #IM2COL}: infinities and NaN are where the definition has them, in up to three times
   * the time. Plans made with {@link PlanOptions#withExact} never use it.
   */
  WINOGRAD
}
