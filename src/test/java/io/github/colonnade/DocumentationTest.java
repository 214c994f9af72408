package io.github.colonnade;

import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages' links lead somewhere, and the code that they show is code that is compiled. */
final class DocumentationTest {
  private static final Path PAGES = Path.of("src/site/markdown");
  private static final Path EXAMPLES = Path.of("src/examples/java/io/github/colonnade/examples");

  /** {@code <!-- example Class region -->}, then a block of code. */
  private static final Pattern EXAMPLE =
      Pattern.compile("<!-- example (\\w+) (\\w+) -->\\s*```java\n(.*?)```", Pattern.DOTALL);

  private static final Pattern FENCED =
      Pattern.compile("^```.*?^```", Pattern.DOTALL | Pattern.MULTILINE);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("^#+ +(.+?) *$", Pattern.MULTILINE);

  @Test
  void shownExamplesAreTheCompiledOnes() throws IOException {
    Set<String> shown = new HashSet<>();
    for (Path page : pages()) {
      Matcher example = EXAMPLE.matcher(Files.readString(page));
      while (example.find()) {
        String where = page + ", " + example.group(1) + " " + example.group(2);
        assertEquals(region(example.group(1), example.group(2)), example.group(3), where);
        shown.add(example.group(1));
      }
    }
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      for (Path file : files.filter(DocumentationTest::hasRegions).collect(toList())) {
        String name = file.getFileName().toString().replace(".java", "");
        assertTrue(shown.contains(name), name + " is shown on no page");
      }
    }
  }

  private static boolean hasRegions(Path file) {
    try {
      return Files.readString(file).contains("@start region");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns what stands between a region's marks, moved to the left. */
  private static String region(String example, String region) throws IOException {
    String source = Files.readString(EXAMPLES.resolve(example + ".java"));
    Matcher body =
        Pattern.compile("// @start region=\"" + region + "\"\n(.*?) *// @end\n", Pattern.DOTALL)
            .matcher(source);
    assertTrue(body.find(), example + " has no region " + region);
    return body.group(1).stripTrailing().stripIndent() + "\n";
  }

  @Test
  void relativeLinksLeadSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Path page : pages()) {
      String text = FENCED.matcher(Files.readString(page)).replaceAll("");
      for (String link : LINK.matcher(text).results().map(r -> r.group(1)).toList()) {
        if (!link.matches("[a-z]+:.*")) {
          links++;
          if (!leadsSomewhere(page, link)) {
            broken.add(page + ": " + link);
          }
        }
      }
    }
    assertEquals(List.of(), broken);
    assertTrue(links > 10, links + " links found");
  }

  private static boolean leadsSomewhere(Path page, String link) throws IOException {
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
    // The site has the Javadoc beside its pages; how it is linked is checked there.
    if (target.startsWith(PAGES.resolve("apidocs"))) {
      return true;
    }
    return Files.exists(target) && (parts.length == 1 || anchors(target).contains(parts[1]));
  }

  @Test
  void findsABrokenLink() throws IOException {
    Path page = PAGES.resolve("benchmarks.md");
    assertTrue(leadsSomewhere(page, "#the-limit"));
    assertFalse(leadsSomewhere(page, "#no-such-heading"));
    assertFalse(leadsSomewhere(page, "no-such-page.md"));
    assertTrue(leadsSomewhere(page, "../../../README.md#install"));
  }

  /** Returns the names that headings have as anchors: small letters, hyphens for spaces. */
  private static Set<String> anchors(Path page) throws IOException {
    String text = FENCED.matcher(Files.readString(page)).replaceAll("");
    return HEADING
        .matcher(text)
        .results()
        .map((MatchResult heading) -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .collect(toSet());
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> site = Files.walk(PAGES)) {
      return Stream.concat(
              Stream.of("README.md", "CHANGELOG.md", ".github/SECURITY.md").map(Path::of), site)
          .filter(file -> file.toString().endsWith(".md"))
          .toList();
    }
  }
}
