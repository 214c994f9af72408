package io.github.colonnade;

import org.openjdk.jmh.annotations.Benchmark;

/** What average pools have in common. */
public abstract class AvgPoolingBenchmark extends OperatorBenchmark {
  private AvgPooling2d pool;
  Tensor input;
  Tensor gradOutput;
  private Tensor output;
  private Tensor gradInput;

  /** For each kind of average pool. */
  protected AvgPoolingBenchmark() {}

  /** Returns the operator. */
  abstract AvgPooling2d pool();

  /** Returns the layer's input. */
  abstract long[] inputShape();

  @Override
  protected final void prepare() {
    pool = pool();
    long[] outputShape = pool.outputShape(inputShape());
    input = random(inputShape());
    gradOutput = random(outputShape);
    output = zeros(outputShape);
    gradInput = zeros(inputShape());
  }

  /** The averages. */
  @Benchmark
  public Tensor forward() {
    pool.forward(input, output);
    return output;
  }

  /** The input's gradient. */
  @Benchmark
  public Tensor backward() {
    pool.backward(gradOutput, gradInput);
    return gradInput;
  }
}
