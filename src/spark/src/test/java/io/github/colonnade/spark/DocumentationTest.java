package io.github.colonnade.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the page shows is code that is compiled, and that tests run. */
class DocumentationTest {
  private static final Path BASE = Path.of(System.getProperty("basedir"));

  /** {@code <!-- spark Class region -->}, then a block of code. */
  private static final Pattern EXAMPLE =
      Pattern.compile("<!-- spark (\\w+) (\\w+) -->\\s*```java\n(.*?)```", Pattern.DOTALL);

  @Test
  void shownExamplesAreTheCompiledOnes() throws IOException {
    Matcher example = EXAMPLE.matcher(Files.readString(BASE.resolve("../site/markdown/spark.md")));
    int shown = 0;
    while (example.find()) {
      assertEquals(region(example.group(1), example.group(2)), example.group(3));
      shown++;
    }
    assertEquals(3, shown);
  }

  private static String region(String example, String region) throws IOException {
    Path file = BASE.resolve("src/test/java/io/github/colonnade/spark/" + example + ".java");
    Matcher body =
        Pattern.compile("// @start region=\"" + region + "\"\n(.*?) *// @end\n", Pattern.DOTALL)
            .matcher(Files.readString(file));
    assertTrue(body.find(), example + " has no region " + region);
    return body.group(1).stripTrailing().stripIndent() + "\n";
  }
}
