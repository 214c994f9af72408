package io.github.colonnade.internal.elementwise;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Random numbers, each a function of its place in the sequence alone. One tile is a run of
 * elements.
 *
 * @param distribution what becomes of the bits
 * @param start state before the first number
 * @param offset added to each number times {@code scale}
 * @param scale factor of each number
 * @param below what every number is less than, or NaN
 * @param type element type
 * @param elements how many
 * @param target overwritten
 */
public record RandomRun(
    Distribution distribution,
    long start,
    double offset,
    double scale,
    double below,
    ElementType type,
    long elements,
    MemorySegment target)
    implements TileTask {
  private static final long RUN = 1 << 12;

  /** What becomes of 53 random bits. */
  public enum Distribution {
    /** Even from 0 to before 1. */
    UNIFORM,
    /** Normal, of mean 0 and deviation 1. */
    NORMAL
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(elements, RUN);
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long end = Math.min(elements, (tile + 1) * RUN);
    for (long i = tile * RUN; i < end; i++) {
      long bits = SplitMix.at(start, i) >>> 11;
      double number = distribution == Distribution.UNIFORM ? bits * 0x1p-53 : normal(bits);
      double value = offset + scale * number;
      if (type == ElementType.F64) {
        target.setAtIndex(JAVA_DOUBLE, i, value >= below ? Math.nextDown(below) : value);
      } else {
        float rounded = (float) value;
        float bound = (float) below;
        target.setAtIndex(JAVA_FLOAT, i, rounded >= bound ? Math.nextDown(bound) : rounded);
      }
    }
  }

  private static double normal(long bits) {
    // In the middle of its interval, so that neither 0 nor 1 can be.
    return NormalQuantile.of((bits + 0.5) * 0x1p-53);
  }
}
