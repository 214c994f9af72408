package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What scripts/FinishSite.java makes of the site's pages. */
final class FinishSiteTest {
  @TempDir private Path site;

  @Test
  void givesHeadingsTheirAnchorsAndLeadsLinksToTheRepository() throws Exception {
    Path page =
        page(
            """
            <a id="a"></a>
            <h2>First, <code>second</code></h2>
            <a href="#first-second">down</a> <a href="../../../README.html#install">README</a>
            <a href="../../examples">examples</a>
            <img src="../../peers/results/intel-avx512/time-f64-forward.svg"/>
            <table><tr><td>1.5</td><td>12 of 15</td><td>&#x2013;</td><td>a().b()</td></tr></table>
            """);
    assertEquals("1 pages, 2 links\n", finish(0));
    String finished =
        """
        <h2 id="first-second">First, <code>second</code></h2>
        <a href="#first-second">down</a> \
        <a href="https://example.org/c/blob/main/README.md#install">README</a>
        <a href="https://example.org/c/tree/main/src/examples">examples</a>
        <img src="images/src/peers/results/intel-avx512/time-f64-forward.svg"/>
        <table><tr><td class="number">1.5</td><td>12 of 15</td><td class="number">&#x2013;</td>\
        <td>a()<wbr/>.b()</td></tr></table>
        """;
    assertEquals(finished, Files.readString(page));
    assertTrue(
        Files.exists(site.resolve("images/src/peers/results/intel-avx512/time-f64-forward.svg")));
    finish(0);
    assertEquals(finished, Files.readString(page), "a second time");
  }

  @Test
  void namesLinksThatLeadNowhere() throws Exception {
    page(
        """
        <h2 id="there">There</h2>
        <a href="#there">good</a> <a href="#gone">bad</a> <a href="guide.html">bad</a>
        <a href="../../../GONE.html">bad</a> <a href="https://example.org/gone">not looked at</a>
        """);
    assertEquals(
        """
        index.html: #gone
        index.html: guide.html
        index.html: ../../../GONE.html
        3 of 4 links lead nowhere
        """,
        finish(1));
  }

  private Path page(String html) throws IOException {
    return Files.writeString(site.resolve("index.html"), html);
  }

  private String finish(int code) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "scripts/FinishSite.java",
                site.toString(),
                ".",
                "https://example.org/c")
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(code, process.waitFor(), output);
    return output.replace(System.lineSeparator(), "\n");
  }
}
