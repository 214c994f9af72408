package io.github.colonnade.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.peers.BenchmarkResults.Precision;
import io.github.colonnade.peers.BenchmarkSummary.Part;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sums over networks, shares of the limit, first calls, and the pages that show them. */
final class BenchmarkSummaryTest {
  /** A network of a layer that stands there once and one that does three times. */
  private static final String NETWORKS =
      String.join(
          ",",
          network("colonnade", "a", 1, 1, 4, ", \"limit_ms\": 2, \"least_limit_ms\": 1"),
          network("colonnade-vector", "a", 1, 1, 2, ""),
          network("colonnade-prepared", "a", 1, 1, 1, ""),
          network("pytorch", "a", 1, 1, 2, ""),
          network("colonnade", "b", 1, 3, 2, ", \"limit_ms\": 1, \"least_limit_ms\": 0.5"),
          network("colonnade-vector", "b", 1, 3, 1, ""),
          network("colonnade-prepared", "b", 1, 3, 0.5, ""),
          network("pytorch", "b", 1, 3, 6, ""),
          network("colonnade", "a", 4, 1, 8, ""),
          network("pytorch", "a", 4, 1, 8, ""),
          network("colonnade", "b", 4, 3, 8, ""));

  private static final String OTHERS =
      String.join(
          ",",
          result(
              "layers",
              "colonnade",
              "long",
              1,
              10,
              ", \"algorithm\": \"winograd\", \"limit_ms\": 7, \"least_limit_ms\": 5"),
          result("layers", "pytorch", "long", 1, 25, ""),
          result(
              "layers", "colonnade", "tiny", 1, 1, ", \"limit_ms\": 0.9, \"least_limit_ms\": 0.9"),
          result("layers", "pytorch", "tiny", 1, 90, ""),
          result("layers", "tensorflow", "tiny", 1, 0.5, ""),
          result("first", "colonnade", "tiny", 1, 1, ", \"ms_first\": 30, \"ms_p99\": 5.5"),
          result("first", "pytorch", "tiny", 1, 2, ", \"ms_first\": 8, \"ms_p99\": 4"));

  private static String network(
      String library, String layer, int images, int count, double ms, String more) {
    String network = ", \"network\": \"net\", \"count\": " + count;
    return result("networks", library, layer, images, ms, network + more);
  }

  private static String result(
      String suite, String library, String layer, int images, double ms, String more) {
    return """
        {"suite": "%s", "library": "%s", "version": "1", "layer": "%s",
        "n": %d, "c": 8, "h": 10, "w": 10, "o": 64, "kh": 3, "kw": 3,
        "stride": 1, "pad": 1, "dilation": 1, "groups": 1, "pass": "forward", "dtype": "f64",
        "threads": 2, "ms": %s%s}"""
        .formatted(suite, library, layer, images, ms, more);
  }

  private static String file(String results) {
    return """
        {"machine": {"cpu": "A CPU"}, "openblas": {"version": "0.3"}, "mode": "quick",
        "limits": [{"dtype": "f64", "threads": 2, "gflops": 80, "gbytes_per_second": 40.25}],
        "results": [%s]}"""
        .formatted(results);
  }

  private static BenchmarkResults parse(String results) throws IOException {
    return BenchmarkResults.parse(new StringReader(file(results)));
  }

  @Test
  void networksAreSumsOfLayersByTheirCount() throws IOException {
    List<BenchmarkNetwork> networks =
        BenchmarkNetwork.of(parse(NETWORKS), Precision.F64, BenchPass.FORWARD);
    BenchmarkNetwork one = networks.get(0);
    BenchmarkNetwork four = networks.get(1);

    assertEquals(2, networks.size());
    assertEquals("net, 1 image", one.title());
    assertEquals("net, 4 images", four.title());
    assertEquals(10, one.ms(Library.COLONNADE).orElseThrow());
    assertEquals(20, one.ms(Library.PYTORCH).orElseThrow());
    assertEquals(4, one.ratio(Library.PYTORCH, Library.COLONNADE_VECTOR).orElseThrow());
    assertEquals(0.5, one.share(Library.COLONNADE, BenchmarkResults.LIMIT).orElseThrow());
    assertEquals(0.25, one.share(Library.COLONNADE, BenchmarkResults.LEAST_LIMIT).orElseThrow());
    assertEquals("a", one.lowest(Library.PYTORCH, Library.COLONNADE).orElseThrow().of());
    // Of four images, PyTorch has no time of b.
    assertEquals(OptionalDouble.empty(), four.ms(Library.PYTORCH));
    assertEquals(OptionalDouble.empty(), four.share(Library.COLONNADE, BenchmarkResults.LIMIT));
  }

  @Test
  void aPartOfANetworkHasNoTime() throws IOException {
    String known = NETWORKS.replace("\"net\"", "\"vgg16\"");

    BenchmarkNetwork part =
        BenchmarkNetwork.of(parse(known), Precision.F64, BenchPass.FORWARD).getFirst();

    assertEquals(OptionalDouble.empty(), part.ms(Library.COLONNADE));
    assertEquals("a", part.lowest(Library.PYTORCH, Library.COLONNADE).orElseThrow().of());
  }

  @Test
  void eachPartIsATable() throws IOException {
    BenchmarkSummary summary = new BenchmarkSummary(parse(NETWORKS + "," + OTHERS));

    assertEquals(
        """
        **f64 forward**

        | network | Colonnade, ms | Colonnade, vector, ms | Colonnade, prepared, ms | PyTorch, ms | PyTorch / Colonnade | PyTorch / Colonnade, vector | PyTorch / Colonnade, prepared | limit | least | lowest against PyTorch |
        | :-- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |
        | net, 1 image | 10.0 | 5.00 | 2.50 | 20.0 | 2.00 | 4.00 | 8.00 | 50 % | 25 % | `a` 0.500 |
        | net, 4 images | 32.0 | – | – | – | – | – | – | – | – | `a` 1.00 |
        """,
        summary.of(Part.NETWORKS));
    assertEquals(
        """
        | speed relative to | geometric mean | without `tiny` | lowest | faster on |
        | :-- | --: | --: | --: | --: |
        | PyTorch, f64 forward | 15.0 | 2.50 | `long` 2.50 | 2 of 2 |
        | fastest peer, f64 forward | 1.11 | 2.50 | `tiny` 0.500 | 1 of 2 |
        """,
        summary.of(Part.LAYERS));
    assertTrue(
        summary
            .of(Part.LIMITS)
            .endsWith(
                """
                | long | 70 % | 50 % | – | – | – | – | – | – |
                | tiny | 90 % | 90 % | – | – | – | – | – | – |
                | **median, over 5 ms** | 70 % | 50 % | – | – | – | – | – | – |
                """),
        () -> parts(summary));
    assertTrue(
        summary
            .of(Part.FIRST_CALLS)
            .endsWith("| tiny, f64 forward | 30.0, 1.00, 5.50 | 8.00, 2.00, 4.00 |\n"),
        () -> parts(summary));
    assertTrue(
        summary
            .of(Part.MACHINE)
            .endsWith(
                "- Limit of f64 on 2 threads: 80 GFLOP/s of multiply-adds, 40.3 GB/s of memory\n"),
        () -> parts(summary));
  }

  private static String parts(BenchmarkSummary summary) {
    StringBuilder all = new StringBuilder();
    for (Part part : Part.values()) {
      all.append(summary.of(part));
    }
    return all.toString();
  }

  @Test
  void mediansOfEvenNumbersAreBetweenTheMiddleTwo() {
    assertEquals(OptionalDouble.empty(), BenchmarkSummary.median(List.of()));
    assertEquals(3, BenchmarkSummary.median(List.of(3.0)).orElseThrow());
    assertEquals(2, BenchmarkSummary.median(List.of(9.0, 2.0, 1.0)).orElseThrow());
    assertEquals(2.5, BenchmarkSummary.median(List.of(4.0, 9.0, 1.0, 1.0)).orElseThrow());
  }

  @ParameterizedTest
  @CsvSource({"0.5, 50", "0.99, 99", "0.1, 10", "1, 100", "0.001, 1"})
  void percentilesAreOfTheSortedCalls(double share, double expected) {
    double[] calls = new double[100];
    for (int i = 0; i < calls.length; i++) {
      calls[i] = calls.length - i;
    }

    assertEquals(expected, Timing.percentile(share, Timing.sorted(calls)));
  }

  @Test
  void aPageKeepsAllButTheTablesOfTheMachine() throws IOException {
    String page =
        """
        # Figures

        <!-- figures here layers -->
        old
        <!-- end of figures -->

        Between. <!-- no figures -->

        <!-- figures there layers -->
        stays
        <!-- end of figures -->

        <!-- figures here first-calls -->

        <!-- end of figures -->
        """;
    BenchmarkResults results = parse(OTHERS);
    BenchmarkSummary summary = new BenchmarkSummary(results);

    String filled = BenchmarkPage.fill(page, "here", results);

    assertEquals(
        page.replace("old\n", "\n" + summary.of(Part.LAYERS) + "\n")
            .replace(
                "first-calls -->\n\n", "first-calls -->\n\n" + summary.of(Part.FIRST_CALLS) + "\n"),
        filled);
    assertEquals(filled, BenchmarkPage.fill(filled, "here", results));
  }

  @Test
  void namesWhatAPageLacks(@TempDir Path folder) throws IOException {
    Path json = Files.writeString(folder.resolve("r.json"), file(OTHERS));
    Path page =
        Files.writeString(
            folder.resolve("p.md"), "<!-- figures here speed -->\n<!-- end of figures -->\n");

    assertTrue(
        pageMistake(json, "there", page).contains("no page has figures of a machine 'there'"));
    assertTrue(pageMistake(json, "here", page).contains("figures speed: must be of machine, net"));
    assertTrue(pageMistake(folder.resolve("none"), "here", page).contains("none"));
    assertTrue(Files.readString(page).startsWith("<!-- figures here speed"));
  }

  private static String pageMistake(Path json, String machine, Path page) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertEquals(2, BenchmarkPage.run(out, json.toString(), machine, page.toString()));
    String line = err.toString(StandardCharsets.UTF_8);
    assertEquals(1, line.lines().count(), line);
    return line;
  }

  @Test
  void refusesLimitsThatAreNone() {
    String json = file("").replace("\"gflops\": 80", "\"gflops\": 0");

    BenchmarkFormatException refused =
        assertThrows(
            BenchmarkFormatException.class, () -> BenchmarkResults.parse(new StringReader(json)));

    assertEquals("limits[0].gflops: is 0, must be a number above zero", refused.getMessage());
  }
}
