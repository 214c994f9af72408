package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Load, shortly, with small stacks and a small heap; {@code scripts/soak.sh} does the same for
 * long.
 */
class SoakTest {
  @ParameterizedTest
  @CsvSource({"callers, 2 64 10000", "rounds, 2000", "shapes, 200"})
  void holds(String load, String numbers) throws Exception {
    String output = soak(load, numbers).run();
    assertTrue(output.endsWith("held\n"), output);
  }

  @ParameterizedTest
  @ValueSource(strings = {"leak", "hoard"})
  @EnabledOnOs(OS.LINUX)
  void aKibibyteARoundIsNoticed(String load) {
    AssertionError noticed = assertThrows(AssertionError.class, () -> soak(load, "20000").run());
    assertTrue(noticed.getMessage().contains("memory grows"), noticed.getMessage());
  }

  private static ForkedJvm soak(String load, String numbers) {
    ForkedJvm forked =
        new ForkedJvm(Soak.class)
            .testLibraries()
            .property("colonnade.threads", 8)
            .option("-Xss256k")
            // All of the heap is resident from the beginning, so that what grows is not the heap.
            .option("-Xms128m")
            .option("-Xmx128m")
            .option("-XX:+AlwaysPreTouch")
            .option("-XX:NativeMemoryTracking=summary")
            .environment("MALLOC_ARENA_MAX", "1")
            .argument(load);
    for (String number : numbers.split(" ", -1)) {
      forked.argument(number);
    }
    return forked;
  }
}
