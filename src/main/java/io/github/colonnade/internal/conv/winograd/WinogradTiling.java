package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;

/**
 * How a 3×3 convolution by Winograd is cut: output tiles into blocks, output channels into ranges
 * and blocks, input channels into blocks.
 *
 * <p>A task takes a block of tiles and a range of output channels. Where one block holds all input
 * channels, the tiles are transformed once for the whole range, otherwise the range is one block.
 *
 * @param grid where the tiles lie
 * @param transposed whether the weight lies as {@code [C, O/groups, 3, 3]} and is turned by half a
 *     turn, as in the input's gradient
 * @param range output channels of a task
 * @param outBlock output channels of a multiply
 * @param inBlock input channels of a multiply
 * @param sharedWeights whether the weights are transformed once, beforehand
 */
record WinogradTiling(
    TileGrid grid,
    boolean transposed,
    long range,
    long outBlock,
    long inBlock,
    boolean sharedWeights)
    implements Tiling {

  private static final long MOST_TILES = 256;

  /** Blocks of fewer tiles than this are powers of two, others multiples of it. */
  private static final long MANY_TILES = 16;

  /** Returns the cut that should be the fastest within {@code maxBytes}, or null if none fits. */
  static WinogradTiling of(
      ConvGeometry geometry, ElementType type, boolean transposed, long maxBytes) {
    WinogradTiling best = null;
    double least = Double.POSITIVE_INFINITY;
    for (long tiles = 1; tiles <= MOST_TILES; tiles += tiles < MANY_TILES ? tiles : MANY_TILES) {
      TileGrid grid = TileGrid.of(geometry, type, tiles);
      for (long out = geometry.groupOutChannels(); out > 0; out = half(out)) {
        for (long in = geometry.groupInChannels(); in > 0; in = half(in)) {
          for (int shared = 0; shared < 2; shared++) {
            long ranges = in == geometry.groupInChannels() ? geometry.groupOutChannels() : out;
            for (long range = out; range <= ranges; range = next(range, ranges)) {
              WinogradTiling cut =
                  new WinogradTiling(grid, transposed, range, out, in, shared == 1);
              if (cut.bytes() <= maxBytes) {
                double cost = cut.cost();
                if (cost < least) {
                  least = cost;
                  best = cut;
                }
              }
            }
          }
        }
      }
    }
    return best;
  }

  /** Returns the next smaller block of channels, or 0 after the least. */
  private static long half(long block) {
    return block == 1 ? 0 : Math.ceilDiv(block, 2);
  }

  private static long next(long range, long most) {
    return range == most ? most + 1 : Math.min(2 * range, most);
  }

  /** Returns the least {@code maxBytes} that can be planned with: one channel, tile by tile. */
  static long leastBytes(ConvGeometry geometry, ElementType type) {
    return new WinogradTiling(TileGrid.of(geometry, type, 1), false, 1, 1, 1, false).bytes();
  }

  /** Estimates nanoseconds of one call for each output channel, input channel and tile. */
  private double cost() {
    WinogradCost cost = WinogradCost.of(type());
    double multiply = cost.multiply(outBlock, grid.blockTiles(), inBlock);
    double input = cost.input() / range;
    double weights = cost.weights() / (sharedWeights ? grid.tiles() : grid.blockTiles());
    double output = cost.output() / geometry().groupInChannels();
    // The last task of several threads runs alone for half its time on average.
    double idle = 1 + 1.0 / Math.max(1, tileCount());
    return (multiply + input + weights + output) / grid.filled() * idle;
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

  /** Returns the tasks of a call. */
  @Override
  public long tileCount() {
    return grid.blocks() * ranges() * geometry().groups();
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
    return inBlock * channelStride();
  }

  /** Returns where a task's own weights lie behind the start of its workspace. */
  long weights() {
    return products() + outBlock * channelStride();
  }

  /** Rounds to an odd number of cache lines, which use all sets of the cache. */
  static long apart(ElementType type, long elements) {
    long line = 64 / type.bytes();
    return (Math.ceilDiv(elements, line) | 1) * line;
  }

  @Override
  public long sharedBytes() {
    return sharedWeights ? WinogradTransform.FREQUENCIES * weightStride() * type().bytes() : 0;
  }

  @Override
  public long workspaceBytes() {
    long own = sharedWeights ? 0 : WinogradTransform.FREQUENCIES * weightStride();
    return (weights() + own) * type().bytes();
  }

  private long bytes() {
    // Both parts are laid out in multiples of 128.
    return sharedBytes() + workspaceBytes() + heapBytes() + 128;
  }

  @Override
  public long heapBytes() {
    return WinogradBlock.heapBytes(grid);
  }

  @Override
  public String describe() {
    return "F(4×4, 3×3), %d tasks of %d tiles × %d channels, %d × %d multiplied at a time, weights %s"
        .formatted(
            tileCount(),
            grid.blockTiles(),
            range,
            outBlock,
            inBlock,
            sharedWeights ? "transformed once" : "transformed for each block");
  }
}
