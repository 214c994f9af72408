package io.github.colonnade.peers;

import static io.github.colonnade.peers.BenchmarkComparison.PEERS;
import static io.github.colonnade.peers.BenchmarkFigures.MISSING;

import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.peers.BenchmarkFigures.Ratio;
import io.github.colonnade.peers.BenchmarkResults.Layer;
import io.github.colonnade.peers.BenchmarkResults.Precision;
import io.github.colonnade.peers.BenchmarkTargets.Judged;
import io.github.colonnade.peers.BenchmarkTargets.Target;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The report's text: Markdown, written from its top to its end. */
final class BenchmarkMarkdown {
  /** The columns of times: whatever computes a convolution and a user might choose. */
  private static final List<Library> TIMED =
      List.of(
          Library.COLONNADE,
          Library.COLONNADE_VECTOR,
          Library.PYTORCH,
          Library.TENSORFLOW,
          Library.ONNX_RUNTIME,
          Library.ND4J,
          Library.C_BASELINE);

  private static final List<Set<Library>> RATIOS =
      List.of(Set.of(Library.PYTORCH), PEERS, Set.of(Library.C_BASELINE));

  private final BenchmarkResults results;
  private final StringBuilder text = new StringBuilder();

  BenchmarkMarkdown(BenchmarkResults results) {
    this.results = results;
  }

  @Override
  public String toString() {
    return text.toString().stripTrailing() + "\n";
  }

  /** Writes what the figures were measured on. */
  void head() {
    line("# Benchmarks");
    line("");
    line(machine(results));
    line("- Mode: " + cell(results.mode()));
    line("");
    line(
        "Times are medians. Ratios are rounded down; above 1, Colonnade is faster. “Peers” are"
            + " PyTorch, TensorFlow, ONNX Runtime and ND4J; the C baseline is not one of them. “"
            + MISSING
            + "” means that nothing was measured.");
    line("");
  }

  /** Returns what a run was measured on and with, a line each. */
  static String machine(BenchmarkResults results) {
    Map<String, String> machine = results.machine();
    String processors = machine.getOrDefault("processors", "");
    Map<String, String> blas = results.openBlas();
    return String.join(
        "\n",
        "- Machine: "
            + joined(
                machine.get("cpu"),
                processors.isEmpty() ? null : processors + " processors",
                machine.get("os"),
                machine.get("jvm")),
        "- OpenBLAS: "
            + joined(
                blas.get("version"),
                prefixed("core ", blas.get("core")),
                blas.get("source"),
                prefixed("threading ", blas.get("threading"))),
        "- Versions: "
            + results.versions().entrySet().stream()
                .filter(entry -> entry.getKey() != Library.COLONNADE_IM2COL)
                .filter(entry -> entry.getKey() != Library.COLONNADE_VECTOR)
                .filter(entry -> entry.getKey() != Library.COLONNADE_PREPARED)
                .map(entry -> entry.getKey().label() + " " + cell(entry.getValue()))
                .collect(Collectors.joining("; ")));
  }

  /** Writes tables of the summary. */
  void summary(String title, String text) {
    section(title);
    text.lines().forEach(this::line);
    line("");
  }

  /** Writes what was promised and what was reached. */
  void targets(List<Target> targets) {
    line("## Targets");
    line("");
    row("target", "judged by", "at least", "figure", "ratios", "reached", "remark");
    row(":--", ":--", "--:", "--:", "--:", ":-:", ":--");
    for (Target target : targets) {
      boolean measured = target.figure().isPresent();
      row(
          cell(target.what()),
          target.judged() == Judged.EACH_LAYER ? "lowest" : "geometric mean",
          times(BenchmarkFigures.plain(target.least())),
          measured ? times(BenchmarkFigures.ratio(target.figure())) : "not measured",
          measured ? String.valueOf(target.ratios().size()) : MISSING,
          reached(target, measured),
          remark(target, measured));
    }
    line("");
  }

  private static String reached(Target target, boolean measured) {
    if (!measured) {
      return MISSING;
    }
    return target.isReached() ? "yes" : "**no**";
  }

  private static String remark(Target target, boolean measured) {
    String lowest =
        measured && target.judged() == Judged.EACH_LAYER
            ? "lowest: " + BenchmarkFigures.lowestOf(target.ratios()).of()
            : "";
    return cell(
        Stream.of(lowest, target.remark())
            .filter(each -> !each.isEmpty())
            .collect(Collectors.joining("; ")));
  }

  /** Begins the times of one pass in one precision. */
  void comparisonSection(Precision precision, BenchPass pass) {
    section("Time, " + precision.subject(pass));
  }

  /** Writes the times of all libraries and how they compare. */
  void comparison(BenchmarkComparison comparison) {
    List<Library> columns = TIMED.stream().filter(comparison::has).toList();
    line("Milliseconds on " + threads(comparison.threads()) + "; the fastest in bold.");
    line("");
    List<String> head = new ArrayList<>(List.of("layer"));
    columns.forEach(library -> head.add(library.label()));
    head.addAll(
        List.of("algorithm", "PyTorch / Colonnade", "fastest peer / Colonnade", "C / Colonnade"));
    row(head);
    row(alignment(head.size(), columns.size() + 1));
    for (Layer layer : comparison.layers()) {
      row(timesOf(comparison, layer, columns));
    }
    row(summary("**geometric mean**", comparison, columns.size(), Judged.GEOMETRIC_MEAN));
    row(summary("**lowest**", comparison, columns.size(), Judged.EACH_LAYER));
    line("");
    Set<Library> missing = EnumSet.copyOf(TIMED);
    columns.forEach(missing::remove);
    if (!missing.isEmpty()) {
      line(
          "Not measured here: "
              + missing.stream().map(Library::label).collect(Collectors.joining(", "))
              + ".");
      line("");
    }
  }

  private static List<String> timesOf(
      BenchmarkComparison comparison, Layer layer, List<Library> columns) {
    OptionalDouble fastest = comparison.fastest(layer, Set.copyOf(TIMED));
    List<String> cells = new ArrayList<>(List.of(cell(layer.name())));
    for (Library library : columns) {
      OptionalDouble ms = comparison.ms(layer, library);
      String time = BenchmarkFigures.time(ms);
      cells.add(ms.isPresent() && ms.equals(fastest) ? "**" + time + "**" : time);
    }
    String algorithm = comparison.algorithm(layer);
    cells.add(algorithm.isEmpty() ? MISSING : cell(algorithm));
    for (Set<Library> over : RATIOS) {
      cells.add(BenchmarkFigures.ratio(comparison.ratio(layer, over)));
    }
    return cells;
  }

  private static List<String> summary(
      String name, BenchmarkComparison comparison, int columns, Judged judged) {
    List<String> cells = new ArrayList<>(List.of(name));
    cells.addAll(Collections.nCopies(columns + 1, ""));
    for (Set<Library> over : RATIOS) {
      cells.add(summary(comparison.ratios(over), judged));
    }
    return cells;
  }

  private static String summary(List<Ratio> ratios, Judged judged) {
    return BenchmarkFigures.ratio(
        judged == Judged.EACH_LAYER
            ? BenchmarkFigures.lowest(ratios)
            : BenchmarkFigures.geometricMean(ratios));
  }

  /** Begins the shares of one pass in one precision. */
  void shareSection(Precision precision, BenchPass pass) {
    section("Share of the bare GEMM, " + precision.subject(pass));
  }

  /** Writes how much of the bare GEMM's speed is reached. */
  void shareOfGemm(BenchmarkComparison comparison) {
    line(
        "The bare GEMM's time over Colonnade's, on "
            + threads(comparison.threads())
            + ": layers of one group with at least 64 input channels, and those by Winograd.");
    line("");
    row(
        "layer",
        "bare GEMM, ms",
        "im2col, ms",
        "chosen, ms",
        "algorithm chosen",
        "GEMM / im2col",
        "GEMM / chosen");
    row(alignment(7, 4));
    for (Layer layer : comparison.gemmLayers()) {
      String algorithm = comparison.algorithm(layer);
      row(
          cell(layer.name()),
          BenchmarkFigures.time(comparison.ms(layer, Library.GEMM)),
          BenchmarkFigures.time(comparison.ms(layer, Library.COLONNADE_IM2COL)),
          BenchmarkFigures.time(comparison.ms(layer, Library.COLONNADE)),
          algorithm.isEmpty() ? MISSING : cell(algorithm),
          BenchmarkFigures.ratio(comparison.shareOfGemm(layer, Library.COLONNADE_IM2COL)),
          BenchmarkFigures.ratio(comparison.shareOfGemm(layer, Library.COLONNADE)));
    }
    line("");
  }

  /** Begins the costs against batch or image. */
  void sweepSection(Suite suite) {
    section(suite == Suite.BATCH ? "Cost against batch" : "Cost against image size");
  }

  /** Begins one of them. */
  void sweepTitle(BenchmarkSweep sweep) {
    line("### " + sweep.subject() + ", " + sweep.layer());
    line("");
  }

  /** Writes what one image or one element costs. */
  void sweep(BenchmarkSweep sweep) {
    List<Library> columns = sweep.libraries();
    line(sweep.unit() + ", on " + threads(sweep.threads()) + ".");
    line("");
    List<String> head = new ArrayList<>();
    head.add(sweep.suite() == Suite.BATCH ? "images" : "image");
    columns.forEach(library -> head.add(library.label()));
    row(head);
    row(alignment(head.size(), -1));
    for (BenchmarkSweep.Step step : sweep.costs().keySet()) {
      List<String> cells = new ArrayList<>(List.of(step.label()));
      columns.forEach(library -> cells.add(BenchmarkFigures.time(sweep.cost(step, library))));
      row(cells);
    }
    line("");
  }

  /** Begins the speed-up by threads. */
  void scalingSection() {
    section("Speed-up by threads");
  }

  /** Begins one pass in one precision. */
  void scalingTitle(BenchmarkScaling scaling) {
    line("### " + scaling.subject());
    line("");
  }

  /** Writes how many times as fast more threads are. */
  void scaling(BenchmarkScaling scaling) {
    line("How many times as fast as on one thread; milliseconds are Colonnade's on one thread.");
    line("");
    List<Library> libraries = scaling.libraries();
    List<Integer> threads = scaling.threads().stream().filter(each -> each > 1).toList();
    List<String> head = new ArrayList<>(List.of("layer", "ms"));
    for (Library library : libraries) {
      threads.forEach(each -> head.add(library.label() + ", " + threads(each)));
    }
    row(head);
    row(alignment(head.size(), -1));
    for (Layer layer : scaling.layers()) {
      List<String> cells = new ArrayList<>(List.of(cell(layer.name())));
      cells.add(BenchmarkFigures.time(scaling.ms(layer, Library.COLONNADE, 1)));
      for (Library library : libraries) {
        for (int each : threads) {
          cells.add(BenchmarkFigures.ratio(scaling.speedUp(layer, library, each)));
        }
      }
      row(cells);
    }
    line("");
  }

  /** Says that a section has no figures. */
  void notMeasured() {
    line("Not measured.");
    line("");
  }

  /** Shows a plot. */
  void image(String description, String file) {
    line("![" + description + "](" + file + ")");
    line("");
  }

  private void section(String title) {
    line("## " + title);
    line("");
  }

  private void row(String... cells) {
    row(List.of(cells));
  }

  private void row(List<String> cells) {
    line("| " + String.join(" | ", cells) + " |");
  }

  /** Aligns names to the left, at the first column and one more, and figures to the right. */
  private static List<String> alignment(int columns, int secondName) {
    List<String> cells = new ArrayList<>(Collections.nCopies(columns, "--:"));
    cells.set(0, ":--");
    if (secondName > 0) {
      cells.set(secondName, ":--");
    }
    return cells;
  }

  private void line(String line) {
    text.append(line).append('\n');
  }

  private static String joined(String... parts) {
    String joined =
        Stream.of(parts)
            .filter(part -> part != null && !part.isBlank())
            .map(BenchmarkMarkdown::cell)
            .collect(Collectors.joining(", "));
    return joined.isEmpty() ? "unknown" : joined;
  }

  private static String prefixed(String prefix, String value) {
    return value == null ? null : prefix + value;
  }

  private static String times(String figure) {
    return figure + "×";
  }

  static String threads(int threads) {
    return threads == 1 ? "1 thread" : threads + " threads";
  }

  /** Returns a text that stays within its cell. */
  private static String cell(String value) {
    return value.replaceAll("[\\p{Cntrl}]+", " ").replace("|", "\\|");
  }
}
