package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvPass;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.reference.ReferenceBackwardInput;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;

/** The passes tap by tap, without lowering: for groups of few channels. */
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
          case FORWARD -> isDepthwise(geometry) || isCropped(geometry);
          case BACKWARD_INPUT ->
              isDepthwise(geometry)
                  || isCropped(geometry)
                  || (geometry.isStrided() && isGroupedBy(geometry, MOST_STRIDED_CHANNELS));
          case BACKWARD_WEIGHTS -> isDepthwise(geometry);
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
