package io.github.colonnade;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Both passes of the rectifier. */
public class ReluBenchmark extends OperatorBenchmark {
  /** Elements: more than the caches hold, a small network's layer, a call's own cost. */
  @Param({"16777216", "524288", "60"})
  public long elements;

  private Relu relu;
  Tensor input;
  Tensor gradOutput;
  private Tensor output;
  private Tensor gradInput;

  @Override
  protected void prepare() {
    relu = Relu.create().withThreads(threads);
    input = random(elements);
    gradOutput = random(elements);
    output = zeros(elements);
    gradInput = zeros(elements);
  }

  /** The output. */
  @Benchmark
  public Tensor forward() {
    relu.forward(input, output);
    return output;
  }

  /** The input's gradient. */
  @Benchmark
  public Tensor backward() {
    relu.backward(input, gradOutput, gradInput);
    return gradInput;
  }
}
