package io.github.colonnade.peers.filter;

import io.github.colonnade.Conv2d;
import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.Pad2d;
import io.github.colonnade.Padding;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.SeparableFilter2d;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;

/**
 * This library: a separable filter, or a convolution of each plane whose algorithm is left to it;
 * zeros around the image.
 */
final class ColonnadeFilter implements FilterContender {
  private final Arena arena = Arena.ofShared();
  private final FilterCase filter;
  private final Tensor input;
  private final Tensor weight;
  private final Tensor output;
  private final Conv2dPlan plan;
  private final SeparableFilter2d product;

  ColonnadeFilter(FilterCase filter, double[] pixels, double[] taps, int threads) {
    this.filter = filter;
    int channels = filter.channels();
    long[] shape = {1, channels, filter.height(), filter.width()};
    input = Tensor.copyOf(arena, filter.dtype(), pixels, shape);
    output = Tensor.allocate(arena, filter.dtype(), shape);
    weight = Tensor.allocate(arena, filter.dtype(), channels, 1, filter.kernel(), filter.kernel());
    for (int i = 0; i < channels * taps.length; i++) {
      weight.set(i, taps[i % taps.length]);
    }
    plan =
        Conv2d.builder(channels, channels, filter.kernel(), filter.kernel())
            .groups(channels)
            .padding(Padding.SAME_UPPER)
            .options(PlanOptions.defaults().withThreads(threads))
            .build()
            .plan(filter.dtype(), shape);
    product =
        SeparableFilter2d.builder(filter.line(), filter.line())
            .border(Pad2d.Mode.CONSTANT)
            .threads(threads)
            .build();
  }

  @Override
  public void run() {
    if (filter.separable()) {
      product.forward(input, output);
    } else {
      plan.forward(input, weight, null, output);
    }
  }

  @Override
  public double result(int channel, int row, int column) {
    return output.get(((long) channel * filter.height() + row) * filter.width() + column);
  }

  @Override
  public void close() {
    arena.close();
  }
}
