package io.github.colonnade.internal.kernel;

import io.github.colonnade.internal.blas.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * Adds partial results that lie one after another at the start of the shared workspace, pairwise
 * and in a fixed order: {@code (p0 + p1) + (p2 + p3) + …}. One tile is a run of elements.
 */
final class PartialSums implements TileTask {
  private static final long RUN = 4096;

  private final Shape shape;
  private final MemorySegment target;

  /**
   * Takes what is to be added.
   *
   * @param shape sizes
   * @param target the sum. Overwritten.
   */
  PartialSums(Shape shape, MemorySegment target) {
    this.shape = shape;
    this.target = target;
  }

  /**
   * What does not change from call to call.
   *
   * @param type element type
   * @param parts number of partial results
   * @param elements elements of each
   */
  record Shape(ElementType type, long parts, long elements) {
    /** Returns the bytes of the partial results: none where the result is one part. */
    long bytes() {
      return parts == 1 ? 0 : parts * elements * type.bytes();
    }
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(shape.elements, RUN);
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    ElementType type = shape.type;
    long elements = shape.elements;
    long parts = shape.parts;
    long from = tile * RUN;
    long count = Math.min(RUN, elements - from);
    RowKernels rows = RowKernels.of(type);
    for (long distance = 1; distance < parts; distance *= 2) {
      for (long part = 0; part + distance < parts; part += 2 * distance) {
        long source = (part + distance) * elements + from;
        rows.add(workspace, source, 1, workspace, part * elements + from, 1, count);
      }
    }
    Elements.copy(type, workspace, from, target, from, count);
  }
}
