package io.github.colonnade;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Random numbers. */
public class RandomFillBenchmark extends OperatorBenchmark {
  /** Elements. */
  @Param({"1048576", "60"})
  public long elements;

  private Tensor tensor;

  @Override
  protected void prepare() {
    tensor = zeros(elements);
  }

  /** Even from 0 to before 1. */
  @Benchmark
  public Tensor uniform() {
    return RandomFill.seeded(1).withThreads(threads).uniform(tensor, 0, 1);
  }

  /** Normal, of mean 0 and deviation 1. */
  @Benchmark
  public Tensor normal() {
    return RandomFill.seeded(1).withThreads(threads).normal(tensor, 0, 1);
  }
}
