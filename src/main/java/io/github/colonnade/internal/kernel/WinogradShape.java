package io.github.colonnade.internal.kernel;

import io.github.colonnade.internal.blas.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * What does not change from call to call: sizes, tiles, and where tiles and weights lie.
 *
 * @param geometry sizes of a 3×3 convolution of stride 1
 * @param type element type
 * @param tiling how the work is cut
 * @param transposed whether the weight lies as {@code [C, O/groups, 3, 3]} and is turned by half a
 *     turn, as in the input's gradient
 */
record WinogradShape(
    ConvGeometry geometry, ElementType type, WinogradTiling tiling, boolean transposed) {
  /** Kernels transformed in one go. */
  static final int WEIGHT_RUN = 256;

  /** Returns how the work is cut, for people. */
  String describe() {
    String block = Math.min(tiling.tileBlock(), tiling.tileCount()) + " tiles × ";
    return "F(%d×%<d, 3×3), %d tasks of %s%d channels, %d × %d multiplied at a time, weights %s"
        .formatted(
            tiling.outputs(),
            tiling.taskCount(geometry),
            block,
            tiling.range(),
            tiling.outBlock(),
            tiling.inBlock(),
            tiling.sharedWeights() ? "transformed once" : "transformed for each block");
  }

  /** Returns the transforms for one thread, with room for a block. */
  WinogradTransform acquireTransform() {
    int tiles = (int) Math.min(tiling.tileBlock(), Math.max(1, tiling.tileCount()));
    return WinogradTransform.acquire(
        type, tiling.outputs(), Math.max(tiles, WEIGHT_RUN), (int) planeElements());
  }

  /** Returns the most elements of the image that a block of tiles is gathered from. */
  private long planeElements() {
    long m = tiling.outputs();
    long rows = 2 + tiling.tileBlock() / tiling.rowTiles();
    long columns = Math.min(tiling.tileBlock(), tiling.rowTiles());
    // A row of tiles holds those of every interleaved convolution.
    long width = (columns * m + 2) * geometry.dilationW();
    return rows * (m + 2) * geometry.dilationH() * width;
  }

  /** Returns the tiles of one row that belong to one of the interleaved convolutions. */
  private long runTiles() {
    return tiling.rowTiles() / Math.min(geometry.dilationW(), geometry.outW());
  }

  private long imageRows() {
    return geometry.batch() == 0 ? 1 : tiling.tileRows() / geometry.batch();
  }

  /** Returns the rows of one image's tiles that belong to one of the interleaved convolutions. */
  private long bandRows() {
    return imageRows() / Math.min(geometry.dilationH(), geometry.outH());
  }

  /** Returns the first output row of a row of tiles. */
  private long outRow(long tileRow) {
    long row = tileRow % imageRows();
    return row / bandRows() + row % bandRows() * tiling.outputs() * geometry.dilationH();
  }

  /** Returns the first output column of a tile. */
  private long outColumn(long column) {
    return column / runTiles() + column % runTiles() * tiling.outputs() * geometry.dilationW();
  }

  /** Takes the tiles of one channel apart. */
  void gather(
      WinogradTransform transform, MemorySegment input, long channel, long tileFrom, long tileTo) {
    long band = bandRows();
    for (long tile = tileFrom; tile < tileTo; ) {
      // Rows of tiles that follow each other in one image and one of the interleaved convolutions.
      long row = tile / tiling.rowTiles();
      long bandEnd = (row / band + 1) * band * tiling.rowTiles();
      long to = Math.min(tileTo, bandEnd);
      if (tiling.blocksPerRow() > 1) {
        to = Math.min(to, (tile / runTiles() + 1) * runTiles());
      }
      gatherBand(transform, input, channel, tile, to, (int) (tile - tileFrom));
      tile = to;
    }
  }

  private void gatherBand(
      WinogradTransform transform,
      MemorySegment input,
      long channel,
      long tileFrom,
      long tileTo,
      int at) {
    long rowTiles = tiling.rowTiles();
    long firstRow = tileFrom / rowTiles;
    long lastRow = (tileTo - 1) / rowTiles;
    long columnFrom = 0;
    long columnTo = rowTiles;
    if (firstRow == lastRow) {
      columnFrom = tileFrom % rowTiles;
      columnTo = columnFrom + (tileTo - tileFrom);
    }
    long dilationH = geometry.dilationH();
    long dilationW = geometry.dilationW();
    long a = tiling.outputs() + 2L;
    long top = outRow(firstRow);
    long rows = outRow(lastRow) + (a - 1) * dilationH + 1 - top;
    boolean oneRun = columnFrom / runTiles() == (columnTo - 1) / runTiles();
    long left = oneRun ? outColumn(columnFrom) : 0;
    long right = outColumn(oneRun ? columnTo - 1 : rowTiles - 1);
    long pitch = right + (a - 1) * dilationW + 1 - left;
    long image = firstRow / imageRows();
    load(
        transform,
        input,
        image * geometry.inChannels() + channel,
        top - geometry.padTop(),
        left - geometry.padLeft(),
        rows,
        pitch);
    int step = (int) (tiling.outputs() * dilationW);
    for (long tile = tileFrom; tile < tileTo; ) {
      long column = tile % rowTiles;
      long run = Math.min((column / runTiles() + 1) * runTiles() - column, tileTo - tile);
      long from = (outRow(tile / rowTiles) - top) * pitch + outColumn(column) - left;
      transform.gather(
          (int) from,
          (int) (dilationH * pitch),
          (int) dilationW,
          step,
          at + (int) (tile - tileFrom),
          (int) run);
      tile += run;
    }
  }

  /** Copies a part of a plane into the transform, zeros where it is outside. */
  private void load(
      WinogradTransform transform,
      MemorySegment input,
      long plane,
      long top,
      long left,
      long rows,
      long pitch) {
    long from = Math.clamp(-left, 0, pitch);
    long to = Math.clamp(geometry.inW() - left, from, pitch);
    for (long r = 0; r < rows; r++) {
      long ih = top + r;
      int at = (int) (r * pitch);
      if (ih < 0 || ih >= geometry.inH() || from == to) {
        transform.loadRow(input, 0, at, (int) pitch, 0, 0);
      } else {
        long index = (plane * geometry.inH() + ih) * geometry.inW() + left + from;
        transform.loadRow(input, index, at, (int) from, (int) (to - from), (int) (pitch - to));
      }
    }
  }

  /** Puts the output tiles of one channel together. */
  void scatter(
      WinogradTransform transform, MemorySegment output, long channel, long tileFrom, long tileTo) {
    long m = tiling.outputs();
    long rowTiles = tiling.rowTiles();
    for (long tile = tileFrom; tile < tileTo; ) {
      long row = tile / rowTiles;
      long column = tile % rowTiles;
      long run = Math.min((column / runTiles() + 1) * runTiles() - column, tileTo - tile);
      long oh = outRow(row);
      long ow = outColumn(column);
      long inside = Math.ceilDiv(geometry.outW() - ow, geometry.dilationW());
      int valid = (int) Math.clamp(inside, 0, m * run);
      long plane = row / imageRows() * geometry.outChannels() + channel;
      for (int y = 0; y < m && valid > 0 && oh < geometry.outH(); y++, oh += geometry.dilationH()) {
        transform.scatter(
            y,
            (int) (tile - tileFrom),
            (int) run,
            valid,
            output,
            (plane * geometry.outH() + oh) * geometry.outW() + ow,
            geometry.dilationW());
      }
      tile += run;
    }
  }

  /** Transforms the kernels from some input to some output channels of a group, O × C of them. */
  void transformWeights(
      WinogradTransform transform,
      MemorySegment weight,
      long group,
      long outFrom,
      long outTo,
      long inFrom,
      long inTo,
      MemorySegment target,
      long index,
      long stride) {
    long outs = geometry.groupOutChannels();
    long ins = geometry.groupInChannels();
    long width = inTo - inFrom;
    boolean joined = !transposed && width == ins;
    long runs = joined ? 1 : outTo - outFrom;
    long length = joined ? (outTo - outFrom) * ins : width;
    for (long r = 0; r < runs; r++) {
      long oc = outFrom + r;
      for (long done = 0; done < length; done += WEIGHT_RUN) {
        long ic = inFrom + done;
        long kernel = transposed ? (group * ins + ic) * outs + oc : (group * outs + oc) * ins + ic;
        transform.transformWeights(
            weight,
            9 * kernel,
            transposed ? 9 * outs : 9,
            transposed,
            (int) Math.min(WEIGHT_RUN, length - done),
            target,
            index + r * width + done,
            stride);
      }
    }
  }
}
