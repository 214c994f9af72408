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
    ForkedJvm program = forked(ArenaLifetime.class);
    if (scenario.equals("closed")) {
      withoutFault(program);
    }
    String output = program.property("scenario", scenario).property("rounds", rounds).run();
    assertTrue(output.contains("survived " + scenario), output);
  }

  @Test
  void noCallOfAnyOperatorOutlivesItsOperands() throws Exception {
    String output = withoutFault(forked(ClosedOperands.class)).run();
    assertTrue(output.contains("survived "), output);
  }

  /**
   * Leaves out the JVM's own fault JDK-8364167: a thread that asks for a compilation between the
   * check of an access and the access goes on to memory that was freed meanwhile. Only compiled
   * code that counts its calls does that, which is that of the levels 2 and 3.
   */
  private static ForkedJvm withoutFault(ForkedJvm program) {
    return program.option("-XX:TieredStopAtLevel=1");
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
