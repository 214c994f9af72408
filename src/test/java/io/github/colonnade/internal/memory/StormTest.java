package io.github.colonnade.internal.memory;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Many callers at once of plans that allow 64 threads, with little memory: every result is right,
 * threads do not multiply by callers, and memory is given back.
 */
class StormTest {
  private static final String HELPERS = "colonnade.threads";

  @Test
  void callersDoNotMultiplyByTheirThreads() throws Exception {
    Facts facts =
        storm("columns", 64, 2, "-Xmx256m", "-XX:MaxDirectMemorySize=24m", "-D" + HELPERS + "=4");
    assertTrue(facts.of("memory") < 160, facts::toString);
  }

  @Test
  void norByDefault() throws Exception {
    storm("tiny", 700, 2, "-Xmx256m", "-Xss512k");
  }

  @Test
  void scratchOfAStormIsGivenBack() throws Exception {
    Facts facts =
        storm("wide", 12, 4, "-Xmx32m", "-XX:MaxDirectMemorySize=24m", "-D" + HELPERS + "=4");
    assertTrue(facts.of("memory") < 160, facts::toString);
    assertTrue(facts.of("left") < 50, facts::toString);
  }

  @Test
  void aSmallHeapHoldsTheArraysOfManyCallers() throws Exception {
    storm("heap", 20, 20, "-Xmx32m", "-D" + HELPERS + "=4");
  }

  private record Facts(String output) {
    long of(String name) {
      Map<String, Long> facts = new HashMap<>();
      output
          .lines()
          .map(line -> line.split(" "))
          .filter(words -> words.length == 2)
          .forEach(words -> facts.put(words[0], Long.parseLong(words[1])));
      return facts.get(name);
    }
  }

  private static Facts storm(String scenario, int callers, int calls, String... options)
      throws Exception {
    ForkedJvm forked =
        new ForkedJvm(Storm.class)
            .testLibraries()
            .property("scenario", scenario)
            .property("callers", callers)
            .property("calls", calls);
    for (String option : options) {
      forked.option(option);
    }
    Facts facts = new Facts(forked.run());
    int all = callers * calls;
    assertTrue(facts.output.contains("right " + all + " of " + all + "\n"), facts::toString);
    assertTrue(facts.of("threads") <= 0, facts::toString);
    return facts;
  }
}
