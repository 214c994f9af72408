package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The first phase where the transformed weights are shared: one tile transforms the kernels of some
 * output channels.
 *
 * @param tiling how the work is cut
 * @param weight as the tiling reads it. Not modified.
 * @param index where the transformed weights begin in the workspace
 * @param next the phase that runs with the transformed weights
 */
record WinogradWeights(WinogradTiling tiling, MemorySegment weight, long index, TileTask next)
    implements TileTask {
  private long channelsOfTile() {
    return Math.max(1, KernelTransform.RUN / tiling.geometry().groupInChannels());
  }

  @Override
  public long tileCount() {
    ConvGeometry geometry = tiling.geometry();
    return geometry.groups() * Math.ceilDiv(geometry.groupOutChannels(), channelsOfTile());
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    ConvGeometry geometry = tiling.geometry();
    long channelsOfTile = channelsOfTile();
    long tiles = Math.ceilDiv(geometry.groupOutChannels(), channelsOfTile);
    long group = tile / tiles;
    long from = tile % tiles * channelsOfTile;
    long to = Math.min(from + channelsOfTile, geometry.groupOutChannels());
    long inChannels = geometry.groupInChannels();
    WinogradBlock block = WinogradBlock.acquire(tiling.grid());
    try {
      transform(
          tiling,
          block.kernels(),
          weight,
          group,
          from,
          to,
          0,
          inChannels,
          workspace,
          index + (group * geometry.groupOutChannels() + from) * inChannels);
    } finally {
      WinogradBlock.release(block);
    }
  }

  /** Transforms the kernels from some input to some output channels of a group, O × C of them. */
  static void transform(
      WinogradTiling tiling,
      KernelTransform kernels,
      MemorySegment weight,
      long group,
      long outFrom,
      long outTo,
      long inFrom,
      long inTo,
      MemorySegment target,
      long index) {
    boolean transposed = tiling.transposed();
    long outs = tiling.geometry().groupOutChannels();
    long ins = tiling.geometry().groupInChannels();
    long width = inTo - inFrom;
    boolean joined = !transposed && width == ins;
    long runs = joined ? 1 : outTo - outFrom;
    long length = joined ? (outTo - outFrom) * ins : width;
    for (long r = 0; r < runs; r++) {
      long oc = outFrom + r;
      for (long done = 0; done < length; done += KernelTransform.RUN) {
        long ic = inFrom + done;
        long kernel = transposed ? (group * ins + ic) * outs + oc : (group * outs + oc) * ins + ic;
        kernels.transform(
            tiling.type(),
            weight,
            9 * kernel,
            transposed ? 9 * outs : 9,
            transposed,
            (int) Math.min(KernelTransform.RUN, length - done),
            target,
            index + r * width + done,
            tiling.weightStride());
      }
    }
  }
}
