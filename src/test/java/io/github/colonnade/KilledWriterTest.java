package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A writer that a signal ends leaves whole files; one that is killed may leave its temporary one.
 */
@DisabledOnOs(OS.WINDOWS)
class KilledWriterTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"INT", "HUP", "KILL"})
  void leavesTheWholeFileThatWasThere(String signal) throws Exception {
    assumeFalse(isIgnored(signal), "this JVM was started with the signal ignored");
    Process process =
        new ForkedJvm(AtomicFileTest.ForkedWriter.class).property("folder", folder).start();
    try (BufferedReader out = process.inputReader()) {
      assertEquals("begun", out.readLine());
      String pid = Long.toString(process.pid());
      assertEquals(0, new ProcessBuilder("kill", "-" + signal, pid).start().waitFor());
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), signal);
      assertNotEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }

    List<String> others = names().stream().filter(name -> !name.equals("y.npy")).toList();
    assertEquals(signal.equals("KILL") ? 1 : 0, others.size(), others::toString);
    assertTrue(
        others.stream().allMatch(name -> name.matches("\\.colonnade-\\w+\\.tmp")),
        others::toString);
    try (Arena arena = Arena.ofConfined()) {
      double[] values = Npy.read(folder.resolve("y.npy"), arena).toDoubleArray();
      assertArrayEquals(new double[AtomicFileTest.ForkedWriter.ELEMENTS], values);
    }
  }

  /** Returns whether a process of this one ignores the signal too, as under {@code nohup}. */
  private static boolean isIgnored(String signal) throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return false;
    }
    long bit = List.of("HUP", "INT").indexOf(signal) + 1L;
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) & bit) != 0);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
