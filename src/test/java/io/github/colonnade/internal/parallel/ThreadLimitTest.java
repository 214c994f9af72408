package io.github.colonnade.internal.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The number of threads of the process: of processors, or as the property says. */
class ThreadLimitTest {
  @Test
  void asManyAsProcessorsOrAsThePropertySays() {
    assertEquals(64, ThreadLimit.choose(null, 64));
    assertEquals(1, ThreadLimit.choose("1", 64));
    assertEquals(100, ThreadLimit.choose("100", 64));
    assertEquals(4096, ThreadLimit.choose("4096", 64));
  }

  /** Read when first needed and then kept: helpers may be at work by then. */
  @Test
  void aProgramMaySetThePropertyBeforeItsFirstPlan() throws Exception {
    String output = new ForkedJvm(LateThreads.class).run();
    assertEquals(List.of("3 3", "3 3", "2 2", "7 3"), output.lines().toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "abc", "99999", "4097", "", " ", "2.5", "99999999999", "1e3"})
  void anythingElseIsTold(String wrong) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> ThreadLimit.choose(wrong, 2))
            .getMessage();
    assertEquals(
        "-Dcolonnade.threads: is '" + wrong + "', must be a whole number from 1 to 4096", message);
  }
}
