package io.github.colonnade;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Both passes of max unpooling, where a 2×2 max pool found its maxima. */
public class MaxUnpool2dBenchmark extends OperatorBenchmark {
  /** The last and the first steps of a decoder, one image at a time. */
  public enum Layer {
    /** SegNet's last. */
    SEGNET1(64, 112),
    /** SegNet's first. */
    SEGNET5(512, 7),
    /** What a call costs apart from its work. */
    TINY(3, 4);

    final long channels;
    final long size;

    Layer(long channels, long size) {
      this.channels = channels;
      this.size = size;
    }
  }

  /** Name of a layer. */
  @Param public Layer layer;

  private MaxUnpool2d unpool;
  Tensor input;
  Tensor indices;
  Tensor gradOutput;
  private Tensor output;
  private Tensor gradInput;

  @Override
  protected void prepare() {
    unpool = MaxUnpool2d.of(2 * layer.size, 2 * layer.size).withThreads(threads);
    long[] inputShape = {1, layer.channels, layer.size, layer.size};
    long[] outputShape = unpool.outputShape(inputShape);
    input = zeros(inputShape);
    indices = indices(inputShape);
    MaxPool2d.builder(2, 2).build().forward(random(outputShape), input, indices);
    gradOutput = random(outputShape);
    output = zeros(outputShape);
    gradInput = zeros(inputShape);
  }

  /** The output. */
  @Benchmark
  public Tensor forward() {
    unpool.forward(input, indices, output);
    return output;
  }

  /** The input's gradient. */
  @Benchmark
  public Tensor backward() {
    unpool.backward(indices, gradOutput, gradInput);
    return gradInput;
  }
}
