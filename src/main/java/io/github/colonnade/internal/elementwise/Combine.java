package io.github.colonnade.internal.elementwise;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * {@code out = a·x + b·y}. One tile is a run of elements.
 *
 * @param type element type
 * @param elements elements of each operand
 * @param a factor of {@code x}
 * @param x not modified, unless it is {@code out}
 * @param b factor of {@code y}
 * @param y not modified, unless it is {@code out}
 * @param out overwritten
 */
public record Combine(
    ElementType type,
    long elements,
    double a,
    MemorySegment x,
    double b,
    MemorySegment y,
    MemorySegment out)
    implements TileTask {
  /** Some ten microseconds' work, worth waking a thread for. */
  private static final long RUN = 1 << 14;

  @Override
  public long tileCount() {
    return Math.ceilDiv(elements, RUN);
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long from = tile * RUN;
    long count = Math.min(RUN, elements - from);
    ElementwiseKernels.of(type).combine(this, from, count);
  }

  double aAsDouble() {
    return a;
  }

  float aAsFloat() {
    return (float) a;
  }

  double bAsDouble() {
    return b;
  }

  float bAsFloat() {
    return (float) b;
  }
}
