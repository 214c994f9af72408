package io.github.colonnade.internal.memory;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Elements one at a time, and runs of elements that are moved and not computed with. */
public final class Elements {
  /** What zeros are copied from. Stays in the first-level cache. */
  private static final MemorySegment ZEROS = Arena.global().allocate(4096, 64);

  /** Elements that are stored one by one before the rest is copied from them. */
  private static final long FIRST_COPIES = 32;

  private static final long MOST_COPIES = 512;

  /** The bits of an infinity: its exponent. */
  private static final long EXPONENT = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);

  private static final int EXPONENT_F32 = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

  private Elements() {}

  /** Reads the element at {@code index}, exactly. */
  public static double get(ElementType type, MemorySegment segment, long index) {
    return type == ElementType.F64
        ? segment.getAtIndex(JAVA_DOUBLE, index)
        : segment.getAtIndex(JAVA_FLOAT, index);
  }

  /** Writes the element at {@code index}, rounded to its type. */
  public static void set(ElementType type, MemorySegment segment, long index, double value) {
    if (type == ElementType.F64) {
      segment.setAtIndex(JAVA_DOUBLE, index, value);
    } else {
      segment.setAtIndex(JAVA_FLOAT, index, (float) value);
    }
  }

  /** Returns a mask of all ones where the sign bit is set, or else of zeros. */
  public static long signMask(double value) {
    return Double.doubleToRawLongBits(value) >> 63;
  }

  /** Returns whether {@code count} neighbours are all finite. */
  public static boolean allFinite(ElementType type, MemorySegment segment, long index, long count) {
    // The exponent of what is not finite is all ones, so one more carries into the sign. Collected
    // without a branch.
    if (type == ElementType.F64) {
      long carries = 0;
      for (long i = index; i < index + count; i++) {
        long bits = segment.getAtIndex(JAVA_LONG, i);
        carries |= (bits & EXPONENT) + (EXPONENT & -EXPONENT);
      }
      return carries >= 0;
    }
    int carries = 0;
    for (long i = index; i < index + count; i++) {
      int bits = segment.getAtIndex(JAVA_INT, i);
      carries |= (bits & EXPONENT_F32) + (EXPONENT_F32 & -EXPONENT_F32);
    }
    return carries >= 0;
  }

  /** Sums {@code count} neighbours in double precision: four interleaved sums, then their sum. */
  public static double sum(ElementType type, MemorySegment segment, long index, long count) {
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    long i = 0;
    for (; i + 3 < count; i += 4) {
      sum0 += get(type, segment, index + i);
      sum1 += get(type, segment, index + i + 1);
      sum2 += get(type, segment, index + i + 2);
      sum3 += get(type, segment, index + i + 3);
    }
    for (; i < count; i++) {
      sum0 += get(type, segment, index + i);
    }
    return (sum0 + sum1) + (sum2 + sum3);
  }

  /** Sets {@code count} neighbours to zero. */
  public static void zero(ElementType type, MemorySegment segment, long index, long count) {
    // A fill needs a slice, and this is called too often to make objects.
    long at = index * type.bytes();
    long end = at + count * type.bytes();
    while (at < end) {
      long run = Math.min(end - at, ZEROS.byteSize());
      MemorySegment.copy(ZEROS, 0, segment, at, run);
      at += run;
    }
  }

  /** Sets {@code count} elements that lie {@code stride} apart to zero. */
  public static void zero(
      ElementType type, MemorySegment segment, long index, long stride, long count) {
    if (stride == 1) {
      zero(type, segment, index, count);
    } else if (type == ElementType.F64) {
      long at = index * Long.BYTES;
      for (long i = 0; i < count; i++, at += stride * Long.BYTES) {
        segment.set(JAVA_LONG_UNALIGNED, at, 0);
      }
    } else {
      long at = index * Integer.BYTES;
      for (long i = 0; i < count; i++, at += stride * Integer.BYTES) {
        segment.set(JAVA_INT_UNALIGNED, at, 0);
      }
    }
  }

  /** Sets {@code count} neighbours to a value, rounded to their type. */
  public static void fill(
      ElementType type, MemorySegment segment, long index, long count, double value) {
    long first = Math.min(count, FIRST_COPIES);
    for (long i = 0; i < first; i++) {
      set(type, segment, index + i, value);
    }
    spread(type, segment, index, first, count);
  }

  /** Copies the {@code filled} neighbours that are there until there are {@code count}. */
  private static void spread(
      ElementType type, MemorySegment segment, long index, long filled, long count) {
    // Copies of memory are faster than a loop of stores, from the first-level cache above all.
    for (long done = filled; done < count; ) {
      long run = Math.min(Math.min(done, MOST_COPIES), count - done);
      copy(type, segment, index, segment, index + done, run);
      done += run;
    }
  }

  /** Copies {@code count} neighbours. */
  public static void copy(
      ElementType type,
      MemorySegment source,
      long sourceIndex,
      MemorySegment target,
      long targetIndex,
      long count) {
    long bytes = type.bytes();
    MemorySegment.copy(source, sourceIndex * bytes, target, targetIndex * bytes, count * bytes);
  }

  /** Copies {@code count} elements, from any stride to any stride. */
  public static void copy(
      ElementType type,
      MemorySegment source,
      long sourceIndex,
      long sourceStride,
      MemorySegment target,
      long targetIndex,
      long targetStride,
      long count) {
    if (sourceStride == 1 && targetStride == 1) {
      copy(type, source, sourceIndex, target, targetIndex, count);
    } else if (type == ElementType.F64) {
      long from = sourceIndex * Long.BYTES;
      long to = targetIndex * Long.BYTES;
      for (long i = 0; i < count; i++) {
        target.set(JAVA_LONG_UNALIGNED, to, source.get(JAVA_LONG_UNALIGNED, from));
        from += sourceStride * Long.BYTES;
        to += targetStride * Long.BYTES;
      }
    } else {
      long from = sourceIndex * Integer.BYTES;
      long to = targetIndex * Integer.BYTES;
      for (long i = 0; i < count; i++) {
        target.set(JAVA_INT_UNALIGNED, to, source.get(JAVA_INT_UNALIGNED, from));
        from += sourceStride * Integer.BYTES;
        to += targetStride * Integer.BYTES;
      }
    }
  }

  /** Sets {@code count} neighbours to a copy of one element. */
  public static void repeat(
      ElementType type,
      MemorySegment source,
      long sourceIndex,
      MemorySegment target,
      long targetIndex,
      long count) {
    long first = Math.min(count, FIRST_COPIES);
    if (type == ElementType.F64) {
      long bits = source.getAtIndex(JAVA_LONG, sourceIndex);
      for (long i = 0; i < first; i++) {
        target.setAtIndex(JAVA_LONG, targetIndex + i, bits);
      }
    } else {
      int bits = source.getAtIndex(JAVA_INT, sourceIndex);
      for (long i = 0; i < first; i++) {
        target.setAtIndex(JAVA_INT, targetIndex + i, bits);
      }
    }
    spread(type, target, targetIndex, first, count);
  }
}
