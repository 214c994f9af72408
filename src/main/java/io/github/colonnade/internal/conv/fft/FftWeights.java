package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The first phase where the transformed weights are shared, or all there is where they are
 * prepared: one tile transforms some kernels.
 *
 * @param tiling how the work is cut
 * @param weight as the tiling reads it. Not modified.
 * @param next the phase that runs with the transformed weights, at the start of the workspace
 */
record FftWeights(FftTiling tiling, MemorySegment weight, TileTask next) implements TileTask {
  /** Points that are transformed in some hundred microseconds. */
  private static final long RUN = 1 << 14;

  /** Points below which a transform takes as long as one of so many. */
  private static final long LEAST_POINTS = 1 << 8;

  private long kernels() {
    return tiling.geometry().outChannels() * tiling.geometry().groupInChannels();
  }

  private long kernelsOfTile() {
    return Math.ceilDiv(RUN, Math.max(tiling.grid().size().points(), LEAST_POINTS));
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(kernels(), kernelsOfTile());
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    ConvGeometry geometry = tiling.geometry();
    FftGrid grid = tiling.grid();
    long to = Math.min(kernels(), (tile + 1) * kernelsOfTile());
    FftTile scratch = FftTile.acquire(grid.size(), grid.size().blocks());
    try {
      for (long kernel = tile * kernelsOfTile(); kernel < to; kernel++) {
        long ic = kernel % geometry.groupInChannels();
        long oc = kernel / geometry.groupInChannels() % geometry.groupOutChannels();
        long group = kernel / geometry.groupInChannels() / geometry.groupOutChannels();
        long index = tiling.weightIndex(group, oc, ic);
        grid.loadKernel(scratch, weight, index, tiling.transposed());
        scratch.forward(0);
        scratch.store(0, workspace, tiling.kernelIndex(group, oc, ic));
      }
    } finally {
      scratch.release();
    }
  }
}
