package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The arrays that a call computes in are kept for the next one, be they as large as a cap allows.
 */
class WarmCallsTest {
  /** What is not compiled yet makes some objects. */
  private static final long MOST_BYTES = 100_000;

  /** The arrays of one thread, were they made anew, would be several times as much. */
  private static final long LARGE_BYTES = 5 * MOST_BYTES;

  @ParameterizedTest
  @CsvSource({
    "FFT, F64, 1, 512, 127",
    "FFT, F64, 8, 64, 31",
    "FFT, F32, 8, 64, 31",
    "DIRECT, F64, 3, 64, 21",
  })
  void keepsArrays(String algorithm, String dtype, String channels, String plane, String kernel)
      throws Exception {
    String output =
        new ForkedJvm(WarmCalls.class)
            .option("-XX:+UnlockExperimentalVMOptions")
            .option("-XX:+UseEpsilonGC")
            .option("-XX:-UseTLAB")
            .option("-Xmx4g")
            .argument(algorithm)
            .argument(dtype)
            .argument(channels)
            .argument(plane)
            .argument(kernel)
            .run();
    List<String> lines = output.lines().toList();
    long heap =
        lines.stream()
            .filter(line -> line.endsWith(" of them on the heap"))
            .mapToLong(line -> Long.parseLong(line.replaceAll(".* (\\d+) of them.*", "$1")))
            .max()
            .orElse(0);
    assertTrue(heap > LARGE_BYTES, "this would prove nothing: " + output);
    long bytes = Long.parseLong(lines.getLast().replace("allocated ", ""));
    assertTrue(bytes < MOST_BYTES, output);
  }
}
