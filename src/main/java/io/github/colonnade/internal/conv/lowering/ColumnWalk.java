package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.RowKernels;
import java.lang.foreign.MemorySegment;

/**
 * Pairs the elements of a column matrix with the pixels that they represent: im2col, where these
 * are copied to the columns, or col2im, where the columns are added to them. The matrix of a group
 * has a row for each {@code (c, kh, kw)} and a column for each output pixel {@code (n, oh, ow)} of
 * the batch; what is walked at a time lies in {@link PanelOrder}.
 */
public interface ColumnWalk {
  /**
   * Walks rows {@code rowFrom} to {@code rowTo} and columns {@code pixelFrom} to {@code pixelTo} of
   * a group's column matrix: pixels of one image, or all of several images.
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

  /** Returns the bytes of the arrays on the heap that one thread walks with. */
  default long heapBytes() {
    return 0;
  }

  /**
   * Returns what lowers fastest to panels whose pixels are neighbours.
   *
   * @param pixels the most pixels of a panel
   * @param mostHeapBytes bytes on the heap that it may use
   */
  static ColumnWalk lowering(
      ConvGeometry geometry, ElementType type, long pixels, long mostHeapBytes) {
    ColumnWalk runs = new RunLowering(geometry, type);
    if (SegmentWalk.suits(geometry)) {
      runs = fitting(segmentLowering(geometry, type, pixels), mostHeapBytes, runs);
    }
    LineLayout layout = new LineLayout(geometry);
    if (PanelOrder.keepsWidth(geometry)) {
      ColumnWalk planes = new PlaneLowering(geometry, type);
      return PlaneLowering.suitsHeap(geometry, pixels)
          ? fitting(lineLowering(layout, type, pixels), mostHeapBytes, planes)
          : planes;
    }
    return layout.suits(pixels)
        ? fitting(lineLowering(layout, type, pixels), mostHeapBytes, runs)
        : runs;
  }

  /**
   * Returns what adds panels whose pixels are neighbours to the image fastest.
   *
   * @param pixels the most pixels of a panel
   * @param mostHeapBytes bytes on the heap that it may use
   */
  static ColumnWalk col2im(
      ConvGeometry geometry, ElementType type, long pixels, long mostHeapBytes) {
    boolean onHeap = RowKernels.of(type).heapBytes() <= mostHeapBytes;
    ColumnWalk runs = new RunCol2im(geometry, type, onHeap);
    if (SegmentWalk.suits(geometry)) {
      runs = fitting(segmentCol2im(geometry, type, pixels), mostHeapBytes, runs);
    }
    LineLayout layout = new LineLayout(geometry);
    return layout.suits(pixels) && !layout.suitsRuns(pixels)
        ? fitting(lineCol2im(layout, type, pixels), mostHeapBytes, runs)
        : runs;
  }

  private static ColumnWalk fitting(ColumnWalk walk, long mostHeapBytes, ColumnWalk otherwise) {
    return walk.heapBytes() <= mostHeapBytes ? walk : otherwise;
  }

  private static ColumnWalk lineLowering(LineLayout layout, ElementType type, long pixels) {
    return type == ElementType.F64
        ? new F64LineLowering(layout, pixels)
        : new F32LineLowering(layout, pixels);
  }

  private static ColumnWalk segmentLowering(ConvGeometry geometry, ElementType type, long pixels) {
    return type == ElementType.F64
        ? new F64SegmentLowering(geometry, pixels)
        : new F32SegmentLowering(geometry, pixels);
  }

  private static ColumnWalk segmentCol2im(ConvGeometry geometry, ElementType type, long pixels) {
    return type == ElementType.F64
        ? new F64SegmentCol2im(geometry, pixels)
        : new F32SegmentCol2im(geometry, pixels);
  }

  private static ColumnWalk lineCol2im(LineLayout layout, ElementType type, long pixels) {
    return type == ElementType.F64
        ? new F64LineCol2im(layout, pixels)
        : new F32LineCol2im(layout, pixels);
  }
}
