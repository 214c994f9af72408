package io.github.colonnade.internal.kernel;

import io.github.colonnade.internal.blas.ElementType;
import java.lang.foreign.MemorySegment;

/** The passes tap by tap, without lowering: for groups of few channels. */
public final class DirectPasses {
  private DirectPasses() {}

  /** Returns whether the direct passes are the fastest, as far as that was measured. */
  public static boolean suits(ConvGeometry geometry) {
    return geometry.groups() > 1 && geometry.groupInChannels() == 1;
  }

  /** Plans the forward pass within {@code maxWorkspaceBytes} a tile. */
  public static PassPlan forward(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    DirectConvolution.Shape shape =
        DirectConvolution.Shape.forward(geometry, type, maxWorkspaceBytes);
    return new PassPlan(
        shape.describe(),
        0,
        shape.workspaceBytes(),
        (input, weight, bias, output) -> new DirectConvolution(shape, input, weight, bias, output));
  }

  /** Plans the input's gradient within {@code maxWorkspaceBytes} a tile. */
  public static PassPlan backwardInput(
      ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    DirectConvolution.Shape shape =
        DirectConvolution.Shape.adjoint(geometry, type, maxWorkspaceBytes);
    long weights = geometry.outChannels() * geometry.depth();
    return new PassPlan(
        shape.describe(),
        0,
        shape.workspaceBytes(),
        (gradOutput, weight, bias, gradInput) ->
            // The zeros around the gradient must not meet an infinite weight.
            allFinite(type, weight, weights)
                ? new DirectConvolution(shape, gradOutput, weight, bias, gradInput)
                : new ReferenceBackwardInput(geometry, type, gradOutput, weight, bias, gradInput));
  }

  /** Plans the weight's gradient within {@code maxWorkspaceBytes} a tile. */
  public static PassPlan backwardWeights(
      ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    DirectBackwardWeights.Shape shape =
        new DirectBackwardWeights.Shape(geometry, type, maxWorkspaceBytes);
    return new PassPlan(
        shape.describe(),
        shape.sharedBytes(),
        shape.workspaceBytes(),
        (input, gradOutput, bias, gradWeights) ->
            new DirectBackwardWeights(shape, input, gradOutput, gradWeights));
  }

  /**
   * Returns the least {@code maxWorkspaceBytes} that the passes can be planned within: one tap's
   * reach in one channel. A double, since that may be beyond a long.
   */
  public static double leastWorkspaceBytes(ConvGeometry geometry, ElementType type) {
    double rows = 1 + reach(geometry.kernelH(), geometry.dilationH(), geometry.strideH());
    double columns = 1 + reach(geometry.kernelW(), geometry.dilationW(), geometry.strideW());
    double phases =
        (double) Math.min(geometry.kernelH(), geometry.strideH())
            * Math.min(geometry.kernelW(), geometry.strideW());
    double kernel = (double) geometry.kernelH() * geometry.kernelW();
    return (phases * (rows + 1) * columns + 2 * kernel) * type.bytes();
  }

  private static double reach(long kernel, long dilation, long stride) {
    return (kernel - 1.0) * dilation / stride;
  }

  private static boolean allFinite(ElementType type, MemorySegment weight, long count) {
    boolean finite = true;
    for (long i = 0; i < count; i++) {
      finite &= Double.isFinite(Elements.get(type, weight, i));
    }
    return finite;
  }

  static TapAxis vertical(ConvGeometry g) {
    return TapAxis.forward(g.inH(), g.outH(), g.kernelH(), g.strideH(), g.padTop(), g.dilationH());
  }

  static TapAxis horizontal(ConvGeometry g) {
    return TapAxis.forward(g.inW(), g.outW(), g.kernelW(), g.strideW(), g.padLeft(), g.dilationW());
  }

  static TapAxis adjointVertical(ConvGeometry g) {
    return TapAxis.adjoint(g.inH(), g.outH(), g.kernelH(), g.strideH(), g.padTop(), g.dilationH());
  }

  static TapAxis adjointHorizontal(ConvGeometry g) {
    return TapAxis.adjoint(g.inW(), g.outW(), g.kernelW(), g.strideW(), g.padLeft(), g.dilationW());
  }
}
