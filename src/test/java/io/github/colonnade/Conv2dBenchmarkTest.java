package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;

/** What is timed is right: every benchmark's result against the definition's. */
class Conv2dBenchmarkTest {
  @Test
  void resultsEqualTheDefinitions() throws IOException, ReflectiveOperationException {
    List<Method> methods =
        Arrays.stream(Conv2dBenchmark.class.getMethods())
            .filter(method -> method.isAnnotationPresent(Benchmark.class))
            .toList();
    assertTrue(methods.size() >= 4, methods.toString());
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      Conv2dBenchmark timed = benchmark(dtype, Algorithm.AUTO);
      Conv2dBenchmark reference = benchmark(dtype, Algorithm.REFERENCE);
      for (Method method : methods) {
        double[] expected = ((Tensor) method.invoke(reference)).toDoubleArray();
        // Outputs are zeros until something is computed.
        assertTrue(Arrays.stream(expected).anyMatch(value -> value != 0), method.getName());
        assertArrayEquals(
            expected,
            ((Tensor) method.invoke(timed)).toDoubleArray(),
            dtype == DType.F64 ? 1e-12 : 1e-4,
            method.getName());
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
