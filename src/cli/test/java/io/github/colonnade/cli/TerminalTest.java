package io.github.colonnade.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No name that a file has or holds controls the terminal. */
class TerminalTest {
  private static final String HEADER = "name,n,c,h,w,o,kh,kw,stride,pad,dilation,groups\n";
  private static final String HOSTILE = "a\u001b[31m\u202eb\u009b\u2066\u007f\u00fc";
  private static final String ESCAPED = "a\\u001b[31m\\u202eb\\u009b\\u2066\\u007f\u00fc";

  @TempDir private Path folder;

  @Test
  void namesOfLayersAreEscaped() throws IOException {
    Path layers = layers(HOSTILE, "1,1,8,8,1,3,3,1,1,1,1");
    Path json = folder.resolve("o.json");

    Cli cli = Cli.runHastily("bench", "--layers", layers, "--json", json).requireDone();

    assertIsPlain(cli.out());
    assertTrue(cli.out().contains(ESCAPED), cli.out());
    String written = Files.readString(json);
    assertTrue(written.chars().allMatch(c -> c == '\n' || c == '\r' || (c >= ' ' && c < 0x7f)));
    assertEquals(
        HOSTILE,
        JsonParser.parseString(written)
            .getAsJsonObject()
            .getAsJsonArray("results")
            .get(0)
            .getAsJsonObject()
            .get("layer")
            .getAsString());
  }

  @Test
  void namesOfLayersAreEscapedInMistakes() throws IOException {
    Cli cli = Cli.run("bench", "--layers", layers(HOSTILE, "1,1,8,8,1,9,9,1,0,1,1"));

    cli.requireMistake("layer " + ESCAPED + ": ");
    assertIsPlain(cli.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"DIR/none", "DIR"})
  void namesOfFilesAreEscaped(String name) throws IOException {
    Path hostile = Files.createDirectory(folder.resolve(HOSTILE + "\n"));
    Path file = Path.of(name.replace("DIR", hostile.toString()));

    for (Object[] arguments :
        new Object[][] {
          {"filter", file, "--kernel", "box", "-o", folder.resolve("o.png")},
          {"filter", file, "--kernel", "box", "-o", file},
          {"bench", "--layers", file},
          {"bench", "--json", file.resolve("no").resolve("o")},
          {"im2col", "--kernel", 1, "--input", file, "--output", folder.resolve("o.npy")},
          {"im2col", "--kernel", HOSTILE, "--input", file, "--output", file},
          {HOSTILE + "\n"},
          {"info", HOSTILE + "\n"},
        }) {
      Cli cli = Cli.run(arguments);

      cli.requireMistake(ESCAPED);
      assertIsPlain(cli.err());
    }
  }

  private Path layers(String name, String sizes) throws IOException {
    return Files.writeString(folder.resolve("l.csv"), HEADER + name + "," + sizes + "\n");
  }

  private static void assertIsPlain(String text) {
    assertFalse(
        text.lines()
            .flatMapToInt(String::codePoints)
            .anyMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT),
        text);
  }
}
