package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Parts;

/**
 * Where the output tiles of a 3×3 convolution of stride 1 lie, and how they are cut into blocks.
 *
 * <p>A dilated convolution is several that interleave; a row of tiles holds those of all that share
 * its rows.
 *
 * @param geometry sizes
 * @param type element type
 * @param across tiles along one row of tiles
 * @param down rows of tiles of one image
 * @param blocksPerRow blocks that a row of tiles is cut into; 1 where blocks run over rows
 * @param tileBlock tiles of a block
 * @param blocks blocks of the batch
 */
record TileGrid(
    ConvGeometry geometry,
    ElementType type,
    SideTiles across,
    SideTiles down,
    long blocksPerRow,
    long tileBlock,
    long blocks) {
  /** Channels that are transformed together at most. */
  private static final int MOST_CHANNELS = 8;

  /** Cuts the tiles into blocks of at most {@code tiles}. */
  static TileGrid of(ConvGeometry geometry, ElementType type, long tiles) {
    SideTiles across = across(geometry);
    SideTiles down = down(geometry);
    long rowTiles = across.tiles();
    long tileRows = geometry.batch() * down.tiles();
    if (rowTiles > tiles) {
      long block = Math.ceilDiv(rowTiles, Math.ceilDiv(rowTiles, tiles));
      long perRow = Math.ceilDiv(rowTiles, block);
      return new TileGrid(geometry, type, across, down, perRow, block, tileRows * perRow);
    }
    long block = Parts.evenSize(tileRows * rowTiles, tiles);
    long blocks = Math.ceilDiv(tileRows * rowTiles, block);
    return new TileGrid(geometry, type, across, down, 1, block, blocks);
  }

  /** Returns the tiles of a convolution. */
  static long tiles(ConvGeometry geometry) {
    return geometry.batch() * down(geometry).tiles() * across(geometry).tiles();
  }

  private static SideTiles across(ConvGeometry geometry) {
    return SideTiles.of(geometry.outW(), geometry.dilationW());
  }

  private static SideTiles down(ConvGeometry geometry) {
    return SideTiles.of(geometry.outH(), geometry.dilationH());
  }

  /** Returns the tiles of the batch. */
  long tiles() {
    return geometry.batch() * down.tiles() * across.tiles();
  }

  /** Returns the tiles along one row of tiles. */
  long rowTiles() {
    return across.tiles();
  }

  /** Returns the most tiles of a block. */
  int blockTiles() {
    return (int) Math.min(tileBlock, Math.max(1, tiles()));
  }

  /** Returns the share of all blocks' tiles that there are. */
  double filled() {
    return (double) Math.max(1, tiles()) / Math.max(1, blocks * blockTiles());
  }

  /** Returns the first tile of a block. */
  long firstTile(long block) {
    return block / blocksPerRow * (blocksPerRow == 1 ? tileBlock : rowTiles())
        + block % blocksPerRow * tileBlock;
  }

  /** Returns the first tile behind a block. */
  long lastTile(long block) {
    long end = blocksPerRow == 1 ? tiles() : (block / blocksPerRow + 1) * rowTiles();
    return Math.min(firstTile(block) + tileBlock, end);
  }

  /** Returns the most channels that are transformed together. */
  int channels() {
    long row = WinogradTransform.whole(type, blockTiles());
    return Math.clamp(WinogradTransform.lanes(type) / row, 1, MOST_CHANNELS);
  }

  /** Returns the most tiles of a block that lie side by side. */
  private int longestRun() {
    return Math.clamp(across.most(), 1, blockTiles());
  }

  /** Returns the most runs of tiles side by side that a block may have. */
  int mostRuns() {
    int shortest = Math.clamp(across.least(), 1, blockTiles());
    return Math.ceilDiv(blockTiles() - 1, shortest) + 1;
  }

  /** Returns the elements from a row of a block's inputs to the next. */
  int inputPitch() {
    return WinogradTransform.OUTPUTS * (longestRun() - 1) + WinogradTransform.INPUTS;
  }

  /** Returns the elements from a row of a block's outputs to the next. */
  int outputPitch() {
    return WinogradTransform.OUTPUTS * longestRun();
  }

  /** Returns the most pixels of a channel that a block's tiles are taken from. */
  int pixels() {
    return mostRuns() * WinogradTransform.INPUTS * inputPitch();
  }
}
