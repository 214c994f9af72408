package io.github.colonnade;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Arithmetic on whole tensors. */
public class ElementwiseBenchmark extends OperatorBenchmark {
  /** Elements: more than the caches hold, a small network's weights, a call's own cost. */
  @Param({"16777216", "29034", "60"})
  public long elements;

  private Elementwise elementwise;
  Tensor x;
  Tensor y;
  private Tensor out;
  private Tensor total;

  @Override
  protected void prepare() {
    elementwise = Elementwise.create().withThreads(threads);
    x = random(elements);
    y = random(elements);
    out = zeros(elements);
    total = zeros(1);
  }

  /** A step of gradient descent. The factor is 0, so that the numbers stay as they are. */
  @Benchmark
  public Tensor addScaled() {
    elementwise.addScaled(0, x, y);
    return y;
  }

  /** An unsharp mask. */
  @Benchmark
  public Tensor combine() {
    elementwise.combine(1.5, x, -0.5, y, out);
    return out;
  }

  /** The sum of all elements. */
  @Benchmark
  public Tensor sum() {
    total.set(0, elementwise.sum(x));
    return total;
  }
}
