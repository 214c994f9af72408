package io.github.colonnade.internal.elementwise;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/** The cross entropies of softmax and labels, summed, and their gradient. A tile is some rows. */
public final class CrossEntropy extends Reduction {
  /** Logits of a tile: some ten microseconds' work. */
  private static final long TILE = 1 << 13;

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
    long from = tile * tileRows;
    long end = Math.min(rows, from + tileRows);
    SoftmaxBlock block = SoftmaxBlock.take();
    double sum = 0;
    if (classes > SoftmaxBlock.LENGTH) {
      for (long row = from; row < end; row++) {
        sum += longRow(block, row);
      }
    } else {
      long blockRows = SoftmaxBlock.LENGTH / classes;
      for (long row = from; row < end; row += blockRows) {
        sum += shortRows(block, row, (int) Math.min(blockRows, end - row));
      }
    }
    block.release();
    return sum;
  }

  /** Computes some rows that fit a block together. */
  private double shortRows(SoftmaxBlock block, long firstRow, int count) {
    int width = (int) classes;
    double loss = 0;
    block.load(type, logits, firstRow * classes, count * width);
    for (int row = 0; row < count; row++) {
      int at = row * width;
      block.subtract(at, width, block.max(at, width, Double.NEGATIVE_INFINITY));
      loss -= block.get(at + label(firstRow + row));
    }
    block.exponentiate(count * width);
    for (int row = 0; row < count; row++) {
      int at = row * width;
      double sum = block.sum(at, width);
      loss += Math.log(sum);
      if (gradient != null) {
        block.multiply(at, width, 1 / (sum * rows));
        block.add(at + label(firstRow + row), -1.0 / rows);
      }
    }
    if (gradient != null) {
      block.store(type, count * width, gradient, firstRow * classes);
    }
    return loss;
  }

  private int label(long row) {
    return (int) labels.getAtIndex(JAVA_LONG, row);
  }

  /** Computes a row that is longer than a block. */
  private double longRow(SoftmaxBlock block, long row) {
    long first = row * classes;
    long label = labels.getAtIndex(JAVA_LONG, row);
    double right = Elements.get(type, logits, first + label);
    double max = Double.NEGATIVE_INFINITY;
    for (long at = 0; at < classes; at += SoftmaxBlock.LENGTH) {
      int count = count(at);
      block.load(type, logits, first + at, count);
      max = block.max(0, count, max);
    }
    double sum = 0;
    for (long at = 0; at < classes; at += SoftmaxBlock.LENGTH) {
      int count = count(at);
      block.load(type, logits, first + at, count);
      block.subtract(0, count, max);
      block.exponentiate(count);
      sum += block.sum(0, count);
      if (gradient != null) {
        block.store(type, count, gradient, first + at);
      }
    }
    if (gradient != null) {
      for (long at = 0; at < classes; at += SoftmaxBlock.LENGTH) {
        int count = count(at);
        block.load(type, gradient, first + at, count);
        block.multiply(0, count, 1 / (sum * rows));
        if (label >= at && label < at + count) {
          block.add((int) (label - at), -1.0 / rows);
        }
        block.store(type, count, gradient, first + at);
      }
    }
    return Math.log(sum) - (right - max);
  }

  private int count(long at) {
    return (int) Math.min(SoftmaxBlock.LENGTH, classes - at);
  }
}
