package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.conv.Cheapest;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.conv.lowering.ColumnWalk;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Parts;
import io.github.colonnade.internal.memory.WorkspaceCap;

/**
 * How a convolution of few pixels and many channels is cut: all threads lower a panel of the
 * columns together, then multiply it tile by tile. So columns are lowered once, not once for each
 * block of output channels.
 *
 * @param geometry sizes
 * @param type element type
 * @param turned whether the weight lies as {@code [C, O/groups]}, its kernel being 1×1
 * @param lowering lowers the columns of a panel
 * @param images images whose pixels lie side by side in a panel
 * @param panelRows rows of a panel
 * @param channelBlock output channels of a tile
 * @param pixelBlock pixels of a tile
 */
record PanelTiling(
    ConvGeometry geometry,
    ElementType type,
    boolean turned,
    ColumnWalk lowering,
    long images,
    long panelRows,
    long channelBlock,
    long pixelBlock)
    implements Tiling {
  /** Pixels of a panel at most. */
  private static final long MOST_PIXELS = 1024;

  /** A panel of so many bytes stays in cache while all threads read it. */
  private static final long PANEL_BYTES = 512 << 10;

  /** Parts that a panel is lowered in. */
  private static final long LOWERING_TILES = 16;

  private static final long LEAST_BLOCK = 16;

  /**
   * Part of the estimated time that panels must save to be worth their phases. On AMD Zen 3 they
   * then took 0.44 to 0.95 of the time in single precision.
   */
  private static final double LEAST_SAVING = 0.1;

  /**
   * Cuts a convolution.
   *
   * @param cap scratch memory at most
   * @param apart how it is cut where every tile lowers what it needs
   * @return null where that takes about as long, or panels do not fit
   */
  static PanelTiling of(WorkspaceCap cap, ConvolutionTiling apart) {
    ConvGeometry geometry = apart.geometry();
    long plane = geometry.outPlane();
    if (apart.depthBlock() == 0
        || apart.spread() != null
        || apart.channelBlocks() == 1
        || geometry.outPixels() == 0
        || plane > MOST_PIXELS) {
      return null;
    }
    long images = Parts.evenSize(geometry.batch(), MOST_PIXELS / plane);
    long pixels = images * plane;
    long many = ConvolutionTiling.manyTiles(geometry);
    Cheapest<PanelTiling> cuts = new Cheapest<>();
    for (long tiles = ConvolutionTiling.enoughTiles(geometry); tiles <= many; tiles *= 2) {
      for (long blocks = 1; blocks <= tiles; blocks *= 2) {
        PanelTiling tiling =
            cut(
                apart,
                images,
                block(geometry.groupOutChannels(), blocks),
                block(pixels, tiles / blocks),
                cap.threadBytes() / 2);
        cuts.offer(tiling, tiling.estimate());
      }
    }
    PanelTiling best = cuts.best();
    return best.estimate() < (1 - LEAST_SAVING) * apart.estimate()
            && cap.allows(best.sharedBytes(), best.heapBytes())
        ? best
        : null;
  }

  private static long block(long size, long blocks) {
    long even = Math.ceilDiv(Math.ceilDiv(size, blocks), 8) * 8;
    return Math.min(size, Math.max(LEAST_BLOCK, even));
  }

  private static PanelTiling cut(
      ConvolutionTiling apart, long images, long channelBlock, long pixelBlock, long heap) {
    ConvGeometry geometry = apart.geometry();
    ElementType type = apart.type();
    long pixels = images * geometry.outPlane();
    long most = Math.max(ConvolutionTiling.packedDepth(type), PANEL_BYTES / type.bytes() / pixels);
    return new PanelTiling(
        geometry,
        type,
        apart.turned(),
        ColumnWalk.lowering(geometry, type, pixels, heap),
        images,
        Parts.evenSize(geometry.depth(), most),
        channelBlock,
        pixelBlock);
  }

  private double estimate() {
    return estimate(
        geometry, geometry.groupOutChannels(), channelBlock, pixelBlock, multiplyTiles());
  }

  /**
   * Estimates the time of a convolution, in that of its products alone.
   *
   * @param reused output channels that a column is lowered once for
   * @param channelBlock output channels of a tile
   * @param pixelBlock pixels of a tile
   * @param tiles tiles that can be computed at the same time
   */
  static double estimate(
      ConvGeometry geometry, long reused, long channelBlock, long pixelBlock, long tiles) {
    ColumnCost cost = ColumnCost.current();
    double time =
        1
            + cost.lower(geometry) / reused
            + cost.pack() / channelBlock
            + cost.panelWeight() / pixelBlock;
    return time * ConvolutionTiling.waiting(geometry, (double) tiles);
  }

  /** Returns the pixels of a panel. */
  long pixels() {
    return images * geometry.outPlane();
  }

  /** Returns the panels that the depth is cut into. */
  long panels() {
    return Math.ceilDiv(geometry.depth(), panelRows);
  }

  /** Returns the panels of the whole call. */
  long allPanels() {
    return panels() * geometry.groups() * Math.ceilDiv(geometry.batch(), images);
  }

  /** Returns whether outputs are multiplied in the workspace, then copied to their images. */
  boolean staged() {
    return images > 1;
  }

  /** Returns the index of these outputs, behind the panel. */
  long stage() {
    return panelRows * pixels();
  }

  /** Returns the rows that one tile lowers. */
  long loweredRows() {
    return Math.ceilDiv(panelRows, LOWERING_TILES);
  }

  long loweringTiles() {
    return Math.ceilDiv(panelRows, loweredRows());
  }

  long channelBlocks() {
    return Math.ceilDiv(geometry.groupOutChannels(), channelBlock);
  }

  long multiplyTiles() {
    return channelBlocks() * Math.ceilDiv(pixels(), pixelBlock);
  }

  @Override
  public long sharedBytes() {
    return (stage() + (staged() ? geometry.groupOutChannels() * pixels() : 0)) * type.bytes();
  }

  @Override
  public long heapBytes() {
    return lowering.heapBytes();
  }

  @Override
  public long tileCount() {
    return loweringTiles();
  }

  @Override
  public String describe() {
    return multiplyTiles()
        + " tiles of "
        + channelBlock
        + " channels × "
        + pixelBlock
        + " pixels, columns lowered "
        + panelRows
        + " × "
        + pixels()
        + " at a time for all"
        + (staged() ? ", several images side by side" : "");
  }
}
