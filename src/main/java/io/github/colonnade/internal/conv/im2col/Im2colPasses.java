package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.memory.ElementType;

/** The passes as matrix multiplies on lowered columns. */
public final class Im2colPasses {
  private Im2colPasses() {}

  /** Plans the forward pass within {@code maxWorkspaceBytes} a tile. */
  public static PassPlan forward(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    Im2colForward.Shape shape = Im2colForward.Shape.of(geometry, type, maxWorkspaceBytes);
    return PassPlan.of(
        shape,
        (input, weight, bias, output) -> new Im2colForward(shape, input, weight, bias, output));
  }

  /** Plans the input's gradient within {@code maxWorkspaceBytes} a tile. */
  public static PassPlan backwardInput(
      ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    if (rotatesWeights(geometry, type, maxWorkspaceBytes)) {
      long rest = maxWorkspaceBytes - WeightRotation.bytes(geometry, type);
      return rotated(geometry, geometry.adjoint(), type, rest);
    }
    Im2colBackwardInput.Shape shape =
        new Im2colBackwardInput.Shape(geometry, type, maxWorkspaceBytes);
    return PassPlan.of(
        shape,
        (gradOutput, weight, bias, gradInput) ->
            new Im2colBackwardInput(shape, gradOutput, weight, bias, gradInput));
  }

  /** Returns whether the input's gradient is a convolution with rotated weights. */
  public static boolean rotatesWeights(
      ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    if (!WeightRotation.suits(geometry)) {
      return false;
    }
    ConvGeometry rotated = geometry.adjoint();
    long weightBytes = WeightRotation.bytes(geometry, type);
    long rest = maxWorkspaceBytes - weightBytes;
    // Large weights have long sums, beside which scattering costs little.
    return weightBytes <= rest
        && rest >= Im2colForward.Shape.leastWorkspaceBytes(rotated, type)
        && rotated.depth() <= Integer.MAX_VALUE;
  }

  /** Plans the input's gradient as a convolution: nothing is scattered, so nothing read again. */
  private static PassPlan rotated(
      ConvGeometry geometry, ConvGeometry rotated, ElementType type, long maxWorkspaceBytes) {
    Im2colForward.Shape shape = Im2colForward.Shape.ofRotated(rotated, type, maxWorkspaceBytes);
    return new PassPlan(
        "convolution with rotated weights, " + shape.describe(),
        shape.tileCount(),
        WeightRotation.bytes(geometry, type),
        shape.workspaceBytes(),
        (gradOutput, weight, bias, gradInput) ->
            new WeightRotation(
                geometry, new Im2colForward(shape, gradOutput, weight, bias, gradInput)));
  }

  /** Plans the weight's gradient within {@code maxWorkspaceBytes} a tile. */
  public static PassPlan backwardWeights(
      ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    Im2colBackwardWeights.Shape shape =
        new Im2colBackwardWeights.Shape(geometry, type, maxWorkspaceBytes);
    return PassPlan.of(
        shape,
        (input, gradOutput, bias, gradWeights) ->
            new Im2colBackwardWeights(shape, input, gradOutput, gradWeights));
  }

  /** Returns the least {@code maxWorkspaceBytes} that the passes can be planned within. */
  public static long leastWorkspaceBytes(ConvGeometry geometry, ElementType type) {
    return Math.max(
        Im2colForward.Shape.leastWorkspaceBytes(geometry, type),
        Im2colBackwardInput.Shape.leastWorkspaceBytes(geometry, type));
  }
}
