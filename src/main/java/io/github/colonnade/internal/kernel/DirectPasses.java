package io.github.colonnade.internal.kernel;

import io.github.colonnade.internal.blas.ElementType;
import java.lang.foreign.MemorySegment;

/** The passes tap by tap, without lowering: for groups of few channels. */
public final class DirectPasses {
  private DirectPasses() {}

  // Where these passes beat columns, by CPU time on AVX-512 in both types, planes of 7² to 112².
  // At stride 1 groups of one or two channels have kernels of their own, forward 0.4 to 0.9 of the
  // time of columns. Otherwise, where a row of the output is as wide as the input's, a whole plane
  // of columns is one shifted copy and hard to beat; where it is not, these passes took 0.2 to 0.8
  // of the time of columns with groups of 1 and 8 channels, and 1.7 with 16.

  private static final long MOST_CHANNELS = 8;

  /**
   * The gradients of groups of 16 took 0.3 to 0.6 of the time of columns, those of 32 1.1 to 1.8.
   */
  private static final long MOST_GRADIENT_CHANNELS = 16;

  /**
   * Without the Vector API, depthwise kernels of 7×7 took 0.75 of the time of columns, 5×5 up to
   * 1.3, 3×3 up to 1.7; with it, 0.5 to 1.1.
   */
  private static final long MANY_TAPS = 49;

  /** With the Vector API, planes of 14² took 0.6 of the time of columns, those of 7² up to 1.5. */
  private static final long MANY_PIXELS = 128;

  /** Returns whether the direct forward pass is the fastest, as far as that was measured. */
  public static boolean suitsForward(ConvGeometry geometry) {
    boolean fast = hasFastRows(geometry) || geometry.depth() >= MANY_TAPS;
    return isDepthwise(geometry)
        || (isGroupedBy(geometry, MOST_CHANNELS)
            && (!lowersWholePlanes(geometry) || (geometry.groupInChannels() == 1 && fast)));
  }

  /** Returns whether the direct input's gradient is the fastest, as far as that was measured. */
  public static boolean suitsBackwardInput(ConvGeometry geometry) {
    return isGroupedBy(geometry, MOST_GRADIENT_CHANNELS);
  }

  /** Returns whether the direct weight's gradient is the fastest, as far as that was measured. */
  public static boolean suitsBackwardWeights(ConvGeometry geometry) {
    boolean fast = hasFastRows(geometry) && geometry.groupInChannels() == 1;
    return isGroupedBy(geometry, MOST_CHANNELS) && (fast || !lowersWholePlanes(geometry));
  }

  /** With the Vector API, kernels of 7×7 on planes of 56² took 0.7 to 0.9 of the time. */
  private static boolean isDepthwise(ConvGeometry geometry) {
    boolean faster = hasFastRows(geometry) && geometry.kernelH() * geometry.kernelW() >= MANY_TAPS;
    return DepthwiseShape.suits(geometry) && !faster;
  }

  private static boolean hasFastRows(ConvGeometry geometry) {
    return Kernels.useVectors() && geometry.outPlane() >= MANY_PIXELS;
  }

  private static boolean isGroupedBy(ConvGeometry geometry, long mostChannels) {
    return geometry.groups() > 1
        && geometry.groupInChannels() <= mostChannels
        && geometry.groupOutChannels() <= mostChannels;
  }

  private static boolean lowersWholePlanes(ConvGeometry geometry) {
    return geometry.strideW() == 1 && geometry.strideH() == 1 && geometry.outW() == geometry.inW();
  }

  /** Plans the forward pass within {@code maxWorkspaceBytes} a tile. */
  public static PassPlan forward(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    if (isDepthwise(geometry)) {
      return depthwise(DepthwiseShape.forward(geometry, type), type);
    }
    DirectConvolution.Shape shape =
        DirectConvolution.Shape.forward(geometry, type, maxWorkspaceBytes);
    return new PassPlan(
        shape.describe(),
        shape.tileCount(),
        0,
        shape.workspaceBytes(),
        (input, weight, bias, output) -> new DirectConvolution(shape, input, weight, bias, output));
  }

  /** Plans the input's gradient within {@code maxWorkspaceBytes} a tile. */
  public static PassPlan backwardInput(
      ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    if (isDepthwise(geometry)) {
      return ifFinite(geometry, type, depthwise(DepthwiseShape.adjoint(geometry, type), type));
    }
    DirectConvolution.Shape shape =
        DirectConvolution.Shape.adjoint(geometry, type, maxWorkspaceBytes);
    PassPlan plan =
        new PassPlan(
            shape.describe(),
            shape.tileCount(),
            0,
            shape.workspaceBytes(),
            (gradOutput, weight, bias, gradInput) ->
                new DirectConvolution(shape, gradOutput, weight, bias, gradInput));
    return ifFinite(geometry, type, plan);
  }

  private static PassPlan depthwise(DepthwiseShape shape, ElementType type) {
    return new PassPlan(
        shape.describe(),
        shape.tileCount(),
        0,
        0,
        (source, weight, bias, target) -> shape.task(type, source, weight, bias, target));
  }

  /** Takes the definition instead where a weight is not finite. */
  private static PassPlan ifFinite(ConvGeometry geometry, ElementType type, PassPlan plan) {
    long weights = geometry.outChannels() * geometry.depth();
    return new PassPlan(
        plan.description(),
        plan.tileCount(),
        plan.sharedBytes(),
        plan.workspaceBytes(),
        (gradOutput, weight, bias, gradInput) ->
            // The zeros around the gradient must not meet an infinite weight.
            allFinite(type, weight, weights)
                ? plan.operation().task(gradOutput, weight, bias, gradInput)
                : new ReferenceBackwardInput(geometry, type, gradOutput, weight, bias, gradInput));
  }

  /** Plans the weight's gradient within {@code maxWorkspaceBytes} a tile. */
  public static PassPlan backwardWeights(
      ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    DirectBackwardWeights.Shape shape =
        new DirectBackwardWeights.Shape(geometry, type, maxWorkspaceBytes);
    return new PassPlan(
        shape.describe(),
        shape.tileCount(),
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
