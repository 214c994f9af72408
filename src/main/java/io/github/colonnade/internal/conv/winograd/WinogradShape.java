package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.TaskShape;
import io.github.colonnade.internal.memory.ElementType;
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
    ConvGeometry geometry, ElementType type, WinogradTiling tiling, boolean transposed)
    implements TaskShape {
  /** Kernels transformed in one go: few enough to stay in the first-level cache. */
  static final int WEIGHT_RUN = 64;

  @Override
  public long tileCount() {
    return tiling.taskCount(geometry);
  }

  @Override
  public long sharedBytes() {
    return tiling.sharedBytes(geometry, type);
  }

  @Override
  public long workspaceBytes() {
    return tiling.workspaceBytes(geometry, type);
  }

  @Override
  public String describe() {
    String block = Math.min(tiling.tileBlock(), tiling.tileCount()) + " tiles × ";
    return "F(%d×%<d, 3×3), %d tasks of %s%d channels, %d × %d multiplied at a time, weights %s"
        .formatted(
            tiling.outputs(),
            tileCount(),
            block,
            tiling.range(),
            tiling.outBlock(),
            tiling.inBlock(),
            tiling.sharedWeights() ? "transformed once" : "transformed for each block");
  }

  /** Returns the most tiles of a block. */
  int blockTiles() {
    return (int) Math.min(tiling.tileBlock(), Math.max(1, tiling.tileCount()));
  }

  /** Returns the most elements of the image that a block of tiles is gathered from. */
  long planeElements() {
    long m = tiling.outputs();
    long rows = 2 + tiling.tileBlock() / tiling.rowTiles();
    long columns = Math.min(tiling.tileBlock(), tiling.rowTiles());
    // A row of tiles holds those of every interleaved convolution.
    long width = (columns * m + 2) * geometry.dilationW();
    return rows * (m + 2) * geometry.dilationH() * width;
  }

  /** Returns the tiles of one row that belong to one of the interleaved convolutions. */
  long runTiles() {
    return tiling.rowTiles() / Math.min(geometry.dilationW(), geometry.outW());
  }

  long imageRows() {
    return geometry.batch() == 0 ? 1 : tiling.tileRows() / geometry.batch();
  }

  /** Returns the rows of one image's tiles that belong to one of the interleaved convolutions. */
  long bandRows() {
    return imageRows() / Math.min(geometry.dilationH(), geometry.outH());
  }

  /** Returns the first output row of a row of tiles. */
  long outRow(long tileRow) {
    long row = tileRow % imageRows();
    return row / bandRows() + row % bandRows() * tiling.outputs() * geometry.dilationH();
  }

  /** Returns the first output column of a tile. */
  long outColumn(long column) {
    return column / runTiles() + column % runTiles() * tiling.outputs() * geometry.dilationW();
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
