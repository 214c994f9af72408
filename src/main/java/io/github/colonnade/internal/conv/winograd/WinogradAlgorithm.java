package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvPass;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.EitherTiling;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.conv.im2col.Im2colAlgorithm;
import io.github.colonnade.internal.memory.ElementType;

/**
 * A 3×3 convolution and its gradients by Winograd's minimal filtering (Lavin &amp; Gray 2016):
 * F(4×4, 3×3) forward and for the input's gradient, F(3×3, 4×4) for the weights', which multiply a
 * quarter as often as the definition.
 */
public final class WinogradAlgorithm implements ConvAlgorithm {
  /** Kernels with a larger dilation would need an image of many rows on the heap. */
  private static final long MOST_DILATION = 8;

  // What pays was measured against columns on two cores without AVX-512 (AMD Zen 3, family 25 model
  // 1), portable kernels, on single planes and batches of 7² to 112² with 16 to 512 channels.

  /**
   * Input channels of a group, and output channels, from which smaller multiplies outweigh the
   * transforms, whose share of the time falls with the channels. In double precision 48 take 0.7 of
   * the time that columns take, 32 as long, and so do 256 and 32; in single precision, where
   * multiplies take half as long and transforms do not, 64 take 0.7 to 1 and 48 1.2.
   */
  private static final long LEAST_CHANNELS = 48;

  private static final long LEAST_CHANNELS_F32 = 64;

  /**
   * Transforming the weights costs as much as multiplying them with some tiles: in double precision
   * 4 tiles of 512 channels take 2.6 times as long as columns, 16 take 0.9 to 1.8, 32 of 128
   * channels 1; in single precision 16 take 1 to 2, 49 of 64 to 256 channels 0.6 to 1.
   */
  private static final long LEAST_TILES = 32;

  private static final long LEAST_TILES_F32 = 48;

  /** Input channels × output channels × pixels: with 0.8 million it takes 1.2 times as long. */
  private static final double LEAST_WORK = 3e6;

  /**
   * Tiles that hang over the border waste work: 13×13 fills 66 % and takes 0.7, 9×9 56 % and 1.2.
   */
  private static final double LEAST_FILLED = 0.6;

  /**
   * The weights' gradient, whose columns are multiplied faster, pays for larger planes alone: 28²
   * and more take 0.7 to 0.9 of the time of columns in double precision, 14², which fills 77 % of
   * its tiles, 0.9 to 1.4.
   */
  private static final double LEAST_FILLED_WEIGHTS = 0.85;

  /** With 3 million products a tap it takes 0.8 to 1.4 times as long as columns. */
  private static final double LEAST_WORK_WEIGHTS = 6e6;

  /** In single precision 49 tiles take 0.8 to 1.2 times as long as columns, 196 0.6 to 1.1. */
  private static final long LEAST_TILES_WEIGHTS_F32 = 196;

  /** With less memory, blocks are too small to multiply fast. */
  private static final long LEAST_BYTES = 2L << 20;

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
      return "algorithm: is WINOGRAD, which needs a 3×3 kernel, stride 1 and a dilation of at most 8;"
          + " this is a %d×%d kernel, stride %d×%d and dilation %d×%d"
              .formatted(
                  geometry.kernelH(),
                  geometry.kernelW(),
                  geometry.strideH(),
                  geometry.strideW(),
                  geometry.dilationH(),
                  geometry.dilationW());
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
    return geometry.kernelH() == 3
        && geometry.kernelW() == 3
        && !geometry.isStrided()
        && geometry.dilationH() <= MOST_DILATION
        && geometry.dilationW() <= MOST_DILATION;
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
        && (problem.pass() == ConvPass.BACKWARD_WEIGHTS
            ? weightsPay(problem)
            : convolutionPays(problem));
  }

  private static boolean convolutionPays(ConvProblem problem) {
    ConvGeometry geometry = convolution(problem);
    boolean f64 = problem.type() == ElementType.F64;
    return hasChannels(problem)
        && work(geometry) >= LEAST_WORK
        && TileGrid.tiles(geometry) >= (f64 ? LEAST_TILES : LEAST_TILES_F32)
        && filled(geometry) >= LEAST_FILLED;
  }

  private static boolean weightsPay(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    boolean f64 = problem.type() == ElementType.F64;
    return hasChannels(problem)
        && work(geometry) >= LEAST_WORK_WEIGHTS
        && (f64 || TileGrid.tiles(geometry) >= LEAST_TILES_WEIGHTS_F32)
        && filled(geometry) >= LEAST_FILLED_WEIGHTS;
  }

  private static boolean hasChannels(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    long least = problem.type() == ElementType.F64 ? LEAST_CHANNELS : LEAST_CHANNELS_F32;
    return Math.min(geometry.groupInChannels(), geometry.groupOutChannels()) >= least;
  }

  private static double work(ConvGeometry geometry) {
    return (double) geometry.groupInChannels() * geometry.groupOutChannels() * geometry.outPixels();
  }

  /** Returns the share of the tiles' pixels that are there. */
  private static double filled(ConvGeometry geometry) {
    long each = WinogradTransform.OUTPUTS * WinogradTransform.OUTPUTS;
    return (double) geometry.outPixels() / ((double) TileGrid.tiles(geometry) * each);
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
        BackwardWeightsTiling.of(problem.geometry(), problem.type(), problem.maxWorkspaceBytes());
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
