package io.github.colonnade.internal.elementwise;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/** The cross entropies of softmax and labels, summed, and their gradient. A tile is some rows. */
public final class CrossEntropy extends Reduction {
  /** Logits of a tile: some ten microseconds' work. */
  private static final long TILE = 1 << 11;

  private final ElementType type;
  private final long rows;
  private final long classes;
  private final long tileRows;
  private final MemorySegment logits;
  private final MemorySegment labels;
  private final MemorySegment gradient;

  /**
   * Takes the operands of one call.
   *
   * @param type element type
   * @param rows N
   * @param classes K, at least 1 where there are rows
   * @param logits {@code [N, K]}. Not modified, unless the gradient is written over it.
   * @param labels {@code [N]}, longs from 0 to before K. Not modified.
   * @param gradient {@code [N, K]}, receives the gradient of the mean, or null. Overwritten.
   */
  public CrossEntropy(
      ElementType type,
      long rows,
      long classes,
      MemorySegment logits,
      MemorySegment labels,
      MemorySegment gradient) {
    this.type = type;
    this.rows = rows;
    this.classes = classes;
    this.tileRows = Math.max(1, TILE / Math.max(1, classes));
    this.logits = logits;
    this.labels = labels;
    this.gradient = gradient;
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(rows, tileRows);
  }

  @Override
  double part(long tile) {
    long end = Math.min(rows, (tile + 1) * tileRows);
    double scale = 1.0 / rows;
    double sum = 0;
    for (long row = tile * tileRows; row < end; row++) {
      long label = labels.getAtIndex(JAVA_LONG, row);
      sum += entropy(row * classes, label, scale);
    }
    return sum;
  }

  private double entropy(long index, long label, double scale) {
    double max = Double.NEGATIVE_INFINITY;
    for (long i = 0; i < classes; i++) {
      max = Math.max(max, Elements.get(type, logits, index + i));
    }
    double right = Elements.get(type, logits, index + label) - max;
    double sum = 0;
    for (long i = 0; i < classes; i++) {
      sum += Math.exp(Elements.get(type, logits, index + i) - max);
    }
    if (gradient != null) {
      for (long i = 0; i < classes; i++) {
        double share = Math.exp(Elements.get(type, logits, index + i) - max) / sum;
        Elements.set(type, gradient, index + i, (i == label ? share - 1 : share) * scale);
      }
    }
    return Math.log(sum) - right;
  }
}
