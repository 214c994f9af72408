package io.github.colonnade;

import org.openjdk.jmh.annotations.Param;

/** Average pooling over windows that slide. */
public class AvgPool2dBenchmark extends AvgPoolingBenchmark {
  /** Name of a layer. */
  @Param({"DENSENET", "INCEPTION", "TINY"})
  public PoolLayer layer;

  @Override
  AvgPool2d pool() {
    return AvgPool2d.builder(layer.kernel, layer.kernel)
        .stride(layer.stride)
        .padding(layer.padding)
        .threads(threads)
        .build();
  }

  @Override
  long[] inputShape() {
    return layer.inputShape();
  }
}
