package io.github.colonnade.internal.elementwise;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.FreeList;
import java.lang.foreign.MemorySegment;

/**
 * A block of logits in double precision, in arrays of one thread: several rows where they are
 * short, a part of one where it is long.
 */
final class SoftmaxBlock {
  /** Elements of a block, which stay in the first-level cache. */
  static final int LENGTH = 1024;

  private static final FreeList<SoftmaxBlock> BLOCKS =
      new FreeList<>(SoftmaxBlock::new, SoftmaxBlock::bytes);

  private final double[] values = new double[LENGTH];
  private final float[] narrow = new float[LENGTH];
  private final Exponentials exponentials = new Exponentials(LENGTH);

  private SoftmaxBlock() {}

  /** Returns a block that nobody else uses, to be given back by {@link #release}. */
  static SoftmaxBlock take() {
    return BLOCKS.take();
  }

  void release() {
    BLOCKS.give(this);
  }

  private long bytes() {
    return (long) LENGTH * (Double.BYTES + Float.BYTES) + exponentials.bytes();
  }

  /** Loads {@code count} neighbours. */
  void load(ElementType type, MemorySegment source, long index, int count) {
    if (type == ElementType.F64) {
      MemorySegment.copy(source, JAVA_DOUBLE, index * Double.BYTES, values, 0, count);
    } else {
      MemorySegment.copy(source, JAVA_FLOAT, index * Float.BYTES, narrow, 0, count);
      widen(narrow, values, count);
    }
  }

  /** Stores the first {@code count} elements, rounded to the type. */
  void store(ElementType type, int count, MemorySegment target, long index) {
    if (type == ElementType.F64) {
      MemorySegment.copy(values, 0, target, JAVA_DOUBLE, index * Double.BYTES, count);
    } else {
      narrow(values, narrow, count);
      MemorySegment.copy(narrow, 0, target, JAVA_FLOAT, index * Float.BYTES, count);
    }
  }

  private static void widen(float[] source, double[] target, int count) {
    for (int i = 0; i < count; i++) {
      target[i] = source[i];
    }
  }

  private static void narrow(double[] source, float[] target, int count) {
    for (int i = 0; i < count; i++) {
      target[i] = (float) source[i];
    }
  }

  double get(int at) {
    return values[at];
  }

  void add(int at, double more) {
    values[at] += more;
  }

  /** Returns the largest of some elements and {@code max}; NaN if one is. */
  double max(int from, int count, double max) {
    double most = max;
    for (int i = from; i < from + count; i++) {
      most = Math.max(most, values[i]);
    }
    return most;
  }

  /** Takes a number off some elements. */
  void subtract(int from, int count, double number) {
    for (int i = from; i < from + count; i++) {
      values[i] -= number;
    }
  }

  /** Replaces the first {@code count} elements, none above 0, by their exponentials. */
  void exponentiate(int count) {
    exponentials.apply(values, count);
  }

  void multiply(int from, int count, double factor) {
    for (int i = from; i < from + count; i++) {
      values[i] *= factor;
    }
  }

  /** Sums some elements: four interleaved sums, then their sum. */
  double sum(int from, int count) {
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    int i = from;
    for (; i + 3 < from + count; i += 4) {
      sum0 += values[i];
      sum1 += values[i + 1];
      sum2 += values[i + 2];
      sum3 += values[i + 3];
    }
    for (; i < from + count; i++) {
      sum0 += values[i];
    }
    return (sum0 + sum1) + (sum2 + sum3);
  }
}
