package io.github.colonnade.cli;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.SeparableFilter2d;
import io.github.colonnade.SeparableKernel;
import io.github.colonnade.Tensor;
import io.github.colonnade.Tiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Computes one tile after the other, in memory that is allocated once. */
final class TileFilter {
  private final List<Step> steps;
  private final boolean edges;
  private final DType dtype;
  private final MemorySegment converted;
  private final MemorySegment results;

  /** Computes one kernel: {@code [1, 1, h, w] → [1, 1, oh, ow]}. */
  private interface Step {
    void compute(Tensor source, Tensor target);
  }

  /**
   * Allocates what the largest tile needs.
   *
   * @param arena owner of the memory
   * @param conv one channel to one
   * @param threads threads at most
   * @param dtype type to compute in
   * @throws IllegalArgumentException if it does not hold a tap
   */
  TileFilter(Arena arena, Conv2d conv, int threads, ImageKernel kernel, DType dtype, Tiles tiles) {
    this.edges = kernel.edges();
    this.dtype = dtype;
    this.steps =
        kernel.parts().stream()
            .map(
                part ->
                    switch (part) {
                      case ImageKernel.Product product -> separable(product.kernel(), threads);
                      case ImageKernel.WrittenOut written -> {
                        Tensor weight =
                            weight(arena, kernel.height(), kernel.width(), written.taps());
                        yield (Step)
                            (source, target) ->
                                conv.plan(dtype, source.shape())
                                    .forward(source, weight, null, target);
                      }
                    })
            .toList();
    Tiles.Tile first = tiles.get(0); // none is larger
    long inputs = first.source().height() * first.source().width();
    long outputs = first.target().height() * first.target().width();
    this.converted = arena.allocate(inputs * dtype.byteSize(), 64);
    this.results = arena.allocate(edges ? steps.size() * outputs * dtype.byteSize() : 0, 64);
  }

  private Step separable(SeparableKernel kernel, int threads) {
    requireHeld(kernel.vertical());
    requireHeld(kernel.horizontal());
    SeparableFilter2d filter = SeparableFilter2d.builder(kernel).valid().threads(threads).build();
    return filter::forward;
  }

  private Tensor weight(Arena arena, int height, int width, double... taps) {
    requireHeld(taps);
    Tensor weight = Tensor.allocate(arena, dtype, 1, 1, height, width);
    for (int i = 0; i < taps.length; i++) {
      weight.set(i, taps[i]);
    }
    return weight;
  }

  private void requireHeld(double... taps) {
    for (double tap : taps) {
      if (dtype == DType.F32 && Float.isInfinite((float) tap)) {
        throw new IllegalArgumentException(
            "--kernel: holds " + tap + ", which single precision does not hold: --dtype f64");
      }
    }
  }

  /** Filters {@code [1, 1, h, w]}, with its border, of either type. */
  void compute(Tensor source, Tensor target) {
    Tensor input =
        source.dtype() == dtype ? source : view(converted, source.shape()).copyFrom(source);
    if (!edges) {
      steps.getFirst().compute(input, target);
      return;
    }
    Tensor channels = view(results, steps.size(), 1, target.size(2), target.size(3));
    List<Tensor> parts = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      parts.add(channels.slice(i, i + 1));
      steps.get(i).compute(input, parts.get(i));
    }
    PlaneArithmetic.magnitude(parts, target);
  }

  private Tensor view(MemorySegment memory, long... shape) {
    long elements = 1;
    for (long size : shape) {
      elements *= size;
    }
    return Tensor.of(memory.asSlice(0, elements * dtype.byteSize()), dtype, shape);
  }
}
