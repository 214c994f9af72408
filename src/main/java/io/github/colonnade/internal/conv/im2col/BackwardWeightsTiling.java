package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.blas.CoreKind;
import io.github.colonnade.internal.conv.Cheapest;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.conv.lowering.ColumnWalk;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.RowKernels;
import io.github.colonnade.internal.memory.WorkspaceCap;
import io.github.colonnade.internal.parallel.PartialSums;

/**
 * How the weights' gradient is cut: its rows, which are the weights of each output channel, and its
 * channels into blocks, the pixels that it is summed over into pieces.
 *
 * @param geometry sizes
 * @param type element type
 * @param lowering lowers the columns of a piece
 * @param gathered how many images a piece spans
 * @param rowBlock weights of a block
 * @param rowBlocks blocks of a group's weights of one output channel
 * @param channelBlock output channels of a block
 * @param channelBlocks blocks of a group's output channels
 * @param pixels the most pixels of a piece
 * @param piecesPerImage pieces of an image, at least 1
 * @param sums parts that the pieces are split into, each with a partial gradient of its own
 * @param transposed whether output gradients are transposed first and the block is multiplied
 *     transposed
 * @param gradientsIndex where a tile's output gradients lie in its workspace: behind the columns
 * @param gradientElements elements of these, where they are gathered or transposed
 * @param workspaceBytes scratch bytes of one tile
 */
record BackwardWeightsTiling(
    ConvGeometry geometry,
    ElementType type,
    ColumnWalk lowering,
    GatheredGradients gathered,
    long rowBlock,
    long rowBlocks,
    long channelBlock,
    long channelBlocks,
    long pixels,
    long piecesPerImage,
    PartialSums.Split sums,
    boolean transposed,
    long gradientsIndex,
    long gradientElements,
    long workspaceBytes)
    implements Tiling {
  private static final long LEAST_CHANNEL_BLOCK = 64;
  private static final long LEAST_ROW_BLOCK = 64;
  private static final long MOST_ROWS = 384;
  private static final long MOST_PIXELS = 1024;
  private static final long PANEL_BYTES = 1 << 20;

  /** What reading a gradient for a block of rows costs, in products. */
  private static final double GRADIENT = 20;

  /** What adding an element of a partial gradient costs, in products. */
  private static final double PARTIAL = 20;

  /**
   * Multiplying the columns by transposed gradients reaches 86 GFLOP/s with 64 channels and 83 with
   * 128, in double precision with AVX-512, where gradients by transposed columns reach 55 and 65.
   * To transpose takes as long as 40 products an element, so there must be many rows to multiply it
   * by. On AMD Zen 3 both multiplies take as long, so nothing is transposed: 0.87 of the time in
   * double and 0.9 in single precision, over 24 layers of 1 to 512 channels.
   */
  private static final long TRANSPOSED_ROWS = 128;

  private static final long TRANSPOSED_CHANNELS = 256;

  /**
   * A 1×1 kernel has few weights beside its gradients, so to transpose them back must be worth
   * while as well: with 784 pixels or more this takes 0.84 to 1 of the time, with 196 1.06 to 1.3
   * (Intel Xeon with AVX-512, family 6 model 167).
   */
  private static final long TRANSPOSED_PIXELS = 512;

  /**
   * Cuts the gradient.
   *
   * @param geometry sizes
   * @param type element type
   * @param cap the most scratch memory: that of a tile, and what the partial gradients share
   */
  static BackwardWeightsTiling of(ConvGeometry geometry, ElementType type, WorkspaceCap cap) {
    long budget = Math.min(PANEL_BYTES, cap.threadBytes()) / type.bytes();
    long rows = Math.clamp(budget / 16, 1, Math.min(MOST_ROWS, geometry.depth()));
    long fewest = Math.ceilDiv(geometry.depth(), rows);
    long most = Math.max(fewest, Math.min(fewest + fewest / 2, ConvolutionTiling.MANY_TILES));
    Cheapest<BackwardWeightsTiling> cuts = new Cheapest<>();
    for (long rowBlocks = fewest; rowBlocks <= most; rowBlocks++) {
      for (long tiles = ConvolutionTiling.enoughTiles(geometry);
          tiles <= ConvolutionTiling.manyTiles(geometry);
          tiles *= 2) {
        BackwardWeightsTiling tiling = of(geometry, type, cap, rowBlocks, tiles);
        cuts.offer(tiling, tiling.cost());
      }
    }
    return cuts.best();
  }

  /** Cuts the gradient into about so many tiles, rows into so many blocks or more. */
  private static BackwardWeightsTiling of(
      ConvGeometry geometry, ElementType type, WorkspaceCap cap, long rowBlocks, long tiles) {
    long most = cap.threadBytes() / type.bytes();
    long budget = Math.min(PANEL_BYTES / type.bytes(), most);
    long groupOut = geometry.groupOutChannels();
    long rowBlock = Math.ceilDiv(geometry.depth(), rowBlocks);
    long wanted = Math.clamp(budget / rowBlock, 1, MOST_PIXELS);
    long room = most - rowBlock * wanted;
    long rowBytes = RowKernels.of(type).heapBytes();
    boolean transposed =
        CoreKind.current() == CoreKind.AVX512
            && rowBlock >= TRANSPOSED_ROWS
            && (!geometry.isPointwise() || geometry.outPixels() >= TRANSPOSED_PIXELS)
            && groupOut <= TRANSPOSED_CHANNELS
            && groupOut * (wanted + rowBlock) + rowBytes / type.bytes() <= room;
    GatheredGradients gathered =
        GatheredGradients.of(
            geometry,
            type,
            wanted,
            transposed ? room - groupOut * rowBlock - rowBytes / type.bytes() : room);
    long pixels = gathered.isUsed() ? gathered.pixels() : Math.min(wanted, geometry.outPlane());
    long weights = geometry.weights();
    long pieces =
        gathered.isUsed() ? gathered.tiles() : geometry.batch() * piecesPerImage(geometry, pixels);
    PartialSums.Split one = PartialSums.Split.whole(type, weights, pieces);
    BackwardWeightsTiling whole =
        cut(
            geometry,
            type,
            gathered,
            rowBlock,
            groupOut,
            pixels,
            one,
            transposed,
            cap.threadBytes());
    // Splitting the pixels costs a sum of partial gradients; splitting rows reads the output's
    // gradients once for each block; splitting channels would lower every pixel once for each, so
    // it is the last choice.
    long owned = geometry.groups() * whole.rowBlocks;
    long forPartials =
        cap.sharedBytesBeside(whole.workspaceBytes + whole.lowering.heapBytes() + rowBytes);
    PartialSums.Split sums = one.split(Math.ceilDiv(tiles, owned), forPartials);
    long wantedBlocks = Math.ceilDiv(tiles, owned * sums.parts());
    boolean rowsFirst = whole.isLowered() && !transposed;
    long rowParts = rowsFirst ? Math.clamp(rowBlock / LEAST_ROW_BLOCK, 1, wantedBlocks) : 1;
    wantedBlocks = Math.ceilDiv(wantedBlocks, rowParts);
    long blocks = Math.clamp(groupOut / LEAST_CHANNEL_BLOCK, 1, wantedBlocks);
    return cut(
        geometry,
        type,
        gathered,
        Math.ceilDiv(rowBlock, rowParts),
        Math.ceilDiv(groupOut, blocks),
        pixels,
        sums,
        transposed,
        cap.threadBytesBeside(sums.bytes()));
  }

  /** Returns the work of all tiles, in that of their products. */
  private double cost() {
    double columns = ColumnCost.current().column(geometry) / channelBlock;
    double gradients = GRADIENT / rowBlock;
    double partials = sums.parts() == 1 ? 0 : PARTIAL * sums.parts() / geometry.outPixels();
    double tiles = (double) geometry.groups() * channelBlocks * rowBlocks * sums.parts();
    return (1 + columns + gradients + partials) * ConvolutionTiling.waiting(geometry, tiles);
  }

  private static BackwardWeightsTiling cut(
      ConvGeometry geometry,
      ElementType type,
      GatheredGradients gathered,
      long rowBlock,
      long channelBlock,
      long pixels,
      PartialSums.Split sums,
      boolean transposed,
      long maxWorkspaceBytes) {
    long columns = isLowered(geometry, gathered) ? rowBlock * pixels : 0;
    long gradients = gathered.isUsed() || transposed ? geometry.groupOutChannels() * pixels : 0;
    long block = transposed ? rowBlock * channelBlock : 0;
    long bytes = (columns + gradients + block) * type.bytes();
    long rowBytes = transposed || sums.parts() > 1 ? RowKernels.of(type).heapBytes() : 0;
    return new BackwardWeightsTiling(
        geometry,
        type,
        ColumnWalk.lowering(geometry, type, pixels, maxWorkspaceBytes - bytes - rowBytes),
        gathered,
        rowBlock,
        Math.ceilDiv(geometry.depth(), rowBlock),
        channelBlock,
        Math.ceilDiv(geometry.groupOutChannels(), channelBlock),
        pixels,
        Math.max(1, piecesPerImage(geometry, pixels)),
        sums,
        transposed,
        columns,
        gradients,
        bytes);
  }

  private static long piecesPerImage(ConvGeometry geometry, long pixels) {
    return Math.ceilDiv(geometry.outPlane(), Math.max(1, pixels));
  }

  /** Returns whether columns are lowered, otherwise the input itself is multiplied. */
  boolean isLowered() {
    return isLowered(geometry, gathered);
  }

  private static boolean isLowered(ConvGeometry geometry, GatheredGradients gathered) {
    return gathered.isUsed() || !geometry.isPointwise();
  }

  /** Returns where a tile's transposed block lies in its workspace. */
  long blockIndex() {
    return gradientsIndex + gradientElements;
  }

  @Override
  public long heapBytes() {
    long rows = transposed || sums.parts() > 1 ? RowKernels.of(type).heapBytes() : 0;
    return (isLowered() ? lowering.heapBytes() : 0) + rows;
  }

  @Override
  public long sharedBytes() {
    return sums.bytes();
  }

  @Override
  public long tileCount() {
    return geometry.groups() * channelBlocks * rowBlocks * sums.parts();
  }

  @Override
  public String describe() {
    return tileCount()
        + " tiles of "
        + channelBlock
        + " channels × "
        + rowBlock
        + " weights, "
        + pixels
        + " pixels at a time"
        + (transposed ? ", gradients transposed" : "")
        + (sums.parts() > 1 ? ", pixels split " + sums.parts() + " ways" : "")
        + (gathered.isUsed() ? ", several images a tile" : "");
  }
}
