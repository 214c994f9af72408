package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvPass;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.reference.ReferenceBackwardInput;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;

/** The passes tap by tap, without lowering: for few channels, and groups of few. */
public final class DirectAlgorithm implements ConvAlgorithm {
  // Where these passes beat columns, one thread, both types, on planes of 7² to 112², AMD Zen 3
  // (family 25 model 1, AVX2).

  /**
   * Output channels of each input channel that are computed without columns: one takes 0.15 to 0.5
   * of their time, its weights' gradient 0.2 to 1; two 0.2 to 0.5, and 0.45 to 0.85.
   */
  private static final long MOST_MULTIPLIER = 2;

  /** Cropped at stride 1, groups of 4 take 0.75 to 1, their weights' gradient 1.3 to 1.5. */
  private static final long MOST_CROPPED_CHANNELS = 4;

  /** Input's gradients under a stride, in groups of 4 take 0.4 to 0.65, of 8 0.5 to 0.65. */
  private static final long MOST_STRIDED_CHANNELS = 8;

  // Without groups, one thread of AMD EPYC (family 25 model 1, AVX2), 1 to 4 channels on both
  // sides,
  // kernels of 1 to 63 on planes of 8² to 1024²: the forward pass and the input's gradient take
  // 0.02 to 0.9 of the columns' time, but for what the next constants leave out.

  /** Channels on either side. */
  private static final long MOST_CHANNELS = 4;

  /** Of more pairs, planes of 8² and 16² take 0.7 to 1.5, and strided passes 0.4 to 1.4. */
  private static final long MOST_PAIRS = 9;

  /** On smaller planes 1×1 kernels take 0.6 to 1.9, from here on 0.3 to 1.05. */
  private static final long LEAST_PIXELS = 32 * 32;

  /** Larger strides were not measured. */
  private static final long MOST_STRIDE = 2;

  /**
   * Targets of a kernel of one column in double precision: its sums are moved for every tap. One or
   * two take 0.4 to 0.9, three 0.4 to 1, four 0.7 to 2.2.
   */
  private static final long MOST_COLUMN_TARGETS = 2;

  /**
   * The weights' gradient between one channel and one: in single precision it takes 0.3 to 0.8 from
   * these pixels on; in double 0.7 to 0.85 from {@link #LEAST_GRADIENT_PIXELS_F64} on, 0.5 to 2.2
   * on less. Between more channels it takes 0.5 to 3.6.
   */
  private static final long LEAST_GRADIENT_PIXELS = 64 * 64;

  private static final long LEAST_GRADIENT_PIXELS_F64 = 1024 * 1024;

  /** Weights up to which that was measured to pay. */
  private static final long MOST_GRADIENT_WEIGHTS = 1024;

  @Override
  public String name() {
    return "DIRECT";
  }

  @Override
  public String refusal(ConvProblem problem) {
    double least = leastBytes(problem);
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
          case FORWARD -> isDepthwise(geometry) || isCropped(geometry) || hasFewChannels(problem);
          case BACKWARD_INPUT ->
              isDepthwise(geometry)
                  || isCropped(geometry)
                  || (geometry.isStrided() && isGroupedBy(geometry, MOST_STRIDED_CHANNELS))
                  || hasFewChannels(problem);
          case BACKWARD_WEIGHTS -> isDepthwise(geometry) || hasOneChannel(problem);
        };
  }

  private static boolean hasFewChannels(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    if (geometry.groups() > 1
        || Math.max(geometry.inChannels(), geometry.outChannels()) > MOST_CHANNELS
        || Math.max(geometry.strideH(), geometry.strideW()) > MOST_STRIDE) {
      return false;
    }
    boolean adjoint = problem.pass() == ConvPass.BACKWARD_INPUT;
    long pairs = geometry.inChannels() * geometry.outChannels();
    long targets = adjoint ? geometry.inChannels() : geometry.outChannels();
    boolean moved =
        geometry.kernelW() == 1
            && geometry.kernelH() > 1
            && problem.type() == ElementType.F64
            && targets > MOST_COLUMN_TARGETS;
    boolean large = geometry.outPlane() >= LEAST_PIXELS;
    return (pairs <= MOST_PAIRS || (large && !geometry.isStrided()))
        && (geometry.kernelPlane() > 1 || large)
        && !moved
        && DirectConvolutionTiling.of(geometry, problem.type(), adjoint, cap(problem)).isDeep();
  }

  private static boolean hasOneChannel(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    boolean f64 = problem.type() == ElementType.F64;
    return geometry.inChannels() == 1
        && geometry.outChannels() == 1
        && !geometry.isStrided()
        && geometry.kernelPlane() <= MOST_GRADIENT_WEIGHTS
        && geometry.outPlane() >= (f64 ? LEAST_GRADIENT_PIXELS_F64 : LEAST_GRADIENT_PIXELS)
        && (!f64 || Math.min(geometry.kernelH(), geometry.kernelW()) > 1);
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

  private static boolean isGroupedBy(ConvGeometry geometry, long mostChannels) {
    return geometry.groups() > 1
        && geometry.groupInChannels() <= mostChannels
        && geometry.groupOutChannels() <= mostChannels;
  }

  @Override
  public PassPlan plan(ConvProblem problem) {
    return switch (problem.pass()) {
      case FORWARD -> convolution(problem, false);
      case BACKWARD_INPUT ->
          ifFinite(problem.geometry(), problem.type(), convolution(problem, true));
      case BACKWARD_WEIGHTS -> backwardWeights(problem);
    };
  }

  private static PassPlan convolution(ConvProblem problem, boolean adjoint) {
    ElementType type = problem.type();
    DirectConvolutionTiling tiling =
        DirectConvolutionTiling.of(problem.geometry(), type, adjoint, cap(problem));
    return new PassPlan(
        tiling,
        (source, weight, bias, target) ->
            type == ElementType.F64
                ? new F64DirectConvolution(tiling, source, weight, bias, target)
                : new F32DirectConvolution(tiling, source, weight, bias, target));
  }

  /** Takes the definition instead where a weight is not finite. */
  private static PassPlan ifFinite(ConvGeometry geometry, ElementType type, PassPlan plan) {
    long weights = geometry.weights();
    return new PassPlan(
        plan.tiling(),
        (gradOutput, weight, bias, gradInput) ->
            // The zeros around the gradient must not meet an infinite weight.
            Elements.allFinite(type, weight, 0, weights)
                ? plan.operation().task(gradOutput, weight, bias, gradInput)
                : new ReferenceBackwardInput(geometry, type, gradOutput, weight, bias, gradInput));
  }

  private static PassPlan backwardWeights(ConvProblem problem) {
    ElementType type = problem.type();
    DirectBackwardWeightsTiling tiling =
        DirectBackwardWeightsTiling.of(problem.geometry(), type, cap(problem));
    return new PassPlan(
        tiling,
        (input, gradOutput, bias, gradWeights) ->
            type == ElementType.F64
                ? new F64DirectBackwardWeights(tiling, input, gradOutput, gradWeights)
                : new F32DirectBackwardWeights(tiling, input, gradOutput, gradWeights));
  }

  /**
   * Returns bytes that a tile of any plan can be cut down to: what one target reads of one channel.
   * A double, since that may be beyond a long.
   */
  private static double leastBytes(ConvProblem problem) {
    ConvGeometry g = problem.geometry();
    double element = problem.type().bytes();
    double height = 1 + Math.floor((g.kernelH() - 1.0) * g.dilationH() / g.strideH());
    double reach = Math.floor((g.kernelW() - 1.0) * g.dilationW() / g.strideW());
    double pitch = 1 + Math.min(reach, (double) Math.max(g.inW(), g.outW()));
    double rowPhases = Math.min(g.kernelH(), g.strideH());
    double columnPhases = Math.min(g.kernelW(), g.strideW());
    double kernel = (double) g.kernelH() * g.kernelW();
    double sources = rowPhases * g.kernelW() + columnPhases;
    double others =
        problem.pass() == ConvPass.BACKWARD_WEIGHTS
            ? g.kernelW() * rowPhases + DirectBackwardWeightsTiling.GRADIENTS
            : rowPhases * columnPhases;
    return (sources + others) * (height * pitch * element + TapCut.ARRAY_BYTES) + kernel * element;
  }
}
