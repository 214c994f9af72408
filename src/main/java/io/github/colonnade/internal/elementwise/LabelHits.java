package io.github.colonnade.internal.elementwise;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/** How many rows have their largest element where their label says. A tile is some rows. */
public final class LabelHits extends Reduction {
  private static final long TILE = 1 << 13;

  private final ElementType type;
  private final long rows;
  private final long classes;
  private final long tileRows;
  private final MemorySegment logits;
  private final MemorySegment labels;

  /**
   * Takes the operands of one call.
   *
   * @param type element type
   * @param rows N
   * @param classes K, at least 1 where there are rows
   * @param logits {@code [N, K]}. Not modified.
   * @param labels {@code [N]}, longs. Not modified.
   */
  public LabelHits(
      ElementType type, long rows, long classes, MemorySegment logits, MemorySegment labels) {
    this.type = type;
    this.rows = rows;
    this.classes = classes;
    this.tileRows = Math.max(1, TILE / Math.max(1, classes));
    this.logits = logits;
    this.labels = labels;
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(rows, tileRows);
  }

  @Override
  double part(long tile) {
    long end = Math.min(rows, (tile + 1) * tileRows);
    long hits = 0;
    for (long row = tile * tileRows; row < end; row++) {
      if (labels.getAtIndex(JAVA_LONG, row) == largest(row * classes)) {
        hits++;
      }
    }
    return hits;
  }

  /** Returns where a row is largest: the first NaN, or the first of equal elements. */
  private long largest(long index) {
    long best = 0;
    double most = Elements.get(type, logits, index);
    for (long i = 1; i < classes && !Double.isNaN(most); i++) {
      double value = Elements.get(type, logits, index + i);
      if (!(value <= most)) {
        most = value;
        best = i;
      }
    }
    return best;
  }
}
