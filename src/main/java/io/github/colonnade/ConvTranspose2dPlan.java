package io.github.colonnade;

import io.github.colonnade.internal.conv.ConvGeometry;

/**
 * A {@link ConvTranspose2d} for inputs of one shape and type, with weights {@code [C, O/groups, KH,
 * KW]}. Its forward pass is computed as a convolution's gradient with respect to the input, and the
 * other way around; passes are named as of the transposed convolution throughout.
 *
 * <p>Arguments, scratch memory and errors are as {@link ConvPlan} says.
 */
public final class ConvTranspose2dPlan extends ConvPlan {
  /**
   * Decides everything.
   *
   * @param adjoint the geometry of the convolution whose adjoint this is
   */
  ConvTranspose2dPlan(ConvGeometry adjoint, DType dtype, PlanOptions options) {
    super(adjoint, /* transposed= */ true, dtype, options);
  }
}
