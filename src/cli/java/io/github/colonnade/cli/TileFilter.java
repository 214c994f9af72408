package io.github.colonnade.cli;

import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import io.github.colonnade.Tiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Computes one tile after the other, in memory that is allocated once. */
final class TileFilter {
  private static final double LEAST_SQUARES = 0x1p-900;
  private static final double MOST_SQUARES = 0x1p900;

  private final Conv2d conv;
  private final boolean edges;
  private final DType dtype;
  private final Tensor weight;
  private final MemorySegment converted;
  private final MemorySegment results;

  /**
   * Allocates what the largest tile needs.
   *
   * @param arena owner of the memory
   * @param conv one channel for each of the kernel's
   * @param dtype type to compute in
   * @throws IllegalArgumentException if it does not hold a tap
   */
  TileFilter(Arena arena, Conv2d conv, ImageKernel kernel, DType dtype, Tiles tiles) {
    this.conv = conv;
    this.edges = kernel.edges();
    this.dtype = dtype;
    int count = kernel.taps().size();
    this.weight = Tensor.allocate(arena, dtype, count, 1, kernel.height(), kernel.width());
    long at = 0;
    for (double[] taps : kernel.taps()) {
      for (double tap : taps) {
        weight.set(at, tap);
        if (Double.isInfinite(weight.get(at++))) {
          throw new IllegalArgumentException(
              "--kernel: holds " + tap + ", which single precision does not hold: --dtype f64");
        }
      }
    }
    Tiles.Tile first = tiles.get(0); // none is larger
    long inputs = first.source().height() * first.source().width();
    long outputs = first.target().height() * first.target().width();
    this.converted = arena.allocate(inputs * dtype.byteSize(), 64);
    this.results = arena.allocate(edges ? count * outputs * dtype.byteSize() : 0, 64);
  }

  /** Filters {@code [1, 1, h, w]}, with its border, of either type. */
  void compute(Tensor source, Tensor target) {
    Tensor input =
        source.dtype() == dtype ? source : view(converted, source.shape()).copyFrom(source);
    Conv2dPlan plan = conv.plan(dtype, source.shape());
    if (!edges) {
      plan.forward(input, weight, null, target);
      return;
    }
    Tensor channels = view(results, plan.outputShape());
    plan.forward(input, weight, null, channels);
    writeMagnitude(channels, target);
  }

  private Tensor view(MemorySegment memory, long... shape) {
    long elements = 1;
    for (long size : shape) {
      elements *= size;
    }
    return Tensor.of(memory.asSlice(0, elements * dtype.byteSize()), dtype, shape);
  }

  /** Writes the length of the vector that the one or two channels are at each pixel. */
  private void writeMagnitude(Tensor channels, Tensor target) {
    long pixels = target.elementCount();
    long second = channels.elementCount() - pixels;
    MemorySegment from = channels.segment();
    MemorySegment to = target.segment();
    if (dtype == DType.F64) {
      for (long i = 0; i < pixels; i++) {
        double x = from.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
        double y = second == 0 ? 0 : from.getAtIndex(ValueLayout.JAVA_DOUBLE, second + i);
        to.setAtIndex(ValueLayout.JAVA_DOUBLE, i, length(x, y));
      }
    } else {
      for (long i = 0; i < pixels; i++) {
        float x = from.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        float y = second == 0 ? 0 : from.getAtIndex(ValueLayout.JAVA_FLOAT, second + i);
        to.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) length(x, y));
      }
    }
  }

  /** As {@link Math#hypot}, which is slow, where squares neither overflow nor vanish. */
  private static double length(double x, double y) {
    double squares = x * x + y * y;
    return squares > LEAST_SQUARES && squares < MOST_SQUARES
        ? Math.sqrt(squares)
        : Math.hypot(x, y);
  }
}
