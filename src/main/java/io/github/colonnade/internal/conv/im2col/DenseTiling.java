package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvPass;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Parts;

/**
 * How a pass is cut where the kernel covers the plane: the output plane is one pixel, and every
 * image is its own column. So each group is one multiply over the batch, {@code [N, C·KH·KW] ·
 * [C·KH·KW, O]}, as that of a dense layer; nothing is lowered or scattered, and the input's
 * gradient rotates no weights.
 *
 * @param pass which result
 * @param geometry sizes
 * @param type element type
 * @param rows of the result of each group: images, or output channels in the weights' gradient
 * @param columns of the result of each group
 * @param rowBlock rows of a tile
 * @param columnBlock columns of a tile
 */
record DenseTiling(
    ConvPass pass,
    ConvGeometry geometry,
    ElementType type,
    long rows,
    long columns,
    long rowBlock,
    long columnBlock)
    implements Tiling {
  /** Whole vectors, and the cache lines of neighbours apart. */
  private static final long STEP = 16;

  /**
   * Columns whose part of the weights is multiplied at once: 128 took 0.6 to 0.8 of the time of
   * 4096 on AMD Zen 3 where the weights are larger than the caches, and as long where they are not.
   */
  private static final long MOST_COLUMNS = 128;

  /** Rows up to which the other operand is so small that packing it for each tile is cheap. */
  private static final long FEW_ROWS = 64;

  /** Returns whether the kernel covers the plane, and OpenBLAS can count what lies apart. */
  static boolean suits(ConvGeometry geometry) {
    return geometry.isDense()
        && geometry.batch() <= Integer.MAX_VALUE
        && geometry.outChannels() <= Integer.MAX_VALUE
        && geometry.depth() <= Integer.MAX_VALUE / geometry.groups();
  }

  /** Cuts a pass. */
  static DenseTiling of(ConvPass pass, ConvGeometry geometry, ElementType type) {
    boolean weights = pass == ConvPass.BACKWARD_WEIGHTS;
    long rows = weights ? geometry.groupOutChannels() : geometry.batch();
    long columns = pass == ConvPass.FORWARD ? geometry.groupOutChannels() : geometry.depth();
    long wanted = Math.ceilDiv(ConvolutionTiling.enoughTiles(geometry), geometry.groups());
    boolean byRows = rows > columns;
    long rowBlock = byRows ? block(rows, wanted) : Math.max(1, rows);
    long columnBlock = byRows ? Math.max(1, columns) : block(columns, wanted);
    if (!weights && rows <= FEW_ROWS && columnBlock > MOST_COLUMNS) {
      columnBlock = MOST_COLUMNS;
    }
    return new DenseTiling(pass, geometry, type, rows, columns, rowBlock, columnBlock);
  }

  private static long block(long size, long wanted) {
    return Math.ceilDiv(Parts.evenSize(size, Math.ceilDiv(size, wanted)), STEP) * STEP;
  }

  long rowBlocks() {
    return Math.ceilDiv(rows, rowBlock);
  }

  long columnBlocks() {
    return Math.ceilDiv(columns, columnBlock);
  }

  @Override
  public long tileCount() {
    return geometry.groups() * rowBlocks() * columnBlocks();
  }

  @Override
  public String describe() {
    return tileCount()
        + " tiles of "
        + Math.min(rows, rowBlock)
        + " × "
        + Math.min(columns, columnBlock)
        + ", one multiply over the batch, as of a dense layer";
  }
}
