package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A property of a wrong value is told by what it must be, at every call that needs it. */
class WrongPropertiesTest {
  private static final int CALLS = 12;

  @ParameterizedTest
  @ValueSource(strings = {"0", "abc", "99999"})
  void threads(String wrong) throws Exception {
    List<String> lines = run("colonnade.threads", wrong);
    String message =
        "java.lang.IllegalArgumentException: -Dcolonnade.threads: is '"
            + wrong
            + "', must be a whole number from 1 to 4096";
    for (int round = 0; round < 2; round++) {
      List<String> told = lines.subList(round * CALLS, (round + 1) * CALLS);
      assertEquals(Collections.nCopies(CALLS - 1, message), told.subList(0, CALLS - 1));
      assertEquals("done", told.getLast());
    }
    assertEquals("unwritten", lines.getLast());
  }

  @Test
  void kernels() throws Exception {
    List<String> lines = run("colonnade.kernels", "scalar");
    String message =
        "java.lang.IllegalArgumentException: -Dcolonnade.kernels: is 'scalar', must be portable or"
            + " vector";
    assertEquals(lines.subList(0, CALLS), lines.subList(CALLS, 2 * CALLS));
    assertEquals(List.of(message, message), lines.subList(CALLS - 2, CALLS));
    assertTrue(lines.stream().noneMatch(line -> line.contains("Initializer")), lines::toString);
  }

  private static List<String> run(String property, String wrong) throws Exception {
    ForkedJvm forked = new ForkedJvm(WrongProperties.class).testLibraries();
    List<String> lines = forked.property(property, wrong).run().lines().toList();
    assertEquals(2 * CALLS + 1, lines.size(), lines::toString);
    return lines;
  }
}
