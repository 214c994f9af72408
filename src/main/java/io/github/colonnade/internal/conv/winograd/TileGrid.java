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
 * @param rowTiles tiles along one row of tiles
 * @param tileRows rows of tiles in the batch
 * @param blocksPerRow blocks that a row of tiles is cut into; 1 where blocks run over rows
 * @param tileBlock tiles of a block
 * @param blocks blocks of the batch
 */
record TileGrid(
    ConvGeometry geometry,
    ElementType type,
    long rowTiles,
    long tileRows,
    long blocksPerRow,
    long tileBlock,
    long blocks) {
  /** Channels that are transformed together at most. */
  private static final int MOST_CHANNELS = 8;

  /** Cuts the tiles into blocks of at most {@code tiles}. */
  static TileGrid of(ConvGeometry geometry, ElementType type, long tiles) {
    long rowTiles = interleaved(geometry.outW(), geometry.dilationW());
    long tileRows = geometry.batch() * interleaved(geometry.outH(), geometry.dilationH());
    if (rowTiles > tiles) {
      long block = Math.ceilDiv(rowTiles, Math.ceilDiv(rowTiles, tiles));
      long perRow = Math.ceilDiv(rowTiles, block);
      return new TileGrid(geometry, type, rowTiles, tileRows, perRow, block, tileRows * perRow);
    }
    long block = Parts.evenSize(tileRows * rowTiles, tiles);
    long blocks = Math.ceilDiv(tileRows * rowTiles, block);
    return new TileGrid(geometry, type, rowTiles, tileRows, 1, block, blocks);
  }

  /** Returns the tiles along one side of all the convolutions that interleave. */
  private static long interleaved(long size, long dilation) {
    return sideTiles(size, dilation) * Math.min(dilation, size);
  }

  /** Returns the tiles along one side of one of them. */
  static long sideTiles(long size, long dilation) {
    return Math.ceilDiv(Math.ceilDiv(size, dilation), WinogradTransform.OUTPUTS);
  }

  /** Returns the tiles of a convolution. */
  static long tiles(ConvGeometry geometry) {
    return geometry.batch()
        * interleaved(geometry.outH(), geometry.dilationH())
        * interleaved(geometry.outW(), geometry.dilationW());
  }

  /** Returns the tiles of the batch. */
  long tiles() {
    return tileRows * rowTiles;
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
    return block / blocksPerRow * (blocksPerRow == 1 ? tileBlock : rowTiles)
        + block % blocksPerRow * tileBlock;
  }

  /** Returns the first tile behind a block. */
  long lastTile(long block) {
    long end = blocksPerRow == 1 ? tiles() : (block / blocksPerRow + 1) * rowTiles;
    return Math.min(firstTile(block) + tileBlock, end);
  }

  /** Returns the most channels that are transformed together. */
  int channels() {
    long row = WinogradTransform.whole(type, blockTiles());
    return Math.clamp(WinogradTransform.lanes(type) / row, 1, MOST_CHANNELS);
  }

  /** Returns the most tiles of a block that lie side by side. */
  private int longestRun() {
    return Math.clamp(runTiles(), 1, blockTiles());
  }

  /** Returns the most runs of tiles side by side that a block may have. */
  int mostRuns() {
    return Math.ceilDiv(blockTiles() - 1, longestRun()) + 1;
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

  /** Returns the tiles of one row that belong to one of the interleaved convolutions. */
  long runTiles() {
    return rowTiles / Math.clamp(geometry.outW(), 1, geometry.dilationW());
  }

  /** Returns the rows of tiles of one image. */
  long imageRows() {
    return geometry.batch() == 0 ? 1 : tileRows / geometry.batch();
  }

  /** Returns the rows of one image's tiles that belong to one of the interleaved convolutions. */
  private long bandRows() {
    return imageRows() / Math.min(geometry.dilationH(), geometry.outH());
  }

  /** Returns the first output row of a row of tiles. */
  long outRow(long tileRow) {
    long row = tileRow % imageRows();
    return row / bandRows() + row % bandRows() * WinogradTransform.OUTPUTS * geometry.dilationH();
  }

  /** Returns the first output column of a tile. */
  long outColumn(long column) {
    return column / runTiles()
        + column % runTiles() * WinogradTransform.OUTPUTS * geometry.dilationW();
  }
}
