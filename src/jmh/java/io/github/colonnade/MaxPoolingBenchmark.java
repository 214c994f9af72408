package io.github.colonnade;

import org.openjdk.jmh.annotations.Benchmark;

/** What max pools have in common. */
public abstract class MaxPoolingBenchmark extends OperatorBenchmark {
  private MaxPooling2d pool;
  Tensor input;
  Tensor indices;
  Tensor gradOutput;
  private Tensor output;
  Tensor outputIndices;
  private Tensor gradInput;

  /** For each kind of max pool. */
  protected MaxPoolingBenchmark() {}

  /** Returns the operator. */
  abstract MaxPooling2d pool();

  /** Returns the layer's input. */
  abstract long[] inputShape();

  @Override
  protected final void prepare() {
    pool = pool();
    long[] outputShape = pool.outputShape(inputShape());
    input = random(inputShape());
    gradOutput = random(outputShape);
    output = zeros(outputShape);
    outputIndices = indices(outputShape);
    gradInput = zeros(inputShape());
    indices = indices(outputShape);
    pool.forward(input, zeros(outputShape), indices);
  }

  /** The maxima. */
  @Benchmark
  public Tensor forward() {
    pool.forward(input, output);
    return output;
  }

  /** The maxima and their positions. */
  @Benchmark
  public Tensor forwardWithIndices() {
    pool.forward(input, output, outputIndices);
    return output;
  }

  /** The input's gradient, finding the maxima again. */
  @Benchmark
  public Tensor backward() {
    pool.backward(input, gradOutput, gradInput);
    return gradInput;
  }

  /** The input's gradient, from the known positions of the maxima. */
  @Benchmark
  public Tensor backwardFromIndices() {
    pool.backwardFromIndices(indices, gradOutput, gradInput);
    return gradInput;
  }
}
