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
   * Winograd's minimal filtering of tiles (Lavin &amp; Gray 2016) for 3×3 kernels of stride 1,
   * multiplied by OpenBLAS: F(4×4, 3×3) for the forward pass and the input's gradient, F(3×3, 4×4)
   * for the weights' gradient, with the interpolation points 0, ±3/4, ±3/2 and ∞. Weights are
   * transformed in double precision whatever the type.
   *
   * <p>It multiplies a quarter as often as the definition, and rounds differently. Where nothing
   * overflows or underflows, the error of a sum over {@code C} ≤ 5000 channels, forward and in the
   * input's gradient, is at most {@code 768·(C + 24)·u·C·max|x|·max|w| + 5·u·|b|}: {@code u} is
   * 2⁻⁵³ in double precision and 2⁻²⁴ in single; {@code x} is the input, or the output's gradient
   * where the input's is computed, {@code w} the weight, {@code b} the bias. Errors of this kind
   * are relative to the largest operands, not to the output itself. Usual ones are far smaller:
   * relative to the largest result of a pass they stay below 10⁻¹⁴ in double precision and 5·10⁻⁶
   * in single, tested with 16 to 1024 channels of uniform, positive and badly scaled values. Where
   * a result is not finite, the whole pass is computed again by {@link #IM2COL}: infinities and NaN
   * are where the definition has them, in up to three times the time. Plans made with {@link
   * PlanOptions#withExact} never use it.
   */
  WINOGRAD,
  /**
   * Fourier transforms of tiles, overlap-save, for any kernel at stride 1 that spans at most
   * 2048×2048 pixels: made for large ones, since the time hardly grows with the kernel. Two tiles
   * are the real and the imaginary part of one transform, and input channels are added up before
   * the transform back.
   *
   * <p>It rounds differently from the definition. Where nothing overflows or underflows, the error
   * of a sum over {@code C} channels of {@code K} weights each, forward and in the input's
   * gradient, is at most {@code (18·log₂P + C + 10)·√(2P)·u·C·K·max|x|·max|w| + 2·u·|b|}: {@code P}
   * is the number of points of a tile, which {@link ConvPlan#explain} tells, {@code u} is 2⁻⁵³ in
   * double precision and 2⁻²⁴ in single, {@code x}, {@code w} and {@code b} are as for {@link
   * #WINOGRAD}. A sum of the weights' gradient over {@code S} outputs in {@code T} tiles of {@code
   * V} outputs is off by at most {@code (18·log₂P + T + 10)·u·T·P·max|x|·max|g|}, {@code g} being
   * the output's gradient. Errors of this kind are relative to the largest operands, so where the
   * image is zero, results are not quite. Usual ones are far smaller: relative to the largest
   * result of a pass they stay below 10⁻¹⁴ in double precision and 5·10⁻⁶ in single, tested with
   * kernels of 5×5 to 63×63 on uniform, positive and badly scaled values. Where a result is not
   * finite, its tile is computed again by the definition, or the whole gradient of the weights:
   * infinities and NaN are where the definition has them. Plans made with {@link
   * PlanOptions#withExact} never use it.
   */
  FFT
}
