package io.github.colonnade.internal.border;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Planes under a separable kernel, in one pass: rows of the input go through the horizontal taps
 * into lines that stay in the cache, and as soon as there are as many lines as vertical taps, each
 * further line makes a row of the output. Sums begin with the first tap's product and go on tap by
 * tap, in the element type and without fused multiply-add. A tile is a strip of output rows, as
 * wide as its lines fit the cache.
 *
 * <p>To add the two pixels under equal taps before they are multiplied would save a quarter of the
 * arithmetic, but it is loads that take the time: it made no difference (AMD Zen 3).
 */
public abstract class SeparableFilter implements TileTask {
  /**
   * Output rows that are computed together. Of few taps all lines are read from the first-level
   * cache anyway, and fewer rows at a time are written faster.
   */
  private static final int BLOCK_ROWS = 8;

  private static final int FEW_TAPS = 5;
  private static final int BLOCK_ROWS_OF_FEW_TAPS = 2;

  /** Elements behind the end of every array, for vectors that reach beyond: 2048 bits. */
  static final int SLACK = 64;

  /** Bytes of the lines, which stay in the second-level cache beside what passes through it. */
  private static final long LINE_BYTES = 128 << 10;

  private static final long LEAST_COLUMNS = 512;
  private static final long MOST_COLUMNS = 4096;

  /** Widths of tiles are multiples of this. */
  private static final long COLUMN_GRAIN = 64;

  /** Fewer products than this take less time than handing them to another thread. */
  private static final long TILE_PRODUCTS = 1 << 21;

  /**
   * Output rows of a tile for each line that is computed at its start: those are computed for the
   * tile above as well.
   */
  private static final long ROWS_PER_EXTRA_LINE = 12;

  /** The sizes. */
  final SeparableGeometry geometry;

  /** Output rows that are computed together. */
  final int blockRows;

  /** Output rows of a tile. */
  final long tileRows;

  /** Output columns of a tile. */
  final int tileColumns;

  private final long down;
  private final long across;

  SeparableFilter(SeparableGeometry geometry, long elementBytes) {
    this.geometry = geometry;
    blockRows = geometry.kernelH() <= FEW_TAPS ? BLOCK_ROWS_OF_FEW_TAPS : BLOCK_ROWS;
    long fitting = LINE_BYTES / ((geometry.kernelH() - 1L + blockRows) * elementBytes);
    long columns = evenly(geometry.outW(), Math.clamp(fitting, LEAST_COLUMNS, MOST_COLUMNS));
    long whole = Math.ceilDiv(columns, COLUMN_GRAIN) * COLUMN_GRAIN;
    tileColumns = (int) Math.min(geometry.outW(), whole);
    double products = ((double) geometry.kernelH() + geometry.kernelW()) * tileColumns;
    long rows =
        Math.max(
            ROWS_PER_EXTRA_LINE * (geometry.kernelH() - 1L),
            blockRows + (long) (TILE_PRODUCTS / products));
    tileRows = evenly(geometry.rows(), rows);
    down = Math.ceilDiv(geometry.rows(), tileRows);
    across = Math.ceilDiv(geometry.outW(), tileColumns);
  }

  /** Returns the size of parts that are about equal and at most {@code most}. */
  private static long evenly(long size, long most) {
    return Math.ceilDiv(size, Math.ceilDiv(size, most));
  }

  /**
   * Takes the operands of one call.
   *
   * @param type element type
   * @param geometry sizes, none of them 0
   * @param border what lies around each plane
   * @param value what a constant border holds
   * @param vectors whether the Vector API computes
   * @param taps what is summed
   * @param input {@code [planes, H, W]}. Not modified.
   * @param output {@code [planes, OH, OW]}. The rows that the geometry says are overwritten.
   * @return the task
   */
  public static TileTask of(
      ElementType type,
      SeparableGeometry geometry,
      Border border,
      double value,
      boolean vectors,
      SeparableTaps taps,
      MemorySegment input,
      MemorySegment output) {
    return type == ElementType.F64
        ? new F64SeparableFilter(geometry, border, value, vectors, taps, input, output)
        : new F32SeparableFilter(geometry, border, (float) value, vectors, taps, input, output);
  }

  @Override
  public final long tileCount() {
    return geometry.planes() * down * across;
  }

  @Override
  public final void run(long tile, MemorySegment workspace, long workspaceOffset) {
    // Neighbours left and right after each other: they read some columns in common.
    long strip = tile / across;
    long oh = geometry.fromRow() + strip % down * tileRows;
    long ow = tile % across * tileColumns;
    long rows = Math.min(tileRows, geometry.toRow() - oh);
    int columns = (int) Math.min(tileColumns, geometry.outW() - ow);
    filter(strip / down, oh, rows, ow, columns);
  }

  /** Computes output rows from {@code oh} on and columns from {@code ow} on. */
  abstract void filter(long plane, long oh, long rows, long ow, int columns);
}
