package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.blas.CoreKind;
import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvPass;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.EitherTiling;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.conv.im2col.Im2colAlgorithm;
import io.github.colonnade.internal.memory.ElementType;
import java.util.function.Supplier;

/**
 * A 3×3 convolution and its gradients by Winograd's minimal filtering (Lavin &amp; Gray 2016):
 * F(4×4, 3×3) forward and for the input's gradient, F(3×3, 4×4) for the weights', which multiply a
 * quarter as often as the definition.
 */
public final class WinogradAlgorithm implements ConvAlgorithm {
  /** With less memory, blocks are too small to multiply fast. */
  private static final long LEAST_BYTES = 2L << 20;

  private final Supplier<CoreKind> core;

  /** For the core of this machine. */
  public WinogradAlgorithm() {
    this(CoreKind::current);
  }

  /** For a kind of core that is asked for where it matters. */
  public WinogradAlgorithm(Supplier<CoreKind> core) {
    this.core = core;
  }

  @Override
  public String name() {
    return "WINOGRAD";
  }

  @Override
  public boolean isExact() {
    return false;
  }

  @Override
  public String refusal(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    if (!suits(geometry)) {
      return "algorithm: is WINOGRAD, which needs a 3×3 kernel and stride 1;"
          + " this is a %d×%d kernel and stride %d×%d"
              .formatted(
                  geometry.kernelH(), geometry.kernelW(), geometry.strideH(), geometry.strideW());
    }
    if (!problem.fitsBlas()) {
      return ConvAlgorithm.tooLarge(name());
    }
    long least = leastWorkspaceBytes(geometry, problem.type());
    return problem.maxWorkspaceBytes() < least
        ? ConvAlgorithm.tooLittleMemory(name(), problem, least)
        : null;
  }

  private static boolean suits(ConvGeometry geometry) {
    return geometry.kernelH() == 3 && geometry.kernelW() == 3 && !geometry.isStrided();
  }

  /** Returns the least {@code maxWorkspaceBytes} that all passes can be planned within. */
  private static long leastWorkspaceBytes(ConvGeometry geometry, ElementType type) {
    return Math.max(
        BackwardWeightsTiling.leastBytes(geometry, type),
        Math.max(
            WinogradTiling.leastBytes(geometry, type),
            WinogradTiling.leastBytes(geometry.adjoint(), type)));
  }

  @Override
  public boolean pays(ConvProblem problem) {
    return problem.maxWorkspaceBytes() >= LEAST_BYTES
        && problem.geometry().everyWindowReads()
        && !problem.geometry().isDense()
        && savesEnough(problem);
  }

  private boolean savesEnough(ConvProblem problem) {
    WinogradLimits limits = WinogradLimits.of(problem.type(), core.get(), problem.prepared());
    return switch (problem.pass()) {
      case FORWARD -> limits.allow(problem.geometry(), /* gradient= */ false);
      case BACKWARD_INPUT -> limits.allow(convolution(problem), /* gradient= */ true);
      case BACKWARD_WEIGHTS -> limits.allowWeights(problem.geometry());
    };
  }

  /** Returns the convolution that a pass computes: of the output's gradient in the input's. */
  private static ConvGeometry convolution(ConvProblem problem) {
    return problem.pass() == ConvPass.FORWARD ? problem.geometry() : problem.geometry().adjoint();
  }

  @Override
  public PassPlan plan(ConvProblem problem) {
    return problem.pass() == ConvPass.BACKWARD_WEIGHTS
        ? planBackwardWeights(problem)
        : planConvolution(problem);
  }

  private static PassPlan planBackwardWeights(ConvProblem problem) {
    BackwardWeightsTiling tiling =
        BackwardWeightsTiling.of(problem.geometry(), problem.type(), problem.cap());
    PassPlan columns = columns(problem, tiling);
    return new PassPlan(
        new EitherTiling(tiling, columns.tiling()),
        (input, gradOutput, bias, gradWeights) ->
            new WinogradBackwardWeights(
                tiling, input, gradOutput, gradWeights, columns.operation()));
  }

  private static PassPlan planConvolution(ConvProblem problem) {
    boolean transposed = problem.pass() == ConvPass.BACKWARD_INPUT;
    WinogradTiling tiling =
        WinogradTiling.of(convolution(problem), problem.type(), transposed, problem.cap());
    PassPlan columns = columns(problem, tiling);
    return new PassPlan(
        new EitherTiling(tiling, columns.tiling()),
        (first, weight, bias, result) -> {
          WinogradConvolution main =
              new WinogradConvolution(
                  tiling,
                  first,
                  weight,
                  /* transformed= */ null,
                  bias,
                  problem.epilogue(),
                  result,
                  columns.operation());
          return tiling.sharedWeights()
              ? new WinogradWeights(tiling, weight, tiling.sharedWeightIndex(), main)
              : main;
        },
        new TransformedWeights(
            tiling.withSharedWeights(), problem.epilogue(), columns.operation()));
  }

  /** Plans what computes results that are not all finite, in the memory that there is anyway. */
  private static PassPlan columns(ConvProblem problem, Tiling tiling) {
    // More than enough: a tile takes a cache line for each frequency of each of its matrices.
    long bytes = Math.min(tiling.workspaceBytes(), tiling.heapBytes());
    return Im2colAlgorithm.unshared(problem.within(bytes));
  }
}
