package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The weights' gradient of a convolution of stride 1 by Fourier transforms: tiles of the input are
 * correlated with tiles of gradients, the products summed over all tiles and the sums transformed
 * back. The real part of a pair's product has the sum of both tiles'.
 *
 * <p>What is not finite is spread over a kernel, whose gradient is not finite then; all are
 * computed again by the definition.
 */
final class FftBackwardWeights implements TileTask {
  private final FftBackwardWeightsTiling tiling;
  private final MemorySegment input;
  private final MemorySegment gradOutput;
  private final MemorySegment gradWeights;

  /** Whether a gradient was computed that is not finite. */
  private volatile boolean notFinite;

  /**
   * Takes the operands of one call.
   *
   * @param tiling how the work is cut
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradWeights {@code [O, C/groups, KH, KW]}. Overwritten.
   */
  FftBackwardWeights(
      FftBackwardWeightsTiling tiling,
      MemorySegment input,
      MemorySegment gradOutput,
      MemorySegment gradWeights) {
    this.tiling = tiling;
    this.input = input;
    this.gradOutput = gradOutput;
    this.gradWeights = gradWeights;
  }

  @Override
  public long tileCount() {
    return tiling.tileCount();
  }

  @Override
  public TileTask next() {
    return notFinite
        ? new FftDefinedGradient(tiling.grid(), input, gradOutput, gradWeights)
        : tiling.sums().task(gradWeights);
  }

  @Override
  public void run(long task, MemorySegment workspace, long workspaceOffset) {
    ConvGeometry geometry = tiling.geometry();
    long part = task % tiling.sums().parts();
    long channels = task / tiling.sums().parts();
    long group = channels / tiling.inBlocks() / tiling.outBlocks();
    long outFrom = channels / tiling.inBlocks() % tiling.outBlocks() * tiling.outBlock();
    int outs = (int) Math.min(tiling.outBlock(), geometry.groupOutChannels() - outFrom);
    long inFrom = channels % tiling.inBlocks() * tiling.inBlock();
    int ins = (int) Math.min(tiling.inBlock(), geometry.groupInChannels() - inFrom);
    MemorySegment target = tiling.sums().parts() == 1 ? gradWeights : workspace;
    long index =
        part * tiling.sums().elements()
            + geometry.weightIndex(group, outFrom)
            + inFrom * geometry.kernelPlane();
    FftTile tile = FftTile.acquire(tiling.grid().size(), tiling.spectrumBlocks());
    try {
      for (int sum = 0; sum < ins * outs; sum++) {
        tile.zero(ins + 1 + sum);
      }
      long to = tiling.sums().firstPiece(part + 1);
      for (long pair = tiling.sums().firstPiece(part); pair < to; pair++) {
        add(tile, pair, group, outFrom, outs, inFrom, ins);
      }
      for (int sum = 0; sum < ins * outs; sum++) {
        tile.inverse(ins + 1 + sum, (int) geometry.horizontal().reach() + 1);
        long kernel = sum / ins * geometry.groupInChannels() + sum % ins;
        store(tile, target, index + kernel * geometry.kernelPlane());
      }
    } finally {
      tile.release();
    }
  }

  /** Adds the products of a pair of tiles. */
  private void add(
      FftTile tile, long pair, long group, long outFrom, int outs, long inFrom, int ins) {
    ConvGeometry geometry = tiling.geometry();
    FftGrid grid = tiling.grid();
    for (int ic = 0; ic < ins; ic++) {
      grid.loadInputs(tile, pair, input, group * geometry.groupInChannels() + inFrom + ic);
      tile.forward(ic);
    }
    for (int oc = 0; oc < outs; oc++) {
      long channel = group * geometry.groupOutChannels() + outFrom + oc;
      grid.loadGradients(tile, pair, gradOutput, channel);
      tile.forward(ins);
      for (int ic = 0; ic < ins; ic++) {
        tile.addProduct(ic, ins, ins + 1 + oc * ins + ic);
      }
    }
  }

  private void store(FftTile tile, MemorySegment target, long index) {
    ConvGeometry geometry = tiling.geometry();
    tiling.grid().storeKernel(tile, target, index);
    if (!Elements.allFinite(tiling.type(), target, index, geometry.kernelPlane())) {
      notFinite = true;
    }
  }
}
