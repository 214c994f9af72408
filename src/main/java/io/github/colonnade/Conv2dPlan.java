package io.github.colonnade;

import io.github.colonnade.internal.conv.ConvGeometry;

/**
 * A {@link Conv2d} for inputs of one shape and type. Its forward pass computes {@code y = W ⋆ x +
 * b}, a cross-correlation, with weights {@code [O, C/groups, KH, KW]}.
 *
 * <p>Arguments, scratch memory and errors are as {@link ConvPlan} says.
 */
public final class Conv2dPlan extends ConvPlan {
  Conv2dPlan(ConvGeometry geometry, DType dtype, PlanOptions options) {
    super(geometry, /* transposed= */ false, dtype, options);
  }
}
