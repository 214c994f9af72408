package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.RowKernels;
import java.lang.foreign.MemorySegment;

/** Sums columns back into images: col2im, the adjoint of im2col. Padding falls away. */
final class ColumnSumming extends RunWalk {
  private final RowKernels rows;

  ColumnSumming(ConvGeometry geometry, ElementType type) {
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
}
