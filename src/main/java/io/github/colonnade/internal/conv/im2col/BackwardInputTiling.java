package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.conv.lowering.ColumnWalk;
import io.github.colonnade.internal.memory.ElementType;

/**
 * How the input's gradient is cut where columns are scattered: input channels into blocks, output
 * pixels into panels, and where channels and images are few, planes into bands of output rows.
 *
 * @param geometry sizes
 * @param type element type
 * @param col2im adds the columns of a panel to the pixels that they stand for
 * @param gathered how many images a panel spans
 * @param channelBlock input channels of a block
 * @param channelBlocks blocks of a group's input channels
 * @param pixels the most output pixels of a panel
 * @param bandRows output rows of a band
 * @param bands bands of a plane
 * @param turnedBytes scratch memory of {@link Gemm#multiplyTurned}, or 0 where it is not used
 */
record BackwardInputTiling(
    ConvGeometry geometry,
    ElementType type,
    ColumnWalk col2im,
    GatheredGradients gathered,
    long channelBlock,
    long channelBlocks,
    long pixels,
    long bandRows,
    long bands,
    long turnedBytes)
    implements Tiling {
  private static final long LEAST_PIXELS = 16;
  private static final long MOST_PIXELS = 1024;
  private static final long MOST_ROWS = 256;
  private static final long PANEL_BYTES = 1 << 20;

  /** What reading a gradient for a block of channels costs, in products. */
  private static final double GRADIENT = 20;

  /**
   * Cuts the gradient into tiles.
   *
   * @param geometry sizes
   * @param type element type
   * @param maxWorkspaceBytes the most scratch memory of one tile
   */
  static BackwardInputTiling of(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    long images = Math.max(1, geometry.batch() * geometry.groups());
    BackwardInputTiling tiling = of(geometry, type, maxWorkspaceBytes, images);
    // Tiles of several images are fewer than it was cut for.
    return tiling.gathered.isUsed()
        ? of(geometry, type, maxWorkspaceBytes, tiling.imageTiles() * geometry.groups())
        : tiling;
  }

  /** Cuts the gradient in the way that costs least, where so many images are apart. */
  private static BackwardInputTiling of(
      ConvGeometry geometry, ElementType type, long maxWorkspaceBytes, long images) {
    long budget = Math.min(PANEL_BYTES, maxWorkspaceBytes) / type.bytes();
    long kernelArea = geometry.kernelPlane();
    long rows = Math.max(kernelArea, Math.min(MOST_ROWS, budget / LEAST_PIXELS));
    long groupIn = geometry.groupInChannels();
    long whole = Math.clamp(rows / kernelArea, 1, groupIn);
    long fewest = Math.ceilDiv(groupIn, whole);
    long wantedTiles = ConvolutionTiling.enoughTiles(geometry);
    long enough = Math.clamp(Math.ceilDiv(wantedTiles, images), fewest, groupIn);
    long channelBlock = whole;
    long bandRows = geometry.outH();
    double least = Double.POSITIVE_INFINITY;
    double weight = ColumnCost.current().turnedWeight();
    long mostBlocks = Math.max(enough, Math.min(2 * enough, ConvolutionTiling.MANY_TILES));
    for (long blocks = fewest; blocks <= mostBlocks; blocks++) {
      long channels = Math.max(1, Math.ceilDiv(groupIn, blocks));
      double gradients = GRADIENT / (channels * kernelArea);
      double made = (double) images * Math.ceilDiv(groupIn, channels);
      // Bands keep the multiply whole; each second one is added after the others.
      long pairs = Math.max(1, (long) Math.ceil(wantedTiles / made));
      long bands = Math.min(2 * pairs, geometry.outH() / leastBandRows(geometry));
      for (long pair = 1; pair <= Math.max(1, bands / 2); pair++) {
        long outRows = pair == 1 ? geometry.outH() : Math.ceilDiv(geometry.outH(), 2 * pair);
        long most = Math.clamp(budget / (channels * kernelArea), 1, MOST_PIXELS);
        double weights = weight / Math.clamp(outRows * geometry.outW(), 1, most);
        double cost = (1 + gradients + weights) * ConvolutionTiling.waiting(geometry, made * pair);
        if (cost < least) {
          least = cost;
          channelBlock = channels;
          bandRows = outRows;
        }
      }
    }
    long bands = Math.max(1, Math.ceilDiv(geometry.outH(), Math.max(1, bandRows)));
    long panelRows = channelBlock * kernelArea;
    long wanted = Math.clamp(budget / panelRows, 1, MOST_PIXELS);
    GatheredGradients gathered =
        GatheredGradients.of(
            geometry,
            type,
            bands > 1 ? 0 : wanted,
            maxWorkspaceBytes / type.bytes() - panelRows * wanted);
    long pixels = gathered.isUsed() ? gathered.pixels() : Math.min(wanted, geometry.outPlane());
    long bytes = (panelRows * pixels + gathered.elements()) * type.bytes();
    long turnedBytes =
        Gemm.turnedBytes(
            type,
            panelRows,
            pixels,
            geometry.groupOutChannels(),
            geometry.depth(),
            maxWorkspaceBytes - bytes);
    return new BackwardInputTiling(
        geometry,
        type,
        ColumnWalk.col2im(geometry, type, pixels, maxWorkspaceBytes - bytes - turnedBytes),
        gathered,
        channelBlock,
        Math.ceilDiv(groupIn, channelBlock),
        pixels,
        bandRows,
        bands,
        turnedBytes);
  }

  /** Returns the rows of the output from which on no window reaches over a whole band. */
  private static long leastBandRows(ConvGeometry geometry) {
    long beyond = geometry.vertical().reach() - geometry.strideH();
    return Math.max(1, Math.floorDiv(beyond, geometry.strideH()) + 1);
  }

  /** Returns the input row that the windows of a band begin with. */
  long firstRow(long band) {
    if (band == 0) {
      return 0;
    }
    long row = band * bandRows * geometry.strideH() - geometry.padTop();
    return band >= bands ? geometry.inH() : Math.clamp(row, 0, geometry.inH());
  }

  /**
   * Returns the least {@code maxWorkspaceBytes} for these sizes: one channel's columns of one
   * pixel.
   *
   * @param geometry sizes
   * @param type element type
   * @return bytes
   */
  static long leastWorkspaceBytes(ConvGeometry geometry, ElementType type) {
    return geometry.kernelPlane() * type.bytes();
  }

  @Override
  public long workspaceBytes() {
    return turnedIndex() * type.bytes() + turnedBytes;
  }

  /** Returns where the weights are copied to, in elements of the workspace. */
  long turnedIndex() {
    return channelBlock * geometry.kernelPlane() * pixels + gathered.elements();
  }

  @Override
  public long heapBytes() {
    return col2im.heapBytes();
  }

  @Override
  public String describe() {
    return tileCount()
        + " tiles of "
        + channelBlock
        + " channels, "
        + pixels
        + " pixels at a time"
        + (bands > 1 ? ", " + bands + " bands of rows" : "")
        + (gathered.isUsed() ? ", several images a tile" : "");
  }

  private long imageTiles() {
    return gathered.isUsed() ? gathered.tiles() : geometry.batch();
  }

  @Override
  public long tileCount() {
    return tileCount(evenBands());
  }

  /** Returns the tiles of a phase that takes so many bands of each plane. */
  long tileCount(long phaseBands) {
    return imageTiles() * geometry.groups() * channelBlocks * phaseBands;
  }

  long evenBands() {
    return bands - bands / 2;
  }

  long oddBands() {
    return bands / 2;
  }
}
