package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;

/**
 * How a 3×3 convolution by Winograd is cut: output tiles into blocks, output channels into ranges
 * and blocks, input channels into blocks; and where the tiles lie.
 *
 * <p>A task takes a block of tiles and a range of output channels. Where one block holds all input
 * channels, the tiles are transformed once for the whole range, otherwise the range is one block.
 *
 * @param geometry sizes of a 3×3 convolution of stride 1
 * @param type element type
 * @param transposed whether the weight lies as {@code [C, O/groups, 3, 3]} and is turned by half a
 *     turn, as in the input's gradient
 * @param outputs m, the outputs along one side of a tile
 * @param rowTiles tiles along one row of tiles
 * @param tileRows rows of tiles in the batch
 * @param blocksPerRow blocks that a row of tiles is cut into; 1 where blocks run over rows
 * @param tileBlock tiles of a block
 * @param tileBlocks blocks of the batch
 * @param range output channels of a task
 * @param outBlock output channels of a multiply
 * @param inBlock input channels of a multiply
 * @param sharedWeights whether the weights are transformed once, beforehand
 */
record WinogradTiling(
    ConvGeometry geometry,
    ElementType type,
    boolean transposed,
    int outputs,
    long rowTiles,
    long tileRows,
    long blocksPerRow,
    long tileBlock,
    long tileBlocks,
    long range,
    long outBlock,
    long inBlock,
    boolean sharedWeights)
    implements Tiling {

  /** Blocks are whole vectors wide wherever there are tiles enough. */
  private static final long LANES = 16;

  private static final long MOST_TILES = 256;

  // Nanoseconds of F(4×4), measured on one core with AVX-512 in double precision with the portable
  // transforms; only their ratios matter, and those of single precision are much the same.
  private static final double MULTIPLY = 0.032;
  private static final double TRANSFORM_INPUT = 65;
  private static final double TRANSFORM_WEIGHTS = 30;
  private static final double TRANSFORM_OUTPUT = 35;

  /** What starting a multiply of OpenBLAS costs, as rows, columns and depth too few. */
  private static final double STARTUP = 6;

  /** Returns the cut that should be the fastest within {@code maxBytes}, or null if none fits. */
  static WinogradTiling of(
      ConvGeometry geometry, ElementType type, boolean transposed, long maxBytes) {
    int outputs = outputs(type);
    long rowTiles = rowTiles(geometry, outputs);
    long tileRows = tileRows(geometry, outputs);
    WinogradTiling best = null;
    double least = Double.POSITIVE_INFINITY;
    for (long tiles = 1; tiles <= MOST_TILES; tiles = tiles < LANES ? 2 * tiles : tiles + LANES) {
      for (long out = geometry.groupOutChannels(); out > 0; out = half(out)) {
        for (long in = geometry.groupInChannels(); in > 0; in = half(in)) {
          for (int shared = 0; shared < 2; shared++) {
            long ranges = in == geometry.groupInChannels() ? geometry.groupOutChannels() : out;
            for (long range = out; range <= ranges; range = next(range, ranges)) {
              WinogradTiling cut =
                  cut(
                      geometry,
                      type,
                      transposed,
                      rowTiles,
                      tileRows,
                      tiles,
                      range,
                      out,
                      in,
                      shared == 1);
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

  /** Returns the same cut, with the weights transformed once. */
  WinogradTiling withSharedWeights() {
    return new WinogradTiling(
        geometry,
        type,
        transposed,
        outputs,
        rowTiles,
        tileRows,
        blocksPerRow,
        tileBlock,
        tileBlocks,
        range,
        outBlock,
        inBlock,
        /* sharedWeights= */ true);
  }

  /** Returns the outputs along one side of a tile. */
  static int outputs(ElementType type) {
    return type == ElementType.F64 ? 4 : 2;
  }

  /** Returns the next smaller block of channels, or 0 after the least. */
  private static long half(long block) {
    return block == 1 ? 0 : Math.ceilDiv(block, 2);
  }

  private static long rowTiles(ConvGeometry geometry, int outputs) {
    return interleaved(geometry.outW(), geometry.dilationW(), outputs);
  }

  private static long tileRows(ConvGeometry geometry, int outputs) {
    return geometry.batch() * interleaved(geometry.outH(), geometry.dilationH(), outputs);
  }

  /** Returns the tiles along one side of all the convolutions that interleave. */
  private static long interleaved(long size, long dilation, int outputs) {
    return sideTiles(size, dilation, outputs) * Math.min(dilation, size);
  }

  /** Returns the tiles along one side of one of them. */
  static long sideTiles(long size, long dilation, int outputs) {
    return Math.ceilDiv(Math.ceilDiv(size, dilation), outputs);
  }

  /** Returns the tiles of a convolution. */
  static long tiles(ConvGeometry geometry, int outputs) {
    return rowTiles(geometry, outputs) * tileRows(geometry, outputs);
  }

  /** Returns the least {@code maxBytes} that can be planned with: one channel, tile by tile. */
  static long leastBytes(ConvGeometry geometry, ElementType type) {
    return cut(geometry, type, false, 1, 1, 1, 1, 1, 1, false).bytes();
  }

  private static long next(long range, long most) {
    return range == most ? most + 1 : Math.min(2 * range, most);
  }

  private static WinogradTiling cut(
      ConvGeometry geometry,
      ElementType type,
      boolean transposed,
      long rowTiles,
      long tileRows,
      long tiles,
      long range,
      long out,
      long in,
      boolean shared) {
    long blocksPerRow = 1;
    long block = tiles;
    long blocks;
    if (rowTiles > tiles) {
      blocksPerRow = Math.ceilDiv(rowTiles, tiles);
      block = Math.ceilDiv(rowTiles, blocksPerRow);
      blocksPerRow = Math.ceilDiv(rowTiles, block);
      blocks = tileRows * blocksPerRow;
    } else {
      block = Math.min(tiles, Math.max(1, tileRows * rowTiles));
      blocks = Math.ceilDiv(tileRows * rowTiles, block);
    }
    return new WinogradTiling(
        geometry,
        type,
        transposed,
        outputs(type),
        rowTiles,
        tileRows,
        blocksPerRow,
        block,
        blocks,
        range,
        out,
        in,
        shared);
  }

  /** Estimates nanoseconds of one call for each output channel, input channel and tile. */
  private double cost() {
    double frequencies = frequencies();
    long tiles = Math.max(1, tileRows * rowTiles);
    double filled = (double) tiles / Math.max(1, tileBlocks * Math.min(tileBlock, tiles));
    double multiply =
        frequencies
            * MULTIPLY
            * (1 + STARTUP / tileBlock)
            * (1 + STARTUP / outBlock)
            * (1 + STARTUP / inBlock);
    double scale = frequencies / 36;
    double input = scale * TRANSFORM_INPUT / range;
    double weights = scale * TRANSFORM_WEIGHTS / (double) (sharedWeights ? tiles : tileBlock);
    double output = scale * TRANSFORM_OUTPUT / geometry.groupInChannels();
    // The last task of several threads runs alone for half its time on average.
    double idle = 1 + 1.0 / Math.max(1, tileCount());
    return (multiply + input + weights + output) / filled * idle;
  }

  /** Returns how often a multiply is done for a tile: once for each frequency. */
  int frequencies() {
    return (outputs + 2) * (outputs + 2);
  }

  long ranges() {
    return Math.ceilDiv(geometry.groupOutChannels(), range);
  }

  /** Returns the tasks of a call. */
  @Override
  public long tileCount() {
    return tileBlocks * ranges() * geometry.groups();
  }

  /** Returns the tiles of the output. */
  long outputTiles() {
    return tileRows * rowTiles;
  }

  /** Returns the elements from a frequency of a block's tiles to the next. */
  long inputStride() {
    return apart(inBlock * tileBlock);
  }

  /** Returns the elements from a frequency of the weights to the next. */
  long weightStride() {
    return apart(
        sharedWeights ? geometry.outChannels() * geometry.groupInChannels() : outBlock * inBlock);
  }

  /** Returns the elements from a frequency of the products to the next. */
  long productStride() {
    return apart(outBlock * tileBlock);
  }

  /** Rounds to an odd number of cache lines, so that the frequencies use all sets of the cache. */
  private long apart(long elements) {
    long line = 64 / type.bytes();
    return (Math.ceilDiv(elements, line) | 1) * line;
  }

  @Override
  public long sharedBytes() {
    return sharedWeights ? frequencies() * weightStride() * type.bytes() : 0;
  }

  @Override
  public long workspaceBytes() {
    long weights = sharedWeights ? 0 : weightStride();
    return frequencies() * (inputStride() + weights + productStride()) * type.bytes();
  }

  private long bytes() {
    // Both parts are laid out in multiples of 128.
    return sharedBytes() + workspaceBytes() + heapBytes() + 128;
  }

  @Override
  public long heapBytes() {
    return WinogradBlock.heapBytes(this);
  }

  @Override
  public String describe() {
    String block = Math.min(tileBlock, outputTiles()) + " tiles × ";
    return "F(%d×%<d, 3×3), %d tasks of %s%d channels, %d × %d multiplied at a time, weights %s"
        .formatted(
            outputs,
            tileCount(),
            block,
            range,
            outBlock,
            inBlock,
            sharedWeights ? "transformed once" : "transformed for each block");
  }

  /** Returns the most tiles of a block. */
  int blockTiles() {
    return (int) Math.min(tileBlock, Math.max(1, outputTiles()));
  }

  /** Returns the most elements of the image that a block of tiles is gathered from. */
  long planeElements() {
    long m = outputs;
    long rows = 2 + tileBlock / rowTiles;
    long columns = Math.min(tileBlock, rowTiles);
    // A row of tiles holds those of every interleaved convolution.
    long width = (columns * m + 2) * geometry.dilationW();
    return rows * (m + 2) * geometry.dilationH() * width;
  }

  /** Returns the tiles of one row that belong to one of the interleaved convolutions. */
  long runTiles() {
    return rowTiles / Math.min(geometry.dilationW(), geometry.outW());
  }

  long imageRows() {
    return geometry.batch() == 0 ? 1 : tileRows / geometry.batch();
  }

  /** Returns the rows of one image's tiles that belong to one of the interleaved convolutions. */
  long bandRows() {
    return imageRows() / Math.min(geometry.dilationH(), geometry.outH());
  }

  /** Returns the first output row of a row of tiles. */
  long outRow(long tileRow) {
    long row = tileRow % imageRows();
    return row / bandRows() + row % bandRows() * outputs * geometry.dilationH();
  }

  /** Returns the first output column of a tile. */
  long outColumn(long column) {
    return column / runTiles() + column % runTiles() * outputs * geometry.dilationW();
  }
}
