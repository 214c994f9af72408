package io.github.colonnade.internal.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The first phase where the transformed weights are shared: one tile transforms the kernels of some
 * output channels.
 */
final class WinogradWeights implements TileTask {
  private final WinogradShape shape;
  private final MemorySegment weight;
  private final TileTask next;
  private final long channelsOfTile;

  WinogradWeights(WinogradShape shape, MemorySegment weight, TileTask next) {
    this.shape = shape;
    this.weight = weight;
    this.next = next;
    this.channelsOfTile =
        Math.max(1, WinogradShape.WEIGHT_RUN / shape.geometry().groupInChannels());
  }

  @Override
  public long tileCount() {
    return shape.geometry().groups()
        * Math.ceilDiv(shape.geometry().groupOutChannels(), channelsOfTile);
  }

  @Override
  public long workspaceBytes() {
    return 0;
  }

  @Override
  public long sharedBytes() {
    return next.sharedBytes();
  }

  @Override
  public TileTask next() {
    return next;
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    ConvGeometry geometry = shape.geometry();
    long tiles = Math.ceilDiv(geometry.groupOutChannels(), channelsOfTile);
    long group = tile / tiles;
    long from = tile % tiles * channelsOfTile;
    long to = Math.min(from + channelsOfTile, geometry.groupOutChannels());
    long inChannels = geometry.groupInChannels();
    WinogradBlock block = WinogradBlock.acquire(shape);
    try {
      shape.transformWeights(
          block.transform(),
          weight,
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
