package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.colonnade.OpenBlas;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MainTest {
  private static final List<String> COMMANDS =
      List.of(
          "info",
          "conv2d",
          "conv2d-backward",
          "conv-transpose2d",
          "im2col",
          "col2im",
          "maxpool2d",
          "maxpool2d-backward",
          "avgpool2d",
          "avgpool2d-backward",
          "convolve2d",
          "correlate2d",
          "filter",
          "demo",
          "train",
          "bench",
          "help");

  private static Stream<String> commands() {
    return Stream.concat(Stream.of(""), COMMANDS.stream());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelpAndVersion(String command) {
    Object[] help = command.isEmpty() ? new Object[] {"--help"} : new Object[] {command, "--help"};
    Object[] version = help.clone();
    version[version.length - 1] = "--version";

    assertTrue(Cli.run(help).requireDone().out().startsWith("Usage: colonnade " + command));
    assertTrue(Cli.run(version).requireDone().out().startsWith("colonnade "));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpPrintsTheSame(String command) {
    Object[] asked = command.isEmpty() ? new Object[] {"help"} : new Object[] {"help", command};
    Object[] option =
        command.isEmpty() ? new Object[] {"--help"} : new Object[] {command, "--help"};

    assertEquals(Cli.run(option).out(), Cli.run(asked).requireDone().out());
  }

  @Test
  void helpListsTheCommands() {
    String help = Cli.run("--help").requireDone().out();

    for (String command : COMMANDS) {
      assertTrue(help.contains("  " + command), help);
    }
  }

  @Test
  void infoNamesTheOpenBlasInUse() {
    String text = Cli.run("info").requireDone().out();
    JsonObject json =
        JsonParser.parseString(Cli.run("info", "--json").requireDone().out()).getAsJsonObject();

    OpenBlas.Info info = OpenBlas.info();
    assertTrue(text.contains(info.path().toString()), text);
    assertTrue(text.contains(info.core()), text);
    assertEquals(List.of("openblas", "kernels", "threads", "machine"), List.copyOf(json.keySet()));
    JsonObject blas = json.getAsJsonObject("openblas");
    assertEquals(info.path().toString(), blas.get("path").getAsString());
    assertEquals(info.version(), blas.get("version").getAsString());
  }

  @Test
  void aDefectIsToldInOneLine() {
    String told = report(new IllegalStateException("two\nlines"));

    assertEquals(1, told.lines().count(), told);
    assertTrue(told.startsWith("colonnade: IllegalStateException: two lines"), told);
  }

  @Test
  void aMissingOpenBlasIsToldInFull() {
    String ways = "OpenBLAS cannot be loaded.\n  one\u001b\n  with -Dcolonnade.openblas=PATH.";
    String told = report(new UnsatisfiedLinkError(ways));

    assertEquals(
        List.of(
            "colonnade: OpenBLAS cannot be loaded.",
            "  one\\u001b",
            "  with COLONNADE_JAVA_OPTS=-Dcolonnade.openblas=PATH."),
        told.lines().toList());
    assertFalse(told.contains("\tat "), told);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Java heap space (--input x.npy is F64[1])       | allow it more with COLONNADE_JAVA_OPTS=-Xmx
          GC overhead limit exceeded                      | allow it more with COLONNADE_JAVA_OPTS=-Xmx
          Requested array size exceeds VM limit           | no array of Java's is that large
          Cannot reserve 9 bytes of direct buffer memory  | COLONNADE_JAVA_OPTS=-XX:MaxDirectMemorySize
          unable to create native thread                  | use fewer --threads
          Cannot allocate 9 bytes                         | this is native memory
          cannot allocate 9 bytes of scratch memory: use fewer threads, a lower PlanOptions.withMaxWorkspaceBytes, or a Workspace of your own | memory: use fewer --threads; this is native
          """)
  void aLackOfMemoryIsToldWithAWayOut(String kind, String wayOut) {
    String told = report(new OutOfMemoryError(kind));

    assertEquals(1, told.lines().count(), told);
    assertTrue(told.startsWith("colonnade: not enough memory: " + kind.substring(0, 9)), told);
    assertTrue(told.contains(wayOut), told);
  }

  @Test
  void theCapThatNoOptionSetsIsToldOfTheAlgorithm() {
    String told = "maxWorkspaceBytes: is 9, DIRECT needs at least 10 for this shape";

    assertEquals(
        "--algorithm: is direct, which has 9 bytes of scratch memory and needs at least 10 for this"
            + " shape",
        LibraryWords.translate(told));
  }

  private static String report(Throwable thrown) {
    StringWriter err = new StringWriter();
    assertEquals(1, Failure.report(new PrintWriter(err), thrown));
    return err.toString();
  }
}
