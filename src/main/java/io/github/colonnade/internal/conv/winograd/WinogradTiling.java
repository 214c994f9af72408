package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.Cheapest;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceCap;
import io.github.colonnade.internal.parallel.Idle;

/**
 * How a 3×3 convolution by Winograd is cut: output tiles into blocks, output channels into ranges
 * and blocks, input channels into blocks.
 *
 * <p>Where tasks share the transformed tiles, blocks of tiles are taken one after another, and a
 * task is a block of output channels. Otherwise a task takes a block of tiles and a range of output
 * channels: where one block holds all input channels, the tiles are transformed once for the whole
 * range, otherwise the range is one block.
 *
 * @param grid where the tiles lie
 * @param transposed whether the weight lies as {@code [C, O/groups, 3, 3]} and is turned by half a
 *     turn, as in the input's gradient
 * @param range output channels of a task
 * @param outBlock output channels of a multiply
 * @param inBlock input channels of a multiply
 * @param sharedWeights whether the weights are transformed once, beforehand
 * @param sharedTiles whether a block's tiles are transformed once for all tasks
 */
record WinogradTiling(
    TileGrid grid,
    boolean transposed,
    long range,
    long outBlock,
    long inBlock,
    boolean sharedWeights,
    boolean sharedTiles)
    implements Tiling {

  private static final long MOST_TILES = 256;

  /** Channels times tiles that a task transforms, where tasks share the tiles. */
  static final long TILES_TOGETHER = 1024;

  /** Nanoseconds that threads wait for each other between two phases. */
  static final double MEETING = 5000;

  /** Blocks of fewer tiles than this are powers of two, others multiples of it. */
  private static final long MANY_TILES = 16;

  /** Returns the cut that should be the fastest within {@code cap}, or null if none fits. */
  static WinogradTiling of(
      ConvGeometry geometry, ElementType type, boolean transposed, WorkspaceCap cap) {
    Cheapest<WinogradTiling> cuts = new Cheapest<>();
    for (long tiles = 1; tiles <= MOST_TILES; tiles += tiles < MANY_TILES ? tiles : MANY_TILES) {
      TileGrid grid = TileGrid.of(geometry, type, tiles);
      for (long out = geometry.groupOutChannels(); out > 0; out = half(out)) {
        for (int shared = 0; shared < 2; shared++) {
          boolean once = shared == 1;
          long all = geometry.groupInChannels();
          offer(cuts, cap, new WinogradTiling(grid, transposed, out, out, all, once, true));
          for (long in = all; in > 0; in = half(in)) {
            long ranges = in == all ? geometry.groupOutChannels() : out;
            for (long range = out; range <= ranges; range = next(range, ranges)) {
              offer(cuts, cap, new WinogradTiling(grid, transposed, range, out, in, once, false));
            }
          }
        }
      }
    }
    return cuts.best();
  }

  private static void offer(Cheapest<WinogradTiling> cuts, WorkspaceCap cap, WinogradTiling cut) {
    if (cap.allows(cut.sharedBytes(), cut.ownBytes())) {
      cuts.offer(cut, cut.cost());
    }
  }

  /** Returns the next smaller block of channels, or 0 after the least. */
  static long half(long block) {
    return block == 1 ? 0 : Math.ceilDiv(block, 2);
  }

  private static long next(long range, long most) {
    return range == most ? most + 1 : Math.min(2 * range, most);
  }

  /** Returns the least {@code maxBytes} that can be planned with: one channel, tile by tile. */
  static long leastBytes(ConvGeometry geometry, ElementType type) {
    return new WinogradTiling(TileGrid.of(geometry, type, 1), false, 1, 1, 1, false, false)
        .ownBytes();
  }

  /** Estimates nanoseconds of one call for each output channel, input channel and tile. */
  private double cost() {
    WinogradCost cost = WinogradCost.of(type());
    double outs = geometry().groupOutChannels();
    double ins = geometry().groupInChannels();
    double multiply = cost.multiply(outBlock, grid.blockTiles(), inBlock);
    double input = cost.input() / (sharedTiles ? outs : range);
    double weights = cost.weights() / (sharedWeights ? grid.tiles() : grid.blockTiles());
    double output = cost.output() / ins;
    double meetings = sharedTiles ? 2 * MEETING / (outs * ins * grid.blockTiles()) : 0;
    double time = (multiply + input + weights + output + meetings) / grid.filled();
    return time * Idle.of(tileCount());
  }

  /** Returns the same cut, with the weights transformed once. */
  WinogradTiling withSharedWeights() {
    return new WinogradTiling(
        grid, transposed, range, outBlock, inBlock, /* sharedWeights= */ true, sharedTiles);
  }

  ConvGeometry geometry() {
    return grid.geometry();
  }

  ElementType type() {
    return grid.type();
  }

  long ranges() {
    return Math.ceilDiv(geometry().groupOutChannels(), range);
  }

  /** Returns the tasks of a call; where they share the tiles, of one block of these. */
  @Override
  public long tileCount() {
    long channelTasks = ranges() * geometry().groups();
    return sharedTiles ? Math.min(1, grid.blocks()) * channelTasks : grid.blocks() * channelTasks;
  }

  /** Returns the channels whose tiles one task transforms, where tasks share them. */
  long channelsTogether() {
    return Math.max(1, TILES_TOGETHER / grid.blockTiles());
  }

  /** Returns the tasks that transform a block's tiles, where tasks share them. */
  long inputTasks() {
    return Math.min(1, grid.blocks()) * Math.ceilDiv(geometry().inChannels(), channelsTogether());
  }

  /** Returns the elements from a frequency of a block's tiles, or products, to the next. */
  long tileStride() {
    return WinogradTransform.whole(type(), grid.blockTiles());
  }

  /** Returns the elements from a channel of a block's tiles, or products, to the next. */
  long channelStride() {
    return apart(type(), WinogradTransform.FREQUENCIES * tileStride());
  }

  /** Returns the elements from a frequency of the weights to the next. */
  long weightStride() {
    ConvGeometry geometry = geometry();
    return apart(
        type(),
        sharedWeights ? geometry.outChannels() * geometry.groupInChannels() : outBlock * inBlock);
  }

  /** Returns where the products lie behind the start of a task's workspace. */
  long products() {
    return sharedTiles ? 0 : inBlock * channelStride();
  }

  /** Returns where a task's own weights lie behind the start of its workspace. */
  long weights() {
    return products() + outBlock * channelStride();
  }

  /** Returns where the shared weights lie in the workspace: behind the shared tiles. */
  long sharedWeightIndex() {
    return sharedTiles ? geometry().inChannels() * channelStride() : 0;
  }

  /** Returns the bytes of the weights, where they are shared. */
  long weightBytes() {
    return sharedWeights ? WinogradTransform.FREQUENCIES * weightStride() * type().bytes() : 0;
  }

  /** Rounds to an odd number of cache lines, which use all sets of the cache. */
  static long apart(ElementType type, long elements) {
    long line = 64 / type.bytes();
    return (Math.ceilDiv(elements, line) | 1) * line;
  }

  @Override
  public long sharedBytes() {
    return sharedWeightIndex() * type().bytes() + weightBytes();
  }

  @Override
  public long workspaceBytes() {
    long own = sharedWeights ? 0 : WinogradTransform.FREQUENCIES * weightStride();
    return (weights() + own) * type().bytes();
  }

  private long ownBytes() {
    // Both parts are laid out in multiples of 128.
    return workspaceBytes() + heapBytes() + 128;
  }

  @Override
  public long heapBytes() {
    return WinogradBlock.heapBytes(grid);
  }

  @Override
  public String describe() {
    String cut =
        sharedTiles
            ? "%d tiles at a time, tasks of %d channels".formatted(grid.blockTiles(), outBlock)
            : "%d tasks of %d tiles × %d channels, %d × %d multiplied at a time"
                .formatted(tileCount(), grid.blockTiles(), range, outBlock, inBlock);
    String weights = sharedWeights ? "transformed once" : "transformed for each block";
    return "F(4×4, 3×3), " + cut + ", weights " + weights;
  }
}
