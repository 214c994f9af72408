package io.github.colonnade.internal.conv;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * What becomes of a tile's sums once they are complete, while they are in the cache.
 *
 * <p>Bits are tested, not numbers compared: C2 vectorises that on a segment, and no branch depends
 * on the data.
 */
public enum Epilogue {
  /** Nothing: they are the results. */
  NONE,
  /** The rectifier: what is less than zero becomes zero, so that -0 and NaN stay. */
  RELU;

  /** Added to the bits of a negative number less one, it leaves the sign unless that is NaN. */
  private static final long EXPONENT_STEP = 1L << 52;

  private static final int EXPONENT_STEP_F32 = 1 << 23;

  /** Completes {@code count} neighbours. */
  public void apply(ElementType type, MemorySegment sums, long index, long count) {
    if (this == NONE) {
      return;
    }
    if (type == ElementType.F64) {
      for (long i = index; i < index + count; i++) {
        long bits = sums.getAtIndex(JAVA_LONG, i);
        sums.setAtIndex(JAVA_LONG, i, bits & ~negative(bits));
      }
    } else {
      for (long i = index; i < index + count; i++) {
        int bits = sums.getAtIndex(JAVA_INT, i);
        sums.setAtIndex(JAVA_INT, i, bits & ~negative(bits));
      }
    }
  }

  /** Completes {@code count} elements that lie {@code stride} apart. */
  public void apply(ElementType type, MemorySegment sums, long index, long stride, long count) {
    if (this == NONE) {
      return;
    }
    if (stride == 1) {
      apply(type, sums, index, count);
      return;
    }
    long end = index + count * stride;
    if (type == ElementType.F64) {
      for (long i = index; i < end; i += stride) {
        sums.setAtIndex(JAVA_DOUBLE, i, apply(sums.getAtIndex(JAVA_DOUBLE, i)));
      }
    } else {
      for (long i = index; i < end; i += stride) {
        sums.setAtIndex(JAVA_FLOAT, i, apply(sums.getAtIndex(JAVA_FLOAT, i)));
      }
    }
  }

  /** Returns what becomes of one sum. */
  public double apply(double sum) {
    return this == RELU && sum < 0 ? 0 : sum;
  }

  /** Returns what becomes of one sum. */
  public float apply(float sum) {
    return this == RELU && sum < 0 ? 0 : sum;
  }

  /** Returns all ones where the number of these bits is less than zero, else zero. */
  private static long negative(long bits) {
    // Less one, -0 becomes positive.
    long less = bits - 1;
    return (less & (less + EXPONENT_STEP)) >> 63;
  }

  private static int negative(int bits) {
    int less = bits - 1;
    return (less & (less + EXPONENT_STEP_F32)) >> 31;
  }

  /** Returns all ones where the number of these bits is a zero, else zero. */
  private static long zero(long bits) {
    return ((bits & Long.MAX_VALUE) - 1) >> 63;
  }

  private static int zero(int bits) {
    return ((bits & Integer.MAX_VALUE) - 1) >> 31;
  }

  /**
   * Takes a gradient back to before the epilogue: zero where the result is zero or less.
   *
   * @param type element type
   * @param result what {@link #apply} made of the sums. Not modified.
   * @param gradient with respect to that. Not modified.
   * @param target receives the gradient with respect to the sums; may be {@code gradient}
   * @param index first element, in all of them
   * @param count elements
   */
  void backward(
      ElementType type,
      MemorySegment result,
      MemorySegment gradient,
      MemorySegment target,
      long index,
      long count) {
    if (this == NONE) {
      long bytes = type.bytes();
      MemorySegment.copy(gradient, index * bytes, target, index * bytes, count * bytes);
    } else if (type == ElementType.F64) {
      for (long i = index; i < index + count; i++) {
        long bits = result.getAtIndex(JAVA_LONG, i);
        long grad = gradient.getAtIndex(JAVA_LONG, i);
        target.setAtIndex(JAVA_LONG, i, grad & ~(negative(bits) | zero(bits)));
      }
    } else {
      for (long i = index; i < index + count; i++) {
        int bits = result.getAtIndex(JAVA_INT, i);
        int grad = gradient.getAtIndex(JAVA_INT, i);
        target.setAtIndex(JAVA_INT, i, grad & ~(negative(bits) | zero(bits)));
      }
    }
  }
}
