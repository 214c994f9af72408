package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.RowKernels;
import java.lang.foreign.MemorySegment;

/** Adds columns to images run by run, whatever the geometry. Padding falls away. */
final class RunCol2im extends RunWalk {
  private final RowKernels rows;

  RunCol2im(ConvGeometry geometry, ElementType type) {
    super(geometry);
    this.rows = RowKernels.of(type);
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
    rows.add(columns, columnsIndex, columnsStride, image, imageIndex, imageStride, count);
  }

  @Override
  void outside(MemorySegment columns, long columnsIndex, long columnsStride, long count) {}

  @Override
  public long heapBytes() {
    return rows.heapBytes();
  }
}
