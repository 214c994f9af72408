package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Operators where memory runs out: what is told, and that the next call is right. */
class StarvedTest {
  @Test
  void theCallersArena() throws Exception {
    requireHeld(starved("arena"));
  }

  /** Whatever the JVM takes for itself comes from memory that the C library has already. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void pagesOfTheSystem() throws Exception {
    requireHeld(
        starved("native")
            .mebibytes(4000)
            .option("-Xms64m")
            .option("-Xmx64m")
            .option("-XX:TieredStopAtLevel=1")
            .option("-XX:+UseSerialGC")
            .environment("MALLOC_ARENA_MAX", "1")
            .environment("MALLOC_TOP_PAD_", String.valueOf(64 << 20))
            .environment("MALLOC_TRIM_THRESHOLD_", String.valueOf(1L << 40)));
  }

  /** Some calls of many: the collector looks for memory over and over. */
  @Test
  void theJavaHeap() throws Exception {
    requireHeld(starved("heap").argument("37").option("-Xmx32m").option("-XX:+UseSerialGC"));
  }

  private static ForkedJvm starved(String memory) {
    return new ForkedJvm(Starved.class)
        .testLibraries()
        .property("colonnade.threads", 8)
        .argument(memory);
  }

  private static void requireHeld(ForkedJvm forked) throws Exception {
    String output = forked.run();
    assertTrue(output.contains(" and right afterwards"), output);
    assertTrue(!output.contains(" 0 times without memory"), output);
  }
}
