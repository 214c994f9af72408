package io.github.colonnade;

import io.github.colonnade.internal.memory.FreeList;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Elements of one type to another, as Java's casts convert them. They pass through arrays, where C2
 * vectorises what it does not between segments.
 */
final class Conversion {
  private static final int RUN = 1024;

  private static final FreeList<Conversion> CHUNKS =
      new FreeList<>(Conversion::new, chunk -> RUN * 3L * Long.BYTES);

  private final double[] doubles = new double[RUN];
  private final float[] floats = new float[RUN];
  private final long[] longs = new long[RUN];

  private Conversion() {}

  /**
   * Copies elements. Those of one type may overlap: the target then has what the source had.
   *
   * @param source elements. Not modified.
   * @param sourceType their type
   * @param target as many elements. Overwritten; must not overlap the source if the types differ.
   * @param targetType their type
   * @param count how many
   */
  static void copy(
      MemorySegment source, DType sourceType, MemorySegment target, DType targetType, long count) {
    if (sourceType == targetType) {
      MemorySegment.copy(source, 0, target, 0, count * sourceType.byteSize());
      return;
    }
    Conversion chunk = CHUNKS.take();
    for (long at = 0; at < count; at += RUN) {
      int length = (int) Math.min(RUN, count - at);
      chunk.load(source, sourceType, at, length);
      chunk.convert(sourceType, targetType, length);
      chunk.store(target, targetType, at, length);
    }
    CHUNKS.give(chunk);
  }

  private void load(MemorySegment source, DType type, long at, int length) {
    long offset = at * type.byteSize();
    switch (type) {
      case F64 -> MemorySegment.copy(source, ValueLayout.JAVA_DOUBLE, offset, doubles, 0, length);
      case F32 -> MemorySegment.copy(source, ValueLayout.JAVA_FLOAT, offset, floats, 0, length);
      case I64 -> MemorySegment.copy(source, ValueLayout.JAVA_LONG, offset, longs, 0, length);
    }
  }

  private void store(MemorySegment target, DType type, long at, int length) {
    long offset = at * type.byteSize();
    switch (type) {
      case F64 -> MemorySegment.copy(doubles, 0, target, ValueLayout.JAVA_DOUBLE, offset, length);
      case F32 -> MemorySegment.copy(floats, 0, target, ValueLayout.JAVA_FLOAT, offset, length);
      case I64 -> MemorySegment.copy(longs, 0, target, ValueLayout.JAVA_LONG, offset, length);
    }
  }

  private void convert(DType from, DType to, int length) {
    switch (to) {
      case F64 -> toDoubles(from, length);
      case F32 -> toFloats(from, length);
      case I64 -> toLongs(from, length);
    }
  }

  private void toDoubles(DType from, int length) {
    if (from == DType.F32) {
      for (int i = 0; i < length; i++) {
        doubles[i] = floats[i];
      }
    } else {
      for (int i = 0; i < length; i++) {
        doubles[i] = longs[i];
      }
    }
  }

  private void toFloats(DType from, int length) {
    if (from == DType.F64) {
      for (int i = 0; i < length; i++) {
        floats[i] = (float) doubles[i];
      }
    } else {
      for (int i = 0; i < length; i++) {
        floats[i] = longs[i];
      }
    }
  }

  private void toLongs(DType from, int length) {
    if (from == DType.F64) {
      for (int i = 0; i < length; i++) {
        longs[i] = (long) doubles[i];
      }
    } else {
      for (int i = 0; i < length; i++) {
        longs[i] = (long) floats[i];
      }
    }
  }
}
