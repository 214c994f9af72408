package io.github.colonnade.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import io.github.colonnade.cli.bench.MachineLimit;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What runs in JVMs of its own: both kinds of kernels, first calls, and what cannot be computed.
 */
final class TurnsTest {
  private static final MachineLimit MACHINE = new MachineLimit(1e9, 1e9);

  @TempDir private Path folder;

  private Turns turns() throws IOException {
    String classPath =
        String.join(
            File.pathSeparator,
            root(Conv2dPlan.class),
            root(TurnsTest.class),
            System.getProperty("java.class.path"));
    // The folder has no C baseline, wherever one was compiled.
    List<String> options =
        List.of("--enable-native-access=ALL-UNNAMED", "-D" + CBaseline.FOLDER + "=" + folder);
    return new Turns(Mode.QUICK, classPath, options, folder);
  }

  /** Returns where resources lie, not code sources: a patched module has only one of those. */
  private static String root(Class<?> type) {
    String name = type.getName().replace('.', '/') + ".class";
    String url = String.valueOf(type.getResource("/" + name));
    return Path.of(URI.create(url.substring(0, url.length() - name.length()))).toString();
  }

  private static Trial trial(Suite suite, Library library, Layer layer) {
    return new Trial(suite, library, layer, BenchPass.FORWARD, DType.F64, 1);
  }

  @Test
  void librariesTakeTurnsAndOneThatFailsLeavesTheOthers() throws IOException {
    Layer tiny = Layers.find("tiny").orElseThrow();
    Trial portable = trial(Suite.LAYERS, Library.COLONNADE, tiny);
    Trial vector = trial(Suite.LAYERS, Library.COLONNADE_VECTOR, tiny);
    Trial c = trial(Suite.LAYERS, Library.C_BASELINE, tiny);

    try (Turns turns = turns()) {
      Map<Trial, Turns.Outcome> outcomes = turns.run(List.of(portable, c, vector), MACHINE);

      assertEquals(3, outcomes.size());
      for (Trial trial : List.of(portable, vector)) {
        Timing timing = outcomes.get(trial).timing();
        assertNotNull(timing, () -> String.valueOf(outcomes.get(trial).failure()));
        assertEquals("direct", timing.algorithm());
        assertTrue(timing.ms() > 0 && timing.ms() <= timing.msHigh(), timing::toString);
        // 84 of 100 rows and columns of taps lie inside; 2 operations each at 10⁹ a second.
        assertEquals(
            Math.max(22 * 22 * 2, (64 + 64 + 9 + 1) * 8) / 1e6,
            timing.more().get(BenchmarkResults.LIMIT),
            1e-12);
      }
      assertNull(outcomes.get(c).timing());
      assertNotNull(outcomes.get(c).failure());
    }
  }

  @Test
  void firstCallsAreAHundredOfAFreshJvm() throws IOException {
    Trial trial = trial(Suite.FIRST, Library.COLONNADE, Layers.find("lenet1").orElseThrow());

    try (Turns turns = turns()) {
      Timing timing = turns.run(List.of(trial), MACHINE).get(trial).timing();

      double first = timing.more().get(BenchmarkResults.FIRST);
      // It loads OpenBLAS and is not compiled.
      assertTrue(first > timing.ms(), timing::toString);
      assertTrue(timing.more().get(BenchmarkResults.P99) >= timing.msHigh(), timing::toString);
    }
  }
}
