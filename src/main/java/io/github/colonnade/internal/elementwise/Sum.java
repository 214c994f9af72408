package io.github.colonnade.internal.elementwise;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/** The sum of all elements, in double precision. One tile is a run of elements. */
public final class Sum extends Reduction {
  /** Few enough that a run's own sum is as exact as the pairwise one of all runs. */
  private static final long RUN = 1 << 12;

  private final ElementType type;
  private final long elements;
  private final MemorySegment source;

  /**
   * Takes what is summed.
   *
   * @param type element type
   * @param elements how many
   * @param source not modified
   */
  public Sum(ElementType type, long elements, MemorySegment source) {
    this.type = type;
    this.elements = elements;
    this.source = source;
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(elements, RUN);
  }

  @Override
  double part(long tile) {
    long from = tile * RUN;
    return Elements.sum(type, source, from, Math.min(RUN, elements - from));
  }
}
