package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Memory that is freed around and during calls, by its owner, another thread or the collector: a
 * call completes or throws, and the JVM lives.
 */
class ArenaLifetimeTest {
  @ParameterizedTest
  @CsvSource({"closed, 1000", "interrupted, 300", "confined, 100", "collected, 30", "overflow, 20"})
  void noCallOutlivesItsMemory(String scenario, int rounds) throws Exception {
    String output =
        forked(ArenaLifetime.class).property("scenario", scenario).property("rounds", rounds).run();
    assertTrue(output.contains("survived " + scenario), output);
  }

  @Test
  void noCallOfAnyOperatorOutlivesItsOperands() throws Exception {
    String output = forked(ClosedOperands.class).run();
    assertTrue(output.contains("survived "), output);
  }

  private static ForkedJvm forked(Class<?> program) {
    return new ForkedJvm(program)
        .testLibraries()
        .property("colonnade.threads", 8)
        // The C library gives freed memory back at once, so that any use of it is a crash.
        .environment("MALLOC_MMAP_THRESHOLD_", "4096")
        .environment("MALLOC_PERTURB_", "165");
  }
}
