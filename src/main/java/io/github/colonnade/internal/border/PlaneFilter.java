package io.github.colonnade.internal.border;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * One plane under one kernel, with any border. Unlike the lowered convolution it adds in a fixed
 * order, that of SciPy 1.17 (scipy/signal/_firfilter.cc): kernel rows from the first to the last,
 * in each row four taps summed and then added to the total, what is left of the row one by one, all
 * in the element type and without fused multiply-add. A tile is a rectangle of output pixels.
 */
public abstract class PlaneFilter implements TileTask {
  /** Wider kernels go in blocks: a multiple of four, so that blocks do not regroup the sums. */
  private static final long MOST_KERNEL_COLUMNS = 512;

  private static final long MOST_COLUMNS = 512;
  private static final long LEAST_ROWS = 16;
  private static final long MOST_ROWS = 128;

  /** Fewer products than this take less time than handing them to another thread. */
  private static final long TILE_PRODUCTS = 1 << 18;

  /** The sizes. */
  final FilterGeometry geometry;

  /** Output rows of a tile. */
  final int tileRows;

  /** Output columns of a tile. */
  final int tileColumns;

  /** Kernel columns of a block. */
  final int blockColumns;

  PlaneFilter(FilterGeometry geometry) {
    this.geometry = geometry;
    tileColumns = (int) Math.min(geometry.outW(), MOST_COLUMNS);
    double products = (double) geometry.kernelH() * geometry.kernelW() * tileColumns;
    long rows = Math.clamp((long) (TILE_PRODUCTS / products), LEAST_ROWS, MOST_ROWS);
    tileRows = (int) Math.min(geometry.outH(), rows);
    blockColumns = (int) Math.min(geometry.kernelW(), MOST_KERNEL_COLUMNS);
  }

  /**
   * Takes the operands of one call.
   *
   * @param type element type
   * @param geometry sizes, none of them 0
   * @param border what lies around the image
   * @param value what a constant border holds
   * @param image {@code [H, W]}. Not modified.
   * @param kernel {@code [KH, KW]}. Not modified.
   * @param output {@code [OH, OW]}. Overwritten.
   * @return the task
   */
  public static TileTask of(
      ElementType type,
      FilterGeometry geometry,
      Border border,
      double value,
      MemorySegment image,
      MemorySegment kernel,
      MemorySegment output) {
    return type == ElementType.F64
        ? new F64PlaneFilter(geometry, border, value, image, kernel, output)
        : new F32PlaneFilter(geometry, border, (float) value, image, kernel, output);
  }

  @Override
  public final long tileCount() {
    return Math.ceilDiv(geometry.outH(), tileRows) * Math.ceilDiv(geometry.outW(), tileColumns);
  }

  @Override
  public final void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long across = Math.ceilDiv(geometry.outW(), tileColumns);
    long oh = tile / across * tileRows;
    long ow = tile % across * tileColumns;
    int rows = (int) Math.min(tileRows, geometry.outH() - oh);
    int columns = (int) Math.min(tileColumns, geometry.outW() - ow);
    filter(oh, ow, rows, columns);
  }

  /** Computes {@code rows} times {@code columns} output pixels from {@code (oh, ow)} on. */
  abstract void filter(long oh, long ow, int rows, int columns);
}
