package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The first phase where the transformed weights are shared: one tile transforms the kernels of some
 * output channels.
 */
final class WinogradWeights implements TileTask {
  private final WinogradForward next;

  WinogradWeights(WinogradForward next) {
    this.next = next;
  }

  private long channelsOfTile() {
    return Math.max(1, WinogradShape.WEIGHT_RUN / next.shape().geometry().groupInChannels());
  }

  @Override
  public long tileCount() {
    ConvGeometry geometry = next.shape().geometry();
    return geometry.groups() * Math.ceilDiv(geometry.groupOutChannels(), channelsOfTile());
  }

  @Override
  public TileTask next() {
    return next;
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    WinogradShape shape = next.shape();
    ConvGeometry geometry = shape.geometry();
    long channelsOfTile = channelsOfTile();
    long tiles = Math.ceilDiv(geometry.groupOutChannels(), channelsOfTile);
    long group = tile / tiles;
    long from = tile % tiles * channelsOfTile;
    long to = Math.min(from + channelsOfTile, geometry.groupOutChannels());
    long inChannels = geometry.groupInChannels();
    WinogradBlock block = WinogradBlock.acquire(shape);
    try {
      shape.transformWeights(
          block.transform(),
          next.weight(),
          group,
          from,
          to,
          0,
          inChannels,
          workspace,
          (group * geometry.groupOutChannels() + from) * inChannels,
          shape.tiling().weightStride(geometry, shape.type()));
    } finally {
      WinogradBlock.release(block);
    }
  }
}
