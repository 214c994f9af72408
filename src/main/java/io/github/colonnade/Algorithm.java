package io.github.colonnade;

/** How a convolution is computed. */
public enum Algorithm {
  /** The plan chooses: by shape, or as a {@link Tuning} that its options have says. */
  AUTO,
  /**
   * The loops of the definition, summed in double precision: slow and simple, to check the others
   * against.
   */
  REFERENCE,
  /** Tiles lowered to columns (im2col) and multiplied by OpenBLAS. */
  IM2COL,
  /**
   * Tap by tap on shifted rows, nothing lowered: for depthwise convolutions, groups of few
   * channels, and few channels without groups.
   */
  DIRECT,
  /**
   * Winograd's minimal filtering of tiles (Lavin &amp; Gray 2016) for 3×3 kernels of stride 1 and
   * dilation 8 at most, multiplied by OpenBLAS: F(4×4, 3×3) in double precision, F(2×2, 3×3) in
   * single precision. It computes the forward pass and the input's gradient; the weights' gradient
   * is computed by {@link #IM2COL}.
   *
   * <p>It multiplies a quarter as often as the definition (single precision: 4/9), and rounds
   * differently. Where nothing overflows or underflows, the error of a sum over {@code C} ≤ 5000
   * channels is at most {@code κ·(C + 24)·u·C·max|x|·max|w| + 5·u·|b|}: {@code κ} is 2304 and
   * {@code u} 2⁻⁵³ in double precision, 64 and 2⁻²⁴ in single; {@code x} is the input, or the
   * output's gradient where the input's is computed, {@code w} the weight, {@code b} the bias.
   * Errors of this kind are relative to the largest operands, not to the output itself. Usual ones
   * are far smaller: relative to the largest output, up to 3·10⁻¹⁴ in double precision and 1.4·10⁻⁶
   * in single was measured with 16 to 512 channels of values drawn from uniform or normal
   * distributions, which others may exceed. Where a result is not finite, the whole pass is
   * computed again by {@link #IM2COL}: infinities and NaN are where the definition has them, in up
   * to three times the time. Plans made with {@link PlanOptions#withExact} never use it.
   */
  WINOGRAD
}
