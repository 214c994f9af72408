package io.github.colonnade;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** All passes of a dense layer. */
public class LinearBenchmark extends OperatorBenchmark {
  /** Batch and features. */
  public enum Layer {
    /** The last layer of a small network for Fashion-MNIST. */
    FASHION(64, 512, 10),
    /** Between the sizes. */
    MIDDLE(128, 800, 500),
    /** The first dense layer of VGG-16, in single precision 411 MB of weights. */
    VGG(8, 25088, 4096),
    /** What a call costs apart from its arithmetic. */
    TINY(2, 3, 4);

    final long batch;
    final long in;
    final long out;

    Layer(long batch, long in, long out) {
      this.batch = batch;
      this.in = in;
      this.out = out;
    }
  }

  /** Name of a layer. */
  @Param public Layer layer;

  private Linear linear;
  Tensor input;
  Tensor weight;
  Tensor bias;
  Tensor gradOutput;
  private Tensor output;
  private Tensor gradInput;
  private Tensor gradWeights;
  private Tensor gradBias;

  @Override
  protected void prepare() {
    linear = Linear.of(layer.in, layer.out).withThreads(threads);
    input = random(layer.batch, layer.in);
    weight = random(layer.out, layer.in);
    bias = random(layer.out);
    gradOutput = random(layer.batch, layer.out);
    output = zeros(layer.batch, layer.out);
    gradInput = zeros(layer.batch, layer.in);
    gradWeights = zeros(layer.out, layer.in);
    gradBias = zeros(layer.out);
  }

  /** The output. */
  @Benchmark
  public Tensor forward() {
    linear.forward(input, weight, bias, output);
    return output;
  }

  /** The input's gradient. */
  @Benchmark
  public Tensor backwardInput() {
    linear.backwardInput(gradOutput, weight, gradInput);
    return gradInput;
  }

  /** The weights' gradient. */
  @Benchmark
  public Tensor backwardWeights() {
    linear.backwardWeights(input, gradOutput, gradWeights);
    return gradWeights;
  }

  /** The bias's gradient. */
  @Benchmark
  public Tensor backwardBias() {
    linear.backwardBias(gradOutput, gradBias);
    return gradBias;
  }
}
