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

  // What pays was measured against columns on two cores with AVX-512 (Intel, family 6 model 207),
  // with bench and its layers, and on single planes and batches around each threshold.

  /**
   * Input and output channels of a group from which Winograd's smaller multiplies outweigh its
   * transforms, whose share of the time falls with the channels: in double precision 32 take as
   * long as im2col, 48 five sixths of its time.
   */
  private static final long MANY_CHANNELS = 48;

  /**
   * F(2×2) saves less and single precision multiplies twice as fast: 64 channels take 1.1 times as
   * long as im2col, 128 nine tenths of its time, and 64 to 256 as well.
   */
  private static final long MANY_CHANNELS_F32 = 96;

  /** Fewer on one side do not pay whatever the other. */
  private static final long LEAST_CHANNELS = 32;

  /**
   * Transforming the weights costs as much as multiplying them with some fifty pixels, and a few
   * tiles keep no two threads busy: one plane of 14×14 takes 0.8 to 1.9 times as long as im2col
   * with 64 to 256 channels, one of 28×28 four fifths of its time.
   */
  private static final long LEAST_PIXELS = 256;

  /**
   * Input channels × output channels × pixels: with 3 million (64 channels, one plane of 28²)
   * Winograd takes 1.5 times as long as im2col, with 6.5 million as long (64 channels, 40²) or 0.87
   * (128 channels, 20²).
   */
  private static final double LEAST_WORK = 6e6;

  /**
   * In single precision F(2×2) saves less and multiplies cost half as much, so it takes more pixels
   * for each channel: with 6 (256 channels, eight planes of 14²) it takes 1.2 times as long as
   * im2col, with 12 (256 channels, one plane of 56²) four fifths of its time.
   */
  private static final long PIXELS_PER_CHANNEL = 12;

  /**
   * Tiles that hang over the border waste work: 14×14 fills 77 % of its 4×4 tiles and takes 0.84 to
   * 1.1 times as long as im2col, 13×13 66 % and 1.01 to 1.03 times, 10×10 69 % and 1.2 times.
   */
  private static final double LEAST_FILLED = 0.75;

  /**
   * Pixels of a row's tiles: short rows are taken apart slowly. In double precision rows of 8 take
   * 1.07 to 1.5 times as long as im2col, of 12 0.97 to 1.3, of 16 0.84 to 1.1; in single precision
   * of 14 1.03 to 1.1.
   */
  private static final long LEAST_ROW = 16;

  /**
   * The same for the input's gradient where im2col would scatter, its weights being too large to
   * turn: rows of any length take 0.6 to 0.95 times as long. In single precision they take 0.8 to
   * 1.01 times as long where 85 % are filled, and 1.05 where less are.
   */
  private static final double LEAST_FILLED_SCATTER = 0.6;

  private static final double LEAST_FILLED_SCATTER_F32 = 0.85;

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

  /** Returns the least {@code maxWorkspaceBytes} that both passes can be planned within. */
  private static long leastWorkspaceBytes(ConvGeometry geometry, ElementType type) {
    return Math.max(
        BackwardWeightsTiling.leastBytes(geometry, type),
        Math.max(
            WinogradTiling.leastBytes(geometry, type),
            WinogradTiling.leastBytes(geometry.adjoint(), type)));
  }

  @Override
  public boolean pays(ConvProblem problem) {
    return problem.pass() != ConvPass.BACKWARD_WEIGHTS
        && problem.maxWorkspaceBytes() >= LEAST_BYTES
        && everyWindowReads(problem.geometry())
        && hasEnoughWork(problem)
        && fillsTiles(problem);
  }

  @Override
  public boolean isWorthTiming(ConvProblem problem) {
    return everyWindowReads(problem.geometry());
  }

  /**
   * Returns whether every window reads a pixel. One that lies in the padding alone sums to exactly
   * zero, which Winograd would round as it does its neighbours in the tile.
   */
  private static boolean everyWindowReads(ConvGeometry geometry) {
    return geometry.padTop() <= geometry.vertical().reach()
        && geometry.padLeft() <= geometry.horizontal().reach()
        && geometry.outH() - geometry.padTop() <= geometry.inH()
        && geometry.outW() - geometry.padLeft() <= geometry.inW();
  }

  private static boolean hasEnoughWork(ConvProblem problem) {
    ConvGeometry geometry = problem.geometry();
    long ins = geometry.groupInChannels();
    long outs = geometry.groupOutChannels();
    long channels = problem.type() == ElementType.F64 ? MANY_CHANNELS : MANY_CHANNELS_F32;
    double pixels = convolution(problem).outPixels();
    return Math.min(ins, outs) >= LEAST_CHANNELS
        && (double) ins * outs >= channels * channels
        && (double) ins * outs * pixels >= LEAST_WORK
        && pixels >= LEAST_PIXELS;
  }

  private static boolean fillsTiles(ConvProblem problem) {
    boolean f64 = problem.type() == ElementType.F64;
    ConvGeometry convolution = convolution(problem);
    int outputs = WinogradTransform.OUTPUTS;
    double pixels = convolution.outPixels();
    double covered = (double) TileGrid.tiles(convolution) * outputs * outputs;
    double filled = pixels / covered;
    if (problem.pass() == ConvPass.BACKWARD_INPUT && !Im2colAlgorithm.rotatesWeights(problem)) {
      return filled >= (f64 ? LEAST_FILLED_SCATTER : LEAST_FILLED_SCATTER_F32);
    }
    long row = TileGrid.sideTiles(convolution.outW(), convolution.dilationW()) * outputs;
    long channels = Math.max(convolution.groupInChannels(), convolution.groupOutChannels());
    return filled >= LEAST_FILLED
        && row >= LEAST_ROW
        && (f64 || pixels >= PIXELS_PER_CHANNEL * channels);
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
        WinogradTiling.of(
            convolution(problem), problem.type(), transposed, problem.maxWorkspaceBytes());
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
          return tiling.sharedWeights() ? new WinogradWeights(tiling, weight, main) : main;
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
