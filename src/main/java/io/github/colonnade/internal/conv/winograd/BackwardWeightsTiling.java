package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.ChannelBlocks;
import io.github.colonnade.internal.conv.Cheapest;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceCap;
import io.github.colonnade.internal.parallel.Idle;
import io.github.colonnade.internal.parallel.PartialSums;

/**
 * How the weights' gradient of a 3×3 convolution by Winograd is cut: tiles into blocks, which are
 * summed over, and output and input channels into blocks, each with sums of its own.
 *
 * <p>Where tasks share the transformed tiles, blocks of output channels are taken one after
 * another, for each of these the blocks of tiles, and a task multiplies one frequency of a group.
 *
 * @param grid where the tiles lie
 * @param outBlock output channels of a task
 * @param inBlock input channels of a task; all of a group where tasks share tiles
 * @param sums parts that the blocks of tiles are split into, each with a partial gradient
 * @param shared whether a block's tiles are transformed once for all tasks
 */
record BackwardWeightsTiling(
    TileGrid grid, long outBlock, long inBlock, PartialSums.Split sums, boolean shared)
    implements ChannelBlocks {

  private static final long MOST_TILES = 256;
  private static final long LEAST_TILES = 16;

  /** Tasks that transform the sums back, where tasks share them. */
  private static final long TASKS_BACK = 32;

  /** Returns the cut that should be the fastest within {@code cap}, or null if none fits. */
  static BackwardWeightsTiling of(ConvGeometry geometry, ElementType type, WorkspaceCap cap) {
    Cheapest<BackwardWeightsTiling> cuts = new Cheapest<>();
    long outs = geometry.groupOutChannels();
    long ins = geometry.groupInChannels();
    for (long tiles = 1; tiles <= MOST_TILES; tiles *= 2) {
      if (tiles > 1 && tiles < LEAST_TILES) {
        continue;
      }
      TileGrid grid = TileGrid.of(geometry, type, tiles);
      PartialSums.Split one = PartialSums.Split.whole(type, geometry.weights(), grid.blocks());
      for (long out = outs; out > 0; out = WinogradTiling.half(out)) {
        offer(cuts, cap, new BackwardWeightsTiling(grid, out, ins, one, /* shared= */ true));
        for (long in = ins; in > 0; in = WinogradTiling.half(in)) {
          BackwardWeightsTiling whole = new BackwardWeightsTiling(grid, out, in, one, false);
          long room = cap.sharedBytesBeside(whole.ownBytes());
          for (long parts = 1; parts <= whole.mostParts(); parts *= 2) {
            offer(
                cuts, cap, new BackwardWeightsTiling(grid, out, in, one.split(parts, room), false));
          }
        }
      }
    }
    return cuts.best();
  }

  private static void offer(
      Cheapest<BackwardWeightsTiling> cuts, WorkspaceCap cap, BackwardWeightsTiling cut) {
    if (cap.allows(Math.max(cut.sharedBytes(), cut.columnBytes()), cut.ownBytes())) {
      cuts.offer(cut, cut.cost());
    }
  }

  /** Returns the least {@code maxBytes} that can be planned with: one channel, tile by tile. */
  static long leastBytes(ConvGeometry geometry, ElementType type) {
    TileGrid grid = TileGrid.of(geometry, type, 1);
    PartialSums.Split one = PartialSums.Split.whole(type, geometry.weights(), grid.blocks());
    BackwardWeightsTiling least = new BackwardWeightsTiling(grid, 1, 1, one, /* shared= */ false);
    return least.columnBytes() + least.ownBytes();
  }

  /** Estimates nanoseconds of one call for each output channel, input channel and tile. */
  private double cost() {
    WinogradCost cost = WinogradCost.of(type());
    double tiles = Math.max(1, grid.tiles());
    double multiply = cost.multiply(outBlock, inBlock, grid.blockTiles());
    double transfer = shared ? cost.transfer() : 0;
    double sum = (cost.sum() + transfer) / grid.blockTiles();
    double input =
        cost.input() / (keepsInputs() ? geometry().groupOutChannels() : outBlock)
            + transfer / 2 / outBlock;
    double gradient = cost.input() / inBlock;
    double back = cost.weights() * sums.parts() / tiles;
    double each = (double) outBlock * inBlock * grid.blockTiles();
    double meetings = shared ? 2 * WinogradTiling.MEETING / each : 0;
    double time = multiply + sum + input + gradient + back + meetings;
    return time * Idle.of(tileCount());
  }

  @Override
  public ConvGeometry geometry() {
    return grid.geometry();
  }

  ElementType type() {
    return grid.type();
  }

  /** Returns the tasks of a call; where they share the tiles, of one block of these. */
  @Override
  public long tileCount() {
    return shared
        ? geometry().groups() * WinogradTransform.FREQUENCIES
        : ChannelBlocks.super.tileCount();
  }

  /** Returns whether the inputs' tiles are transformed once for all blocks of output channels. */
  boolean keepsInputs() {
    return shared && grid.blocks() <= 1;
  }

  /** Returns the channels whose tiles one task transforms, where tasks share them. */
  long channelsTogether() {
    return Math.max(1, WinogradTiling.TILES_TOGETHER / grid.blockTiles());
  }

  /** Returns the tasks that transform a block's input tiles, where tasks share them. */
  long inputTasks() {
    return Math.ceilDiv(geometry().inChannels(), channelsTogether());
  }

  /** Returns the tasks that transform a block's tiles of a group's gradients, likewise. */
  long gradientTasks() {
    return Math.ceilDiv(outBlock, channelsTogether());
  }

  /** Returns the output channels whose sums one task transforms back, where tasks share them. */
  long rowsTogether() {
    return Math.max(1, Math.ceilDiv(outBlock, TASKS_BACK));
  }

  /** Returns the tasks that transform the sums of a group back, where tasks share them. */
  long backTasks() {
    return Math.ceilDiv(outBlock, rowsTogether());
  }

  /** Returns the elements from a channel of a block's tiles to the next. */
  long channelStride() {
    return WinogradTiling.row(type(), WinogradTransform.whole(type(), grid.blockTiles()));
  }

  /** Returns the elements from a frequency of a block's tiles to the next. */
  long inputStride() {
    long channels = shared ? geometry().inChannels() : inBlock;
    return WinogradTiling.apart(type(), channels * channelStride());
  }

  /** Returns the elements from a frequency of the gradients of a block's tiles to the next. */
  long gradientStride() {
    long channels = (shared ? geometry().groups() : 1) * outBlock;
    return WinogradTiling.apart(type(), channels * channelStride());
  }

  /** Returns the elements from a frequency of the sums to the next. */
  long sumStride() {
    return WinogradTiling.apart(type(), outBlock * inBlock);
  }

  /** Returns where the transformed gradients lie behind the inputs. */
  long gradients() {
    return WinogradTransform.FREQUENCIES * inputStride();
  }

  /** Returns where the sums lie behind the inputs; where tasks share them, group by group. */
  long products() {
    return gradients() + WinogradTransform.FREQUENCIES * gradientStride();
  }

  private long matrixBytes() {
    long sums = (shared ? geometry().groups() : 1) * WinogradTransform.FREQUENCIES * sumStride();
    return (products() + sums) * type().bytes();
  }

  @Override
  public long sharedBytes() {
    return shared ? matrixBytes() : sums.bytes();
  }

  @Override
  public long workspaceBytes() {
    // Some, where tasks share all, for columns that may take over.
    return shared ? heapBytes() : matrixBytes();
  }

  @Override
  public long heapBytes() {
    return WinogradBlock.heapBytes(grid);
  }

  /** Returns what columns share at most, where they take over: no more than they have each. */
  private long columnBytes() {
    return Math.min(workspaceBytes(), heapBytes());
  }

  private long ownBytes() {
    // Both parts are laid out in multiples of 128.
    return workspaceBytes() + heapBytes() + 128;
  }

  @Override
  public String describe() {
    if (shared) {
      return "F(3×3, 4×4), %d tiles at a time, tasks of %d × %d channels and a frequency"
          .formatted(grid.blockTiles(), outBlock, inBlock);
    }
    return "F(3×3, 4×4), %d tasks of %d × %d channels, %d tiles at a time%s"
        .formatted(
            tileCount(),
            outBlock,
            inBlock,
            grid.blockTiles(),
            sums.parts() > 1 ? ", tiles split " + sums.parts() + " ways" : "");
  }
}
