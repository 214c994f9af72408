package io.github.colonnade.internal.kernel;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.blas.ElementType;
import java.lang.foreign.MemorySegment;

/** Elements one at a time, and runs of elements that are moved and not computed with. */
final class Elements {
  private Elements() {}

  /** Reads the element at {@code index}, exactly. */
  static double get(ElementType type, MemorySegment segment, long index) {
    return type == ElementType.F64
        ? segment.getAtIndex(JAVA_DOUBLE, index)
        : segment.getAtIndex(JAVA_FLOAT, index);
  }

  /** Writes the element at {@code index}, rounded to its type. */
  static void set(ElementType type, MemorySegment segment, long index, double value) {
    if (type == ElementType.F64) {
      segment.setAtIndex(JAVA_DOUBLE, index, value);
    } else {
      segment.setAtIndex(JAVA_FLOAT, index, (float) value);
    }
  }

  /** Sets {@code count} elements to zero. */
  static void zero(ElementType type, MemorySegment segment, long index, long count) {
    segment.asSlice(index * type.bytes(), count * type.bytes()).fill((byte) 0);
  }

  /** Sets {@code count} elements to a value, rounded to their type. */
  static void fill(ElementType type, MemorySegment segment, long index, long count, double value) {
    for (long i = 0; i < count; i++) {
      set(type, segment, index + i, value);
    }
  }

  /** Copies {@code count} neighbours. */
  static void copy(
      ElementType type,
      MemorySegment source,
      long sourceIndex,
      MemorySegment target,
      long targetIndex,
      long count) {
    long bytes = type.bytes();
    MemorySegment.copy(source, sourceIndex * bytes, target, targetIndex * bytes, count * bytes);
  }

  /** Copies {@code count} elements that lie {@code stride} apart to neighbours. */
  static void gather(
      ElementType type,
      MemorySegment source,
      long sourceIndex,
      long stride,
      MemorySegment target,
      long targetIndex,
      long count) {
    if (stride == 1) {
      copy(type, source, sourceIndex, target, targetIndex, count);
    } else if (type == ElementType.F64) {
      for (long i = 0; i < count; i++) {
        long bits = source.getAtIndex(JAVA_LONG, sourceIndex + i * stride);
        target.setAtIndex(JAVA_LONG, targetIndex + i, bits);
      }
    } else {
      for (long i = 0; i < count; i++) {
        int bits = source.getAtIndex(JAVA_INT, sourceIndex + i * stride);
        target.setAtIndex(JAVA_INT, targetIndex + i, bits);
      }
    }
  }

  /** Sets {@code count} neighbours to a copy of one element. */
  static void repeat(
      ElementType type,
      MemorySegment source,
      long sourceIndex,
      MemorySegment target,
      long targetIndex,
      long count) {
    if (type == ElementType.F64) {
      long bits = source.getAtIndex(JAVA_LONG, sourceIndex);
      for (long i = 0; i < count; i++) {
        target.setAtIndex(JAVA_LONG, targetIndex + i, bits);
      }
    } else {
      int bits = source.getAtIndex(JAVA_INT, sourceIndex);
      for (long i = 0; i < count; i++) {
        target.setAtIndex(JAVA_INT, targetIndex + i, bits);
      }
    }
  }
}
