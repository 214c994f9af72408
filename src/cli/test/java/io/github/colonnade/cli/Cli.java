package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.Npy;
import io.github.colonnade.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a command did.
 *
 * @param code exit code
 * @param out what it printed
 * @param err what it complained of
 */
record Cli(int code, String out, String err) {
  static Cli run(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = Stream.of(args).map(String::valueOf).toArray(String[]::new);
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), words);
    return new Cli(code, out.toString(), err.toString());
  }

  /** As {@link #run}, with each layer timed a few times only. */
  static Cli runHastily(Object... args) {
    String property = "colonnade.bench.seconds";
    System.setProperty(property, "0.001");
    try {
      return run(args);
    } finally {
      System.clearProperty(property);
    }
  }

  /** Checks that all went well and nothing was said on standard error. */
  Cli requireDone() {
    assertEquals("", err);
    assertEquals(0, code);
    return this;
  }

  /** Checks that a mistake was told in one line that says {@code what}. */
  void requireMistake(String what) {
    assertEquals(2, code, err);
    assertTrue(err.startsWith("colonnade: "), err);
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.contains(what), () -> "must say " + what + ", says " + err);
  }

  static Path save(Path file, double[] values, long... shape) {
    try (Arena arena = Arena.ofConfined()) {
      Npy.write(file, Tensor.copyOf(arena, values, shape));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path save(Path file, float[] values, long... shape) {
    try (Arena arena = Arena.ofConfined()) {
      Npy.write(file, Tensor.copyOf(arena, values, shape));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Checks that a file holds exactly this array. */
  static void assertHolds(Tensor expected, Path file) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor written = Npy.read(file, arena);
      assertEquals(expected.toString(), written.toString());
      assertEquals(-1, written.segment().mismatch(expected.segment()), file::toString);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<String> filesIn(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
