package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.Kernels;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.reference.ReferenceBackwardInput;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/** The passes tap by tap, without lowering: for groups of few channels. */
public final class DirectAlgorithm implements ConvAlgorithm {
  // Where these passes beat columns, on AVX-512 in both types, planes of 7² to 112². Where a row of
  // the output is as wide as the input's, a whole plane of columns is one shifted copy and few
  // channels are multiplied without packing: that is hard to beat.

  /**
   * Output channels of each input channel that are computed without columns: one takes 0.8 to 0.95
   * of their time, four 1.6; groups of two input channels take 1.0 to 1.2.
   */
  private static final long MOST_MULTIPLIER = 2;

  /** Cropped at stride 1, groups of 1 took 0.35 of the time of columns, of 4 0.55 to 0.8. */
  private static final long MOST_CROPPED_CHANNELS = 4;

  /** Gradients under a stride, in groups of 2 took 0.6, of 8 0.8 to 1.05, of 16 1.3 to 1.5. */
  private static final long MOST_STRIDED_CHANNELS = 8;

  /**
   * With the Vector API, kernels of 7×7 on planes of 56² took 0.7 to 0.9 of the time of those made
   * for depthwise layers.
   */
  private static final long MANY_TAPS = 49;

  /** With the Vector API, planes of 14² took 0.6 of the time of columns, those of 7² up to 1.5. */
  private static final long MANY_PIXELS = 128;

  /**
   * Sharing the columns of one kernel row between all of them, the weights' gradient took 0.5 to
   * 0.75 of the time of columns for one channel, 0.9 to 1 for groups of 4, 1.15 of 8.
   */
  private static final long MOST_SHARED_CHANNELS = 4;

  /** Elements of the shared columns: planes of 28² under 3×3 took 0.9 to 1.2, of 14² up to 2.6. */
  private static final long LEAST_SHARED = 3000;

  @Override
  public String name() {
    return "DIRECT";
  }

  @Override
  public String refusal(ConvProblem problem) {
    double least = leastWorkspaceBytes(problem.geometry(), problem.type());
    if (cap(problem) >= least) {
      return null;
    }
    return String.format(
        "maxWorkspaceBytes: is %d, DIRECT needs at least %.0f for this shape, and 2^31 at most",
        problem.maxWorkspaceBytes(), least);
  }

  /** Returns the scratch bytes allowed: within a tile, positions are counted in 32 bits. */
  private static long cap(ConvProblem problem) {
    return Math.min(problem.maxWorkspaceBytes(), Integer.MAX_VALUE);
  }

  @Override
  public boolean pays(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    return problem.fitsBlas()
        && switch (problem.pass()) {
          case FORWARD -> isDepthwise(geometry) || isCropped(geometry);
          case BACKWARD_INPUT ->
              isDepthwise(geometry)
                  || isCropped(geometry)
                  || (geometry.isStrided() && isGroupedBy(geometry, MOST_STRIDED_CHANNELS));
          case BACKWARD_WEIGHTS ->
              (isDepthwise(geometry) && (hasFastRows(geometry) || geometry.isStrided()))
                  || isCropped(geometry)
                  || sharesColumns(geometry);
        };
  }

  @Override
  public PassPlan plan(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    ElementType type = problem.type();
    return switch (problem.pass()) {
      case FORWARD -> forward(geometry, type, cap(problem));
      case BACKWARD_INPUT -> backwardInput(geometry, type, cap(problem));
      case BACKWARD_WEIGHTS -> backwardWeights(geometry, type, cap(problem));
    };
  }

  private static boolean isDepthwise(ConvGeometry geometry) {
    return geometry.groups() > 1
        && geometry.groupInChannels() == 1
        && geometry.groupOutChannels() <= MOST_MULTIPLIER;
  }

  private static boolean isCropped(ConvGeometry geometry) {
    return isGroupedBy(geometry, MOST_CROPPED_CHANNELS)
        && !geometry.isStrided()
        && geometry.outW() != geometry.inW();
  }

  private static boolean hasOwnKernels(ConvGeometry geometry) {
    boolean faster = hasFastRows(geometry) && geometry.kernelPlane() >= MANY_TAPS;
    return DepthwiseShape.suits(geometry) && !faster;
  }

  private static boolean hasFastRows(ConvGeometry geometry) {
    return Kernels.useVectors() && geometry.outPlane() >= MANY_PIXELS;
  }

  private static boolean sharesColumns(ConvGeometry geometry) {
    return isGroupedBy(geometry, MOST_SHARED_CHANNELS)
        && geometry.strideH() == 1
        && geometry.outW() == geometry.inW()
        && (double) geometry.outPlane() * geometry.kernelW() >= LEAST_SHARED;
  }

  private static boolean isGroupedBy(ConvGeometry geometry, long mostChannels) {
    return geometry.groups() > 1
        && geometry.groupInChannels() <= mostChannels
        && geometry.groupOutChannels() <= mostChannels;
  }

  /** Plans the forward pass within {@code maxWorkspaceBytes} a tile. */
  private static PassPlan forward(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    if (hasOwnKernels(geometry)) {
      return depthwise(DepthwiseShape.forward(geometry, type), type);
    }
    DirectConvolution.Shape shape =
        DirectConvolution.Shape.forward(geometry, type, maxWorkspaceBytes);
    return new PassPlan(
        shape,
        (input, weight, bias, output) -> new DirectConvolution(shape, input, weight, bias, output));
  }

  /** Plans the input's gradient within {@code maxWorkspaceBytes} a tile. */
  private static PassPlan backwardInput(
      ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    if (hasOwnKernels(geometry)) {
      return ifFinite(geometry, type, depthwise(DepthwiseShape.adjoint(geometry, type), type));
    }
    DirectConvolution.Shape shape =
        DirectConvolution.Shape.adjoint(geometry, type, maxWorkspaceBytes);
    PassPlan plan =
        new PassPlan(
            shape,
            (gradOutput, weight, bias, gradInput) ->
                new DirectConvolution(shape, gradOutput, weight, bias, gradInput));
    return ifFinite(geometry, type, plan);
  }

  private static PassPlan depthwise(DepthwiseShape shape, ElementType type) {
    return new PassPlan(
        shape, (source, weight, bias, target) -> shape.task(type, source, weight, bias, target));
  }

  /** Takes the definition instead where a weight is not finite. */
  private static PassPlan ifFinite(ConvGeometry geometry, ElementType type, PassPlan plan) {
    long weights = geometry.weights();
    return new PassPlan(
        plan.tiling(),
        (gradOutput, weight, bias, gradInput) ->
            // The zeros around the gradient must not meet an infinite weight.
            allFinite(type, weight, weights)
                ? plan.operation().task(gradOutput, weight, bias, gradInput)
                : new ReferenceBackwardInput(geometry, type, gradOutput, weight, bias, gradInput));
  }

  /** Plans the weight's gradient within {@code maxWorkspaceBytes} a tile. */
  private static PassPlan backwardWeights(
      ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    if (sharesColumns(geometry)
        && DepthwiseBackwardWeights.Shape.leastBytes(geometry, type) <= maxWorkspaceBytes) {
      DepthwiseBackwardWeights.Shape shape =
          new DepthwiseBackwardWeights.Shape(geometry, type, maxWorkspaceBytes);
      return new PassPlan(
          shape,
          (input, gradOutput, bias, gradWeights) ->
              new DepthwiseBackwardWeights(shape, input, gradOutput, gradWeights));
    }
    DirectBackwardWeights.Shape shape =
        new DirectBackwardWeights.Shape(geometry, type, maxWorkspaceBytes);
    return new PassPlan(
        shape,
        (input, gradOutput, bias, gradWeights) ->
            new DirectBackwardWeights(shape, input, gradOutput, gradWeights));
  }

  /**
   * Returns the least {@code maxWorkspaceBytes} that the passes can be planned within: one tap's
   * reach in one channel. A double, since that may be beyond a long.
   */
  private static double leastWorkspaceBytes(ConvGeometry geometry, ElementType type) {
    double rows = 1 + reach(geometry.kernelH(), geometry.dilationH(), geometry.strideH());
    double columns = 1 + reach(geometry.kernelW(), geometry.dilationW(), geometry.strideW());
    double phases =
        (double) Math.min(geometry.kernelH(), geometry.strideH())
            * Math.min(geometry.kernelW(), geometry.strideW());
    double kernel = (double) geometry.kernelPlane();
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
