package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvPass;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.PassPlan;

/** A convolution of stride 1 and its gradients by Fourier transforms of tiles. */
public final class FftAlgorithm implements ConvAlgorithm {
  /** Weights of a plane below which no transform pays; it saves the search for a tiling. */
  private static final long LEAST_WEIGHTS = 25;

  /**
   * How much less than a multiply for each product a pass must take by estimate: those of {@link
   * FftCost} are off by a quarter.
   */
  private static final double MARGIN = 0.75;

  @Override
  public String name() {
    return "FFT";
  }

  @Override
  public boolean isExact() {
    return false;
  }

  @Override
  public boolean multiplies() {
    return false;
  }

  @Override
  public String refusal(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    if (!suits(geometry)) {
      return ("algorithm: is FFT, which needs stride 1 and a kernel that spans at most %d×%d pixels;"
              + " this is stride %d×%d and spans %d×%d")
          .formatted(
              FftSize.LONGEST,
              FftSize.LONGEST,
              geometry.strideH(),
              geometry.strideW(),
              geometry.vertical().reach() + 1,
              geometry.horizontal().reach() + 1);
    }
    if (!problem.fitsBlas()) {
      return ConvAlgorithm.tooLarge(name());
    }
    long least = FftTiling.leastBytes(geometry, problem.type());
    return problem.maxWorkspaceBytes() < least
        ? ConvAlgorithm.tooLittleMemory(name(), problem, least)
        : null;
  }

  private static boolean suits(ConvGeometry geometry) {
    return !geometry.isStrided()
        && geometry.vertical().reach() < FftSize.LONGEST
        && geometry.horizontal().reach() < FftSize.LONGEST;
  }

  @Override
  public boolean pays(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    if (geometry.kernelPlane() < LEAST_WEIGHTS || !geometry.everyWindowReads()) {
      return false;
    }
    return estimate(problem) < MARGIN;
  }

  @Override
  public boolean isWorthTiming(ConvProblem problem) {
    return problem.geometry().kernelPlane() >= LEAST_WEIGHTS
        && problem.geometry().everyWindowReads()
        && estimate(problem) < 2;
  }

  /** Returns the time of a pass, relative to that of a multiply for each product. */
  private static double estimate(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    double multiplies = (double) geometry.outPixels() * geometry.outChannels() * geometry.depth();
    double others = multiplies * FftCost.of(problem.type()).multiply();
    double cost =
        problem.pass() == ConvPass.BACKWARD_WEIGHTS
            ? gradientTiling(problem).cost()
            : tiling(problem).cost();
    return cost / others;
  }

  private static FftTiling tiling(ConvProblem problem) {
    boolean transposed = problem.pass() == ConvPass.BACKWARD_INPUT;
    ConvGeometry geometry = problem.geometry();
    return FftTiling.of(
        transposed ? geometry.adjoint() : geometry, problem.type(), transposed, problem.cap());
  }

  @Override
  public PassPlan plan(ConvProblem problem) {
    return problem.pass() == ConvPass.BACKWARD_WEIGHTS
        ? planBackwardWeights(problem)
        : planConvolution(problem);
  }

  private static PassPlan planConvolution(ConvProblem problem) {
    FftTiling tiling = tiling(problem);
    return new PassPlan(
        tiling,
        (first, weight, bias, result) -> {
          FftConvolution main =
              new FftConvolution(tiling, first, weight, null, bias, problem.epilogue(), result);
          return tiling.sharedWeights() ? new FftWeights(tiling, weight, main) : main;
        },
        new FftPreparedWeights(tiling.withSharedWeights(), problem.epilogue()));
  }

  private static PassPlan planBackwardWeights(ConvProblem problem) {
    FftBackwardWeightsTiling tiling = gradientTiling(problem);
    return new PassPlan(
        tiling,
        (input, gradOutput, bias, gradWeights) ->
            new FftBackwardWeights(tiling, input, gradOutput, gradWeights));
  }

  private static FftBackwardWeightsTiling gradientTiling(ConvProblem problem) {
    return FftBackwardWeightsTiling.of(problem.geometry(), problem.type(), problem.cap());
  }
}
