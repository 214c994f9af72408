package io.github.colonnade;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Separable filters of one plane. */
public class SeparableFilter2dBenchmark extends OperatorBenchmark {
  /** A square plane and what slides over it. */
  public enum Filter {
    /** Sobel's derivative of a photograph of 16 megapixels. */
    SOBEL(4096, SeparableKernel.sobelX()),
    /** The mean of 5×5. */
    BOX5(4096, SeparableKernel.box(5, 5)),
    /** A Gaussian of 25 taps each way. */
    GAUSSIAN3(4096, SeparableKernel.gaussian(3)),
    /** A Gaussian of 121 taps each way. */
    GAUSSIAN15(4096, SeparableKernel.gaussian(15)),
    /** What a call costs apart from its arithmetic. */
    TINY(7, SeparableKernel.gaussian(0.6, 0.9, 0, 1, 3));

    final long size;
    final SeparableKernel kernel;

    Filter(long size, SeparableKernel kernel) {
      this.size = size;
      this.kernel = kernel;
    }
  }

  /** Name of a filter. */
  @Param public Filter filter;

  private SeparableFilter2d operator;
  Tensor input;
  private Tensor output;

  @Override
  protected void prepare() {
    operator = SeparableFilter2d.builder(filter.kernel).threads(threads).build();
    input = random(filter.size, filter.size);
    output = zeros(filter.size, filter.size);
  }

  /** The output. */
  @Benchmark
  public Tensor forward() {
    operator.forward(input, output);
    return output;
  }
}
