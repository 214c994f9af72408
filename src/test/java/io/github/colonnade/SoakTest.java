package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Load, shortly, with small stacks and a small heap; {@code scripts/soak.sh} does the same for
 * long.
 */
class SoakTest {
  @ParameterizedTest
  @CsvSource({"callers, 2 64 10000", "rounds, 2000", "shapes, 200"})
  void holds(String load, String numbers) throws Exception {
    ForkedJvm forked =
        new ForkedJvm(Soak.class)
            .testLibraries()
            .property("colonnade.threads", 8)
            .option("-Xss256k")
            // All of the heap is resident from the beginning, so that what grows is not the heap.
            .option("-Xms128m")
            .option("-Xmx128m")
            .option("-XX:+AlwaysPreTouch")
            .argument(load);
    for (String number : numbers.split(" ", -1)) {
      forked.argument(number);
    }
    String output = forked.run();
    assertTrue(output.endsWith("held\n"), output);
  }
}
