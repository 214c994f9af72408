package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/** Lowers images to columns run by run, whatever the geometry. */
final class RunLowering extends RunWalk {
  private final ElementType type;

  RunLowering(ConvGeometry geometry, ElementType type) {
    super(geometry);
    this.type = type;
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
    Elements.copy(
        type, image, imageIndex, imageStride, columns, columnsIndex, columnsStride, count);
  }

  @Override
  void outside(MemorySegment columns, long columnsIndex, long columnsStride, long count) {
    Elements.zero(type, columns, columnsIndex, columnsStride, count);
  }
}
