package io.github.colonnade.internal.conv.reference;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.memory.ElementType;

/** The passes as their definitions read: no scratch memory, no OpenBLAS. */
public final class ReferencePasses {
  private ReferencePasses() {}

  /** Plans the forward pass. */
  public static PassPlan forward(ConvGeometry geometry, ElementType type) {
    return plan(
        "plane",
        (input, weight, bias, output) ->
            new ReferenceForward(geometry, type, input, weight, bias, output));
  }

  /** Plans the input's gradient. */
  public static PassPlan backwardInput(ConvGeometry geometry, ElementType type) {
    return plan(
        "plane",
        (gradOutput, weight, bias, gradInput) ->
            new ReferenceBackwardInput(geometry, type, gradOutput, weight, bias, gradInput));
  }

  /** Plans the weight's gradient. */
  public static PassPlan backwardWeights(ConvGeometry geometry, ElementType type) {
    return plan(
        "kernel",
        (input, gradOutput, bias, gradWeights) ->
            new ReferenceBackwardWeights(geometry, type, input, gradOutput, gradWeights));
  }

  private static PassPlan plan(String tile, PassPlan.Operation operation) {
    return new PassPlan("one " + tile + " a tile, sums in double precision", 1, 0, 0, operation);
  }
}
