package io.github.colonnade;

import org.openjdk.jmh.annotations.Param;

/** Average pooling to an output of one size. */
public class AdaptiveAvgPool2dBenchmark extends AvgPoolingBenchmark {
  /** Name of a layer. */
  @Param public AdaptivePoolLayer layer;

  @Override
  AdaptiveAvgPool2d pool() {
    return AdaptiveAvgPool2d.of(layer.outputSize, layer.outputSize).withThreads(threads);
  }

  @Override
  long[] inputShape() {
    return layer.inputShape();
  }
}
