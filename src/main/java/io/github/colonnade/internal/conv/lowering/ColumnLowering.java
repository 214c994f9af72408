package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/** Lowers images to columns: im2col (Chellapilla, Puri and Simard 2006). */
class ColumnLowering extends RunWalk {
  final ElementType type;

  ColumnLowering(ConvGeometry geometry, ElementType type) {
    super(geometry);
    this.type = type;
  }

  @Override
  final void inside(
      MemorySegment image,
      long imageIndex,
      long imageStride,
      MemorySegment columns,
      long columnsIndex,
      long columnsStride,
      long count) {
    Elements.copy(
        type, image, imageIndex, imageStride, columns, columnsIndex, columnsStride, count);
  }

  @Override
  final void outside(MemorySegment columns, long columnsIndex, long columnsStride, long count) {
    Elements.zero(type, columns, columnsIndex, columnsStride, count);
  }
}
