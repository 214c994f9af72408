package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.colonnade.Algorithm;
import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What is timed is right: every benchmark's result against the definition's. */
class Conv2dBenchmarkTest {
  @Test
  void resultsEqualTheDefinitions() throws IOException {
    List<Function<Conv2dBenchmark, Tensor>> methods =
        List.of(
            Conv2dBenchmark::forward,
            Conv2dBenchmark::backwardInput,
            Conv2dBenchmark::backwardWeights,
            Conv2dBenchmark::backwardBias);
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      Conv2dBenchmark timed = benchmark(dtype, Algorithm.AUTO);
      Conv2dBenchmark reference = benchmark(dtype, Algorithm.REFERENCE);
      for (Function<Conv2dBenchmark, Tensor> method : methods) {
        assertArrayEquals(
            method.apply(reference).toDoubleArray(),
            method.apply(timed).toDoubleArray(),
            dtype == DType.F64 ? 1e-12 : 1e-4);
      }
      timed.tearDown();
      reference.tearDown();
    }
  }

  private static Conv2dBenchmark benchmark(DType dtype, Algorithm algorithm) throws IOException {
    Conv2dBenchmark benchmark = new Conv2dBenchmark();
    benchmark.layer = "tiny";
    benchmark.dtype = dtype;
    benchmark.algorithm = algorithm;
    benchmark.threads = 2;
    benchmark.setUp();
    return benchmark;
  }
}
