package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.ChannelBlocks;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.parallel.Idle;
import io.github.colonnade.internal.parallel.PartialSums;

/**
 * How the weights' gradient of a 3×3 convolution by Winograd is cut: tiles into blocks, which are
 * summed over, and output and input channels into blocks, each with sums of its own.
 *
 * @param grid where the tiles lie
 * @param outBlock output channels of a task
 * @param inBlock input channels of a task
 * @param sums parts that the blocks of tiles are split into, each with a partial gradient
 */
record BackwardWeightsTiling(TileGrid grid, long outBlock, long inBlock, PartialSums.Split sums)
    implements ChannelBlocks {

  private static final long MOST_TILES = 256;
  private static final long LEAST_TILES = 16;

  /** Tasks from which on the sums are not split any more. */
  private static final long MANY_TASKS = 32;

  /** Returns the cut that should be the fastest within {@code maxBytes}, or null if none fits. */
  static BackwardWeightsTiling of(ConvGeometry geometry, ElementType type, long maxBytes) {
    BackwardWeightsTiling best = null;
    double least = Double.POSITIVE_INFINITY;
    for (long tiles = 1; tiles <= MOST_TILES; tiles *= 2) {
      if (tiles > 1 && tiles < LEAST_TILES) {
        continue;
      }
      TileGrid grid = TileGrid.of(geometry, type, tiles);
      PartialSums.Split one = PartialSums.Split.whole(type, geometry.weights(), grid.blocks());
      for (long out = geometry.groupOutChannels(); out > 0; out = WinogradTiling.half(out)) {
        for (long in = geometry.groupInChannels(); in > 0; in = WinogradTiling.half(in)) {
          BackwardWeightsTiling whole = new BackwardWeightsTiling(grid, out, in, one);
          long room = maxBytes - whole.bytes();
          long most = room < 0 ? 0 : Math.max(1, MANY_TASKS / Math.max(1, whole.blocks()));
          for (long parts = 1; parts <= most; parts *= 2) {
            BackwardWeightsTiling cut =
                new BackwardWeightsTiling(grid, out, in, one.split(parts, room));
            double cost = cut.cost();
            if (cost < least) {
              least = cost;
              best = cut;
            }
          }
        }
      }
    }
    return best;
  }

  /** Returns the least {@code maxBytes} that can be planned with: one channel, tile by tile. */
  static long leastBytes(ConvGeometry geometry, ElementType type) {
    TileGrid grid = TileGrid.of(geometry, type, 1);
    PartialSums.Split one = PartialSums.Split.whole(type, geometry.weights(), grid.blocks());
    return new BackwardWeightsTiling(grid, 1, 1, one).bytes();
  }

  /** Estimates nanoseconds of one call for each output channel, input channel and tile. */
  private double cost() {
    WinogradCost cost = WinogradCost.of(type());
    double tiles = Math.max(1, grid.tiles());
    double multiply = cost.multiply(outBlock, inBlock, grid.blockTiles());
    double sum = cost.sum() / grid.blockTiles();
    double input = cost.input() / outBlock;
    double gradient = cost.input() / inBlock;
    double back = cost.weights() * sums.parts() / tiles;
    return (multiply + sum + input + gradient + back) * Idle.of(tileCount());
  }

  @Override
  public ConvGeometry geometry() {
    return grid.geometry();
  }

  ElementType type() {
    return grid.type();
  }

  /** Returns the elements from a frequency of a block's tiles to the next. */
  long tileStride() {
    return WinogradTransform.whole(type(), grid.blockTiles());
  }

  /** Returns the elements from a channel of a block's tiles to the next. */
  long channelStride() {
    return WinogradTiling.apart(type(), WinogradTransform.FREQUENCIES * tileStride());
  }

  /** Returns the elements from a frequency of the sums to the next. */
  long sumStride() {
    return WinogradTiling.apart(type(), outBlock * inBlock);
  }

  /** Returns where the transformed gradients lie behind the start of a task's workspace. */
  long gradients() {
    return inBlock * channelStride();
  }

  /** Returns where the sums lie behind the start of a task's workspace. */
  long products() {
    return gradients() + outBlock * channelStride();
  }

  @Override
  public long sharedBytes() {
    return sums.bytes();
  }

  @Override
  public long workspaceBytes() {
    return (products() + WinogradTransform.FREQUENCIES * sumStride()) * type().bytes();
  }

  @Override
  public long heapBytes() {
    return WinogradBlock.heapBytes(grid);
  }

  private long bytes() {
    // Columns, where they take over, share no more than they have each; and both parts are laid
    // out in multiples of 128.
    long columns = Math.min(workspaceBytes(), heapBytes());
    return sharedBytes() + columns + workspaceBytes() + heapBytes() + 128;
  }

  @Override
  public String describe() {
    return "F(3×3, 4×4), %d tasks of %d × %d channels, %d tiles at a time%s"
        .formatted(
            tileCount(),
            outBlock,
            inBlock,
            grid.blockTiles(),
            sums.parts() > 1 ? ", tiles split " + sums.parts() + " ways" : "");
  }
}
