package io.github.colonnade;

import org.openjdk.jmh.annotations.Param;

/** Max pooling over windows that slide. */
public class MaxPool2dBenchmark extends MaxPoolingBenchmark {
  /** Name of a layer. */
  @Param({"RESNET_STEM", "VGG1", "INCEPTION", "TINY"})
  public PoolLayer layer;

  @Override
  MaxPool2d pool() {
    return MaxPool2d.builder(layer.kernel, layer.kernel)
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
