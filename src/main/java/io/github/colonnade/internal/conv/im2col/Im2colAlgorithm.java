package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.memory.ElementType;

/** The passes as matrix multiplies on lowered columns (Chellapilla, Puri and Simard 2006). */
public final class Im2colAlgorithm implements ConvAlgorithm {
  @Override
  public String name() {
    return "IM2COL";
  }

  @Override
  public String refusal(ConvProblem problem) {
    if (!problem.fitsBlas()) {
      return ConvAlgorithm.tooLarge(name());
    }
    if (DenseTiling.suits(problem.geometry())) {
      return null;
    }
    long least = leastWorkspaceBytes(problem.geometry(), problem.type());
    return problem.maxWorkspaceBytes() < least
        ? ConvAlgorithm.tooLittleMemory(name(), problem, least)
        : null;
  }

  /** Returns the least {@code maxWorkspaceBytes} that all passes can be planned within. */
  private static long leastWorkspaceBytes(ConvGeometry geometry, ElementType type) {
    return Math.max(
        ConvolutionTiling.leastWorkspaceBytes(geometry, type),
        BackwardInputTiling.leastWorkspaceBytes(geometry, type));
  }

  @Override
  public boolean pays(ConvProblem problem) {
    return true;
  }

  @Override
  public PassPlan plan(ConvProblem problem) {
    if (DenseTiling.suits(problem.geometry())) {
      return dense(problem);
    }
    return switch (problem.pass()) {
      case FORWARD -> forward(problem);
      case BACKWARD_INPUT -> backwardInput(problem);
      case BACKWARD_WEIGHTS -> backwardWeights(problem);
    };
  }

  /** Plans a pass without a phase that lays out weights. */
  public static PassPlan unshared(ConvProblem problem) {
    if (DenseTiling.suits(problem.geometry())) {
      return dense(problem);
    }
    return switch (problem.pass()) {
      case FORWARD -> forward(problem);
      case BACKWARD_INPUT -> scattered(problem);
      case BACKWARD_WEIGHTS -> backwardWeights(problem);
    };
  }

  private static PassPlan dense(ConvProblem problem) {
    Epilogue epilogue = problem.epilogue();
    DenseTiling tiling = DenseTiling.of(problem.pass(), problem.geometry(), problem.type());
    return new PassPlan(
        tiling,
        (first, second, bias, result) ->
            new DenseMultiply(tiling, first, second, bias, epilogue, result));
  }

  private static PassPlan forward(ConvProblem problem) {
    return convolution(
        problem,
        ConvolutionTiling.of(problem.geometry(), problem.type(), problem.maxWorkspaceBytes()));
  }

  private static PassPlan convolution(ConvProblem problem, ConvolutionTiling tiling) {
    Epilogue epilogue = problem.epilogue();
    PanelTiling panels = PanelTiling.of(problem.cap(), tiling);
    if (panels != null) {
      return new PassPlan(
          panels,
          (input, weight, bias, output) ->
              new PanelConvolution(panels, input, weight, bias, epilogue, output));
    }
    return new PassPlan(
        tiling,
        (input, weight, bias, output) ->
            new Im2colConvolution(tiling, input, weight, bias, epilogue, output));
  }

  private static PassPlan backwardInput(ConvProblem problem) {
    ConvolutionTiling pointwise =
        ConvolutionTiling.ofPointwiseGradient(
            problem.geometry(), problem.type(), problem.maxWorkspaceBytes());
    if (pointwise != null) {
      return convolution(problem, pointwise);
    }
    return RotatedTiling.suits(problem.geometry(), problem.type(), problem.cap())
        ? rotated(problem)
        : scattered(problem);
  }

  /** Plans the input's gradient as a convolution with rotated weights, which scatters nothing. */
  private static PassPlan rotated(ConvProblem problem) {
    Epilogue epilogue = problem.epilogue();
    RotatedTiling tiling = RotatedTiling.of(problem.geometry(), problem.type(), problem.cap());
    return new PassPlan(
        tiling,
        (gradOutput, weight, bias, gradInput) ->
            new WeightRotation(tiling, epilogue, gradOutput, weight, bias, gradInput),
        new RotatedWeights(tiling, epilogue));
  }

  private static PassPlan scattered(ConvProblem problem) {
    Epilogue epilogue = problem.epilogue();
    BackwardInputTiling tiling =
        BackwardInputTiling.of(problem.geometry(), problem.type(), problem.maxWorkspaceBytes());
    return new PassPlan(
        tiling,
        (gradOutput, weight, bias, gradInput) ->
            new Im2colBackwardInput(tiling, gradOutput, weight, bias, epilogue, gradInput));
  }

  private static PassPlan backwardWeights(ConvProblem problem) {
    BackwardWeightsTiling tiling =
        BackwardWeightsTiling.of(problem.geometry(), problem.type(), problem.cap());
    return new PassPlan(
        tiling,
        (input, gradOutput, bias, gradWeights) ->
            new Im2colBackwardWeights(tiling, input, gradOutput, gradWeights));
  }
}
