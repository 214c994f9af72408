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
  /** Tiles of a group at least, if it has so many output channels. */
  private static final long ENOUGH_TILES = 16;

  private long channelsOfTile() {
    ConvGeometry geometry = tiling.geometry();
    // Transposed, the kernels of several output channels are read together.
    long together = tiling.transposed() ? geometry.groupOutChannels() / ENOUGH_TILES : 1;
    long channels = Math.clamp(together, 1, KernelTransform.OUTS);
    return Math.max(channels, KernelTransform.RUN / geometry.groupInChannels());
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
    long outs = tiling.geometry().groupOutChannels();
    long ins = tiling.geometry().groupInChannels();
    long width = inTo - inFrom;
    if (tiling.transposed()) {
      for (long oc = outFrom; oc < outTo; oc += KernelTransform.OUTS) {
        int some = (int) Math.min(KernelTransform.OUTS, outTo - oc);
        for (long done = 0; done < width; done += KernelTransform.RUN) {
          int count = (int) Math.min(KernelTransform.RUN, width - done);
          long kernel = (group * ins + inFrom + done) * outs + oc;
          kernels.load(tiling.type(), weight, 9 * kernel, 9 * outs, count, some);
          for (int i = 0; i < some; i++) {
            long to = index + (oc - outFrom + i) * width + done;
            kernels.transform(tiling.type(), i, true, count, target, to, tiling.weightStride());
          }
        }
      }
      return;
    }
    boolean joined = width == ins;
    long runs = joined ? 1 : outTo - outFrom;
    long length = joined ? (outTo - outFrom) * ins : width;
    for (long r = 0; r < runs; r++) {
      for (long done = 0; done < length; done += KernelTransform.RUN) {
        int count = (int) Math.min(KernelTransform.RUN, length - done);
        long kernel = (group * outs + outFrom + r) * ins + inFrom + done;
        kernels.load(tiling.type(), weight, 9 * kernel, count);
        long to = index + r * width + done;
        kernels.transform(tiling.type(), 0, false, count, target, to, tiling.weightStride());
      }
    }
  }
}
