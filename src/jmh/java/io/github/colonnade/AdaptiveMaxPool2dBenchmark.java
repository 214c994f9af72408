package io.github.colonnade;

import org.openjdk.jmh.annotations.Param;

/** Max pooling to an output of one size. */
public class AdaptiveMaxPool2dBenchmark extends MaxPoolingBenchmark {
  /** Name of a layer. */
  @Param public AdaptivePoolLayer layer;

  @Override
  AdaptiveMaxPool2d pool() {
    return AdaptiveMaxPool2d.of(layer.outputSize, layer.outputSize).withThreads(threads);
  }

  @Override
  long[] inputShape() {
    return layer.inputShape();
  }
}
