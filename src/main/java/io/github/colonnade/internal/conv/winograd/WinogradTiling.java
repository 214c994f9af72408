package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.conv.Cheapest;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceCap;
import io.github.colonnade.internal.parallel.Idle;
import java.util.List;

/**
 * How a 3×3 convolution by Winograd is cut: output tiles into blocks, output channels into ranges
 * and blocks, input channels into blocks.
 *
 * <p>Where tasks share tiles, blocks of these are taken one after another, and a task is a block of
 * output channels. Where they share all, these blocks too are taken in turn, and a task multiplies
 * one frequency of a group. Where they share nothing, a task takes a block of tiles and a range of
 * output channels: where one block holds all input channels, the tiles are transformed once for the
 * whole range, otherwise the range is one block.
 *
 * @param grid where the tiles lie
 * @param transposed whether the weight lies as {@code [C, O/groups, 3, 3]} and is turned by half a
 *     turn, as in the input's gradient
 * @param range output channels of a task; those of a multiply where tasks share tiles
 * @param outBlock output channels of a multiply
 * @param inBlock input channels of a multiply
 * @param sharedWeights whether the weights are transformed once, beforehand
 * @param sharing what tasks share of a block of tiles
 */
record WinogradTiling(
    TileGrid grid,
    boolean transposed,
    long range,
    long outBlock,
    long inBlock,
    boolean sharedWeights,
    Sharing sharing)
    implements Tiling {

  private static final long MOST_TILES = 256;

  private static final List<Sharing> SHARING = List.of(Sharing.TILES, Sharing.ALL);

  /** Channels times tiles that a task transforms, where tasks share the tiles. */
  static final long TILES_TOGETHER = 512;

  /** Nanoseconds that threads wait for each other between two phases. */
  static final double MEETING = 10_000;

  /** Blocks of fewer tiles than this are powers of two, others multiples of it. */
  private static final long MANY_TILES = 16;

  /** Rows that are a multiple of so many cache lines apart compete for few sets of the cache. */
  private static final long FEW_LINES = 16;

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
          for (Sharing sharing : SHARING) {
            offer(cuts, cap, new WinogradTiling(grid, transposed, out, out, all, once, sharing));
          }
          for (long in = all; in > 0; in = half(in)) {
            long ranges = in == all ? geometry.groupOutChannels() : out;
            for (long range = out; range <= ranges; range = next(range, ranges)) {
              offer(
                  cuts,
                  cap,
                  new WinogradTiling(grid, transposed, range, out, in, once, Sharing.NOTHING));
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
    return new WinogradTiling(
            TileGrid.of(geometry, type, 1), false, 1, 1, 1, false, Sharing.NOTHING)
        .ownBytes();
  }

  /** Estimates nanoseconds of one call for each output channel, input channel and tile. */
  private double cost() {
    WinogradCost cost = WinogradCost.of(type());
    double outs = geometry().groupOutChannels();
    double ins = geometry().groupInChannels();
    long columns = Gemm.paddedColumns(type(), grid.blockTiles());
    double multiply =
        cost.multiply(outBlock, columns, inBlock) * columns / Math.max(1, grid.blockTiles());
    double input = cost.input() / range;
    double transfer = 0;
    double meetings = 0;
    if (sharing != Sharing.NOTHING) {
      double together = sharesAll() ? outBlock : outs;
      input = cost.input() / outs + cost.transfer() / together;
      transfer = sharesAll() ? cost.transfer() : 0;
      meetings = 2 * MEETING / (together * ins * grid.blockTiles());
    }
    double weights =
        (cost.weights() + transfer) / (sharedWeights ? grid.tiles() : grid.blockTiles());
    double output = (cost.output() + transfer) / ins;
    double time = (multiply + input + weights + output + meetings) / grid.filled();
    return time * Idle.of(tileCount());
  }

  /** Returns the same cut, with the weights transformed once. */
  WinogradTiling withSharedWeights() {
    return new WinogradTiling(
        grid, transposed, range, outBlock, inBlock, /* sharedWeights= */ true, sharing);
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

  /** Returns whether tasks share tiles, weights and products. */
  boolean sharesAll() {
    return sharing == Sharing.ALL;
  }

  /** Returns the tasks of a call; where they share tiles, of the multiplies of one block. */
  @Override
  public long tileCount() {
    long groups = geometry().groups();
    return switch (sharing) {
      case NOTHING -> grid.blocks() * ranges() * groups;
      case TILES -> Math.min(1, grid.blocks()) * groups * outBlocks();
      case ALL -> Math.min(1, grid.blocks()) * groups * WinogradTransform.FREQUENCIES;
    };
  }

  /** Returns the blocks that a group's output channels are cut into. */
  long outBlocks() {
    return Math.ceilDiv(geometry().groupOutChannels(), outBlock);
  }

  /** Returns the steps of a block of tiles that tasks share: of blocks of output channels. */
  long blockSteps() {
    return sharesAll() ? outBlocks() : 1;
  }

  /** Returns the steps of all blocks of tiles. */
  long steps() {
    return grid.blocks() * blockSteps();
  }

  /** Returns the tasks that transform a block's tiles, where tasks share them. */
  long inputTasks() {
    return Math.ceilDiv(geometry().inChannels(), channelsTogether());
  }

  /** Returns the channels whose tiles, or products, one task transforms, where tasks share them. */
  long channelsTogether() {
    return Math.max(1, TILES_TOGETHER / grid.blockTiles());
  }

  /** Returns the elements from a channel of a block's tiles, or products, to the next. */
  long channelStride() {
    return row(type(), WinogradTransform.whole(type(), grid.blockTiles()));
  }

  /** Returns the elements from a frequency of a block's tiles to the next. */
  long inputStride() {
    return apart(
        type(), (sharing == Sharing.NOTHING ? inBlock : geometry().inChannels()) * channelStride());
  }

  /** Returns the elements from a frequency of a block's products to the next. */
  long productStride() {
    return apart(type(), sharedGroups() * outBlock * channelStride());
  }

  /** Returns the groups whose products, and own weights, lie together. */
  private long sharedGroups() {
    return sharesAll() ? geometry().groups() : 1;
  }

  /** Returns the elements from a frequency of the weights to the next. */
  long weightStride() {
    return apart(type(), weightGroups() * weightRows() * weightRow());
  }

  /** Returns the groups whose weights lie together. */
  private long weightGroups() {
    return sharedWeights ? geometry().groups() : sharedGroups();
  }

  /** Returns the rows of a group's weights: its output, or transposed its input channels. */
  long weightRows() {
    if (transposed) {
      return sharedWeights ? geometry().groupInChannels() : inBlock;
    }
    return sharedWeights ? geometry().groupOutChannels() : outBlock;
  }

  /** Returns the elements from a row of the weights to the next. */
  long weightRow() {
    if (transposed) {
      return row(type(), sharedWeights ? geometry().groupOutChannels() : outBlock);
    }
    return sharedWeights ? geometry().groupInChannels() : inBlock;
  }

  private long inputElements() {
    return WinogradTransform.FREQUENCIES * inputStride();
  }

  /** Returns where the products lie: behind the inputs' tiles, unless only these are shared. */
  long products() {
    return sharing == Sharing.TILES ? 0 : inputElements();
  }

  /** Returns where a block's weights lie: behind the products. */
  long blockWeights() {
    return products() + WinogradTransform.FREQUENCIES * productStride();
  }

  /** Returns the end of what lies with the products. */
  private long blockElements() {
    return blockWeights() + (sharedWeights ? 0 : WinogradTransform.FREQUENCIES * weightStride());
  }

  /** Returns where all weights lie in the workspace, transformed once: behind a shared block. */
  long sharedWeightIndex() {
    return switch (sharing) {
      case NOTHING -> 0;
      case TILES -> inputElements();
      case ALL -> blockElements();
    };
  }

  /** Returns the bytes of the weights, where they are transformed once. */
  long weightBytes() {
    return sharedWeights ? WinogradTransform.FREQUENCIES * weightStride() * type().bytes() : 0;
  }

  /** Adds a cache line to a row of a matrix where others would compete with it for few sets. */
  static long row(ElementType type, long elements) {
    long line = 64 / type.bytes();
    return elements % (FEW_LINES * line) == 0 ? elements + line : elements;
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
    // Some, where tasks share all, for columns that may take over.
    return sharesAll() ? heapBytes() : blockElements() * type().bytes();
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
        switch (sharing) {
          case NOTHING ->
              "%d tasks of %d tiles × %d channels, %d × %d multiplied at a time"
                  .formatted(tileCount(), grid.blockTiles(), range, outBlock, inBlock);
          case TILES ->
              "%d tiles at a time, tasks of %d channels".formatted(grid.blockTiles(), outBlock);
          case ALL ->
              "%d tiles × %d channels at a time, tasks of a frequency"
                  .formatted(grid.blockTiles(), outBlock);
        };
    String weights = sharedWeights ? "transformed once" : "transformed for each block";
    return "F(4×4, 3×3), " + cut + ", weights " + weights;
  }
}
