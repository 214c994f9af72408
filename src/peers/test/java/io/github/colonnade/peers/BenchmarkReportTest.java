package io.github.colonnade.peers;

import static io.github.colonnade.peers.BenchmarkComparison.PEERS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.peers.BenchmarkFigures.Ratio;
import io.github.colonnade.peers.BenchmarkResults.Layer;
import io.github.colonnade.peers.BenchmarkResults.Precision;
import io.github.colonnade.peers.BenchmarkTargets.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The report's arithmetic, what it says of what is missing, and what it refuses. */
final class BenchmarkReportTest {
  private static final OptionalDouble NOTHING = OptionalDouble.empty();
  private static final double TOLERANCE = 1e-12;

  /** Two 3×3 layers of 64 channels and one of 3, with a peer missing here and there. */
  private static final String LAYERS =
      String.join(
          ",",
          result("layers", "colonnade", "wide", 64, 2, 4, "winograd"),
          result("layers", "colonnade-im2col", "wide", 64, 2, 8, "im2col"),
          result("layers", "gemm", "wide", 64, 2, 7, ""),
          result("layers", "pytorch", "wide", 64, 2, 16, ""),
          result("layers", "tensorflow", "wide", 64, 2, 12, ""),
          result("layers", "c-baseline", "wide", 64, 2, 2, ""),
          result("layers", "colonnade", "other", 64, 2, 10, "im2col"),
          result("layers", "gemm", "other", 64, 2, 9, ""),
          result("layers", "pytorch", "other", 64, 2, 10, ""),
          result("layers", "colonnade", "thin", 3, 2, 1, "im2col"),
          result("layers", "gemm", "thin", 3, 2, 0.5, ""));

  private static final String SWEEPS =
      String.join(
          ",",
          result("threads", "colonnade", "wide", 64, 1, 20, "im2col"),
          result("threads", "colonnade", "wide", 64, 2, 12.5, "im2col"),
          result("threads", "colonnade", "short", 64, 1, 9, "im2col"),
          result("threads", "colonnade", "short", 64, 2, 9, "im2col"),
          result("batch", "colonnade", "one", 64, 2, 6, "im2col"),
          result("batch", "colonnade", "four", 64, 2, 8, "im2col")
              .replace("\"n\": 1,", "\"n\": 4,"),
          result("size", "colonnade", "small", 64, 2, 6.4, "im2col"),
          result("size", "colonnade", "large", 64, 2, 8, "im2col")
              .replace("\"h\": 10, \"w\": 10", "\"h\": 20, \"w\": 20"));

  private static String result(
      String suite,
      String library,
      String layer,
      int channels,
      int threads,
      double ms,
      String algorithm) {
    return """
        {"suite": "%s", "library": "%s", "version": "1", "layer": "%s",
        "n": 1, "c": %d, "h": 10, "w": 10, "o": 64, "kh": 3, "kw": 3,
        "stride": 1, "pad": 1, "dilation": 1, "groups": 1, "pass": "forward", "dtype": "f64",
        "threads": %d, "algorithm": "%s", "ms": %s, "ms_low": 1, "ms_high": 1, "gflops": 1}"""
        .formatted(suite, library, layer, channels, threads, algorithm, ms);
  }

  private static String file(String results) {
    return """
        {"machine": {"cpu": "A CPU", "processors": 2}, "openblas": {"version": "0.3"},
        "mode": "quick", "results": [%s]}"""
        .formatted(results);
  }

  private static BenchmarkResults parse(String results) throws IOException {
    return BenchmarkResults.parse(new StringReader(file(results)));
  }

  private static BenchmarkComparison comparison(String results) throws IOException {
    return BenchmarkTargets.judged(parse(results), Precision.F64, BenchPass.FORWARD);
  }

  private static Target target(BenchmarkResults results, String what) {
    return BenchmarkTargets.of(results).stream()
        .filter(target -> target.what().startsWith(what))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "0.0012345, 0.00123",
    "0.0999999, 0.100",
    "0.1, 0.100",
    "1, 1.00",
    "9.996, 10.0",
    "12.35, 12.4",
    "999.5, 1000",
    "12345, 12300",
  })
  void timesHaveThreeDigits(double value, String written) {
    assertEquals(written, BenchmarkFigures.time(OptionalDouble.of(value)));
  }

  @ParameterizedTest
  @CsvSource({"2.999, 2.99", "0.8499, 0.849", "3, 3.00", "1.8, 1.80", "0.99999, 0.999"})
  void ratiosAreRoundedDown(double value, String written) {
    assertEquals(written, BenchmarkFigures.ratio(OptionalDouble.of(value)));
  }

  @Test
  void whatIsMissingStaysMissing() {
    OptionalDouble one = OptionalDouble.of(1);

    assertEquals("–", BenchmarkFigures.time(NOTHING));
    assertEquals("–", BenchmarkFigures.ratio(NOTHING));
    assertEquals(NOTHING, BenchmarkFigures.ratio(one, NOTHING));
    assertEquals(NOTHING, BenchmarkFigures.ratio(NOTHING, one));
    assertEquals(NOTHING, BenchmarkFigures.geometricMean(List.of()));
    assertEquals(NOTHING, BenchmarkFigures.lowest(List.of()));
  }

  @Test
  void geometricMeanWeighsTwiceAndHalfAlike() {
    List<Ratio> ratios = List.of(new Ratio("a", 0.5), new Ratio("b", 2), new Ratio("c", 8));

    assertEquals(2, BenchmarkFigures.geometricMean(ratios).orElseThrow(), TOLERANCE);
    assertEquals(0.5, BenchmarkFigures.lowest(ratios).orElseThrow());
    assertEquals("a", BenchmarkFigures.lowestOf(ratios).of());
  }

  @Test
  void theFastestPeerIsTheFastestOfThoseMeasured() throws IOException {
    BenchmarkComparison comparison = comparison(LAYERS);
    List<Layer> layers = comparison.layers();

    assertEquals(3, comparison.ratio(layers.get(0), PEERS).orElseThrow());
    assertEquals(1, comparison.ratio(layers.get(1), PEERS).orElseThrow());
    assertEquals(NOTHING, comparison.ratio(layers.get(2), PEERS));
    assertEquals(4, comparison.ratio(layers.get(0), Set.of(Library.PYTORCH)).orElseThrow());
    assertEquals(List.of(new Ratio("wide", 3), new Ratio("other", 1)), comparison.ratios(PEERS));
  }

  @Test
  void sharesOfGemmAreOfLayersWithManyChannels() throws IOException {
    BenchmarkComparison comparison = comparison(LAYERS);

    assertEquals(
        List.of("wide", "other"), comparison.gemmLayers().stream().map(Layer::name).toList());
    assertEquals(
        List.of(new Ratio("wide", 0.875)),
        comparison.sharesOfGemm(Library.COLONNADE_IM2COL, BenchmarkComparison::multipliesMuch));
  }

  @Test
  void targetsAreJudgedByMeanOrByEachLayer() throws IOException {
    BenchmarkResults results = parse(LAYERS + "," + SWEEPS);

    assertEquals(2, target(results, "f64 forward, PyTorch").figure().orElseThrow(), TOLERANCE);
    assertFalse(target(results, "f64 forward, PyTorch").isReached());
    assertTrue(target(results, "f64 forward, im2col").isReached());
    assertTrue(target(results, "f64 forward, Winograd").isReached());
    assertEquals(
        "another algorithm was chosen for other (im2col)",
        target(results, "f64 forward, Winograd").remark());
    assertEquals(0.5, target(results, "the C baseline").figure().orElseThrow());
    // The layer of 9 ms is too short to count.
    assertEquals(1.6, target(results, "one thread to two").figure().orElseThrow());
    assertEquals(NOTHING, target(results, "f32 backward").figure());
    assertFalse(target(results, "f32 backward").isReached());
  }

  @Test
  void sweepsTellTheCostOfOne() throws IOException {
    BenchmarkResults results = parse(SWEEPS);
    BenchmarkSweep batch =
        BenchmarkSweep.of(results, Suite.BATCH, Precision.F64, BenchPass.FORWARD).getFirst();
    BenchmarkSweep size =
        BenchmarkSweep.of(results, Suite.SIZE, Precision.F64, BenchPass.FORWARD).getFirst();

    assertEquals(
        List.of(6.0, 2.0), batch.costs().values().stream().map(this::ofColonnade).toList());
    assertEquals(
        List.of(1000.0, 312.5), size.costs().values().stream().map(this::ofColonnade).toList());
    assertEquals(
        List.of("10×10", "20×20"),
        size.costs().keySet().stream().map(BenchmarkSweep.Step::label).toList());
  }

  private double ofColonnade(Map<Library, Double> row) {
    return row.get(Library.COLONNADE);
  }

  @Test
  void writesTheSameFilesForTheSameResults(@TempDir Path folder) throws IOException {
    Path json = Files.writeString(folder.resolve("r.json"), file(LAYERS + "," + SWEEPS));

    assertEquals("", run(0, json.toString(), folder.resolve("a").toString()));
    assertEquals("", run(0, json.toString(), folder.resolve("b").toString()));

    List<Path> written = list(folder.resolve("a"));
    assertEquals(
        List.of(
            "batch-f64-forward.svg",
            "gemm-share-f64-forward.svg",
            "results.md",
            "size-f64-forward.svg",
            "threads-f64-forward.svg",
            "time-f64-forward.svg"),
        written.stream().map(path -> path.getFileName().toString()).toList());
    for (Path path : written) {
      Path again = folder.resolve("b").resolve(path.getFileName());
      assertArrayEquals(Files.readAllBytes(path), Files.readAllBytes(again), path.toString());
    }
  }

  @Test
  void saysWhatWasNotMeasured(@TempDir Path folder) throws IOException {
    Path json = Files.writeString(folder.resolve("r.json"), file(""));

    assertEquals("", run(0, json.toString(), folder.resolve("out").toString()));

    String text = Files.readString(folder.resolve("out").resolve("results.md"));
    assertEquals(15, text.split("\nNot measured\\.\n", -1).length - 1);
    assertFalse(text.contains("| yes |"));
    assertFalse(text.contains("**no**"));
  }

  @Test
  void doesWithoutColonnadesTimes(@TempDir Path folder) throws IOException {
    String results = result("layers", "pytorch", "wide", 64, 2, 16, "");
    Path json = Files.writeString(folder.resolve("r.json"), file(results));

    assertEquals("", run(0, json.toString(), folder.resolve("out").toString()));

    assertEquals(List.of(folder.resolve("out").resolve("results.md")), list(folder.resolve("out")));
    assertTrue(
        Files.readString(folder.resolve("out").resolve("results.md"))
            .contains("| wide | **16.0** | – | – | – | – |"));
  }

  @Test
  void theFastestIsBoldAndTheMissingIsADash(@TempDir Path folder) throws IOException {
    Path json = Files.writeString(folder.resolve("r.json"), file(LAYERS));

    assertEquals("", run(0, json.toString(), folder.toString()));

    String text = Files.readString(folder.resolve("results.md"));
    assertTrue(
        text.contains(
            """
            | wide | 4.00 | 16.0 | 12.0 | **2.00** | winograd | 4.00 | 3.00 | 0.500 |
            | other | **10.0** | **10.0** | – | – | im2col | 1.00 | 1.00 | – |
            | thin | **1.00** | – | – | – | im2col | – | – | – |
            """),
        text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"ms\": 4.0 | \"ms\": 0 | results[0].ms: is 0, must be a number above zero",
        "\"ms\": 4.0 | \"ms\": \"4\" | results[0].ms: is \"4\", must be a number above zero",
        "\"ms\": 4.0, | '' | results[0].ms: is missing",
        "\"n\": 1 | \"n\": 1.5 | results[0].n: is 1.5, must be a whole number of at least 1",
        "\"f64\" | \"f16\" | results[0].dtype: is \"f16\", must be one of f64, f32",
        "\"kh\": 3 | \"kh\": 30 | results[0].layer: its output has no elements",
        "\"mode\": \"quick\", | '' | mode: is missing",
        "\"openblas\": {\"version\": \"0.3\"} | \"openblas\": 1 | openblas: must be an object",
      })
  void namesTheEntryThatIsWrong(String right, String wrong, String message) {
    String json = file(LAYERS).replace("\n", " ");
    String broken = json.replaceFirst(Pattern.quote(right), wrong);

    BenchmarkFormatException refused =
        assertThrows(
            BenchmarkFormatException.class, () -> BenchmarkResults.parse(new StringReader(broken)));

    assertEquals(message, refused.getMessage());
  }

  @Test
  void refusesAResultThatIsThereTwice() {
    BenchmarkFormatException refused =
        assertThrows(BenchmarkFormatException.class, () -> parse(LAYERS + "," + LAYERS));

    assertEquals("results[11]: repeats an earlier result", refused.getMessage());
  }

  @Test
  void mistakesAreOneLineAndExitCodeTwo(@TempDir Path folder) throws IOException {
    Path out = folder.resolve("out");
    for (String text : List.of("", "[]", "{", "{} {}", "null", "{\"results\": NaN}", "no\njson")) {
      Path json = Files.writeString(folder.resolve("r.json"), text);

      String line = run(2, json.toString(), out.toString());

      assertTrue(line.startsWith("benchmark-report: " + json + ": "), line);
      assertEquals(1, line.lines().count(), line);
    }
    Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe});
    assertTrue(run(2, binary.toString(), out.toString()).contains("UTF-8"));
    assertTrue(run(2, folder.toString(), out.toString()).contains("is a folder"));
    assertTrue(run(2, folder.resolve("none").toString(), out.toString()).contains("no such file"));
    assertTrue(run(2, "one").contains("must have two arguments"));
    assertFalse(Files.exists(out));
  }

  private static String run(int code, String... args) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    assertEquals(
        code, BenchmarkReport.run(new PrintStream(err, true, StandardCharsets.UTF_8), args));
    return err.toString(StandardCharsets.UTF_8);
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }
}
