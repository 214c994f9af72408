package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.RowKernels;
import java.lang.foreign.MemorySegment;

/** Adds columns to images run by run, whatever the geometry. Padding falls away. */
final class RunCol2im extends RunWalk {
  private final RowKernels rows;
  private final boolean onHeap;

  /**
   * Makes a walk.
   *
   * @param onHeap whether long runs are added on the heap, which is faster
   */
  RunCol2im(ConvGeometry geometry, ElementType type, boolean onHeap) {
    super(geometry);
    this.rows = RowKernels.of(type);
    this.onHeap = onHeap;
  }

  @Override
  void inside(
      MemorySegment image,
      long imageIndex,
      long imageStride,
      MemorySegment columns,
      long columnsIndex,
      long columnsStride,
      long count) {
    if (onHeap) {
      rows.add(columns, columnsIndex, columnsStride, image, imageIndex, imageStride, count);
    } else {
      rows.addInPlace(columns, columnsIndex, columnsStride, image, imageIndex, imageStride, count);
    }
  }

  @Override
  void outside(MemorySegment columns, long columnsIndex, long columnsStride, long count) {}

  @Override
  public long heapBytes() {
    return onHeap ? rows.heapBytes() : 0;
  }
}
