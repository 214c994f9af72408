package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.RowKernels;
import java.lang.foreign.MemorySegment;

/**
 * Pairs the elements of a column matrix with the pixels that they stand for: im2col, where these
 * are copied to the columns, or col2im, where the columns are added to them. The matrix of a group
 * has a row for each {@code (c, kh, kw)} and a column for each output pixel {@code (n, oh, ow)} of
 * the batch.
 */
public interface ColumnWalk {
  /**
   * Walks rows {@code rowFrom} to {@code rowTo} and columns {@code pixelFrom} to {@code pixelTo} of
   * a group's column matrix.
   *
   * @param image {@code [N, C, H, W]}
   * @param group index of the group
   * @param rowFrom first row
   * @param rowTo end of the rows
   * @param pixelFrom first column
   * @param pixelTo end of the columns
   * @param columns where the part of the matrix lies
   * @param columnsIndex its first element
   * @param rowStride elements from one row to the next
   * @param pixelStride elements from one column to the next
   */
  void walk(
      MemorySegment image,
      long group,
      long rowFrom,
      long rowTo,
      long pixelFrom,
      long pixelTo,
      MemorySegment columns,
      long columnsIndex,
      long rowStride,
      long pixelStride);

  /**
   * Returns what lowers fastest to panels whose pixels are neighbours.
   *
   * @param pixels the most pixels of a panel
   */
  static ColumnWalk lowering(ConvGeometry geometry, ElementType type, long pixels) {
    if (PlaneLowering.suits(geometry)) {
      return PlaneLowering.suitsHeap(geometry, pixels)
          ? planes(geometry, type)
          : new PlaneLowering(geometry, type);
    }
    return LineLayout.suits(geometry, pixels)
        ? lines(geometry, type, false)
        : new ColumnLowering(geometry, type);
  }

  /**
   * Returns what sums fastest from panels whose pixels are neighbours.
   *
   * @param pixels the most pixels of a panel
   */
  static ColumnWalk summing(ConvGeometry geometry, ElementType type, long pixels) {
    boolean longRuns = geometry.strideW() == 1 && geometry.outW() >= RowKernels.LONG_RUN;
    return !longRuns && LineLayout.suits(geometry, pixels)
        ? lines(geometry, type, true)
        : new ColumnSumming(geometry, type);
  }

  private static ColumnWalk planes(ConvGeometry geometry, ElementType type) {
    return type == ElementType.F64
        ? new F64PlaneLowering(geometry)
        : new F32PlaneLowering(geometry);
  }

  private static ColumnWalk lines(ConvGeometry geometry, ElementType type, boolean summing) {
    LineLayout shape = LineLayout.of(geometry);
    return type == ElementType.F64
        ? new F64LineWalk(shape, summing)
        : new F32LineWalk(shape, summing);
  }
}
