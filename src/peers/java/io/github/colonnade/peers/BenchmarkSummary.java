package io.github.colonnade.peers;

import static io.github.colonnade.peers.BenchmarkFigures.MISSING;

import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.peers.BenchmarkFigures.Ratio;
import io.github.colonnade.peers.BenchmarkResults.Limit;
import io.github.colonnade.peers.BenchmarkResults.Precision;
import io.github.colonnade.peers.BenchmarkResults.Result;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The figures that the report begins with and that the documentation's pages show. */
final class BenchmarkSummary {
  /** Layers that take less are decided by other things than the machine's limit. */
  private static final double LONG_MS = 5;

  /** The layer whose ratio would lift every mean. */
  private static final String TINY = "tiny";

  private static final List<Library> OURS =
      List.of(Library.COLONNADE, Library.COLONNADE_VECTOR, Library.COLONNADE_PREPARED);

  private final BenchmarkResults results;

  BenchmarkSummary(BenchmarkResults results) {
    this.results = results;
  }

  /** The tables, by the names that pages give them. */
  enum Part {
    MACHINE,
    NETWORKS,
    LAYERS,
    LIMITS,
    FIRST_CALLS;

    /** Returns its name in a page. */
    String id() {
      return ResultFile.lowerCase(this).replace('_', '-');
    }
  }

  /** Returns a part as Markdown, which says so if nothing was measured. */
  String of(Part part) {
    List<String> lines =
        switch (part) {
          case MACHINE -> machine();
          case NETWORKS -> networks();
          case LAYERS -> layers();
          case LIMITS -> limits();
          case FIRST_CALLS -> firstCalls();
        };
    return (lines.isEmpty() ? "Not measured." : String.join("\n", lines)) + "\n";
  }

  private List<String> machine() {
    List<String> lines = new ArrayList<>(List.of(BenchmarkMarkdown.machine(results).split("\n")));
    for (Limit limit : results.limits()) {
      lines.add(
          "- Limit of "
              + ResultFile.lowerCase(limit.precision())
              + " on "
              + BenchmarkMarkdown.threads(limit.threads())
              + ": "
              + BenchmarkFigures.plain(limit.gflops())
              + " GFLOP/s of multiply-adds, "
              + BenchmarkFigures.plain(limit.gbytesPerSecond())
              + " GB/s of memory");
    }
    return lines;
  }

  private List<String> networks() {
    List<String> lines = new ArrayList<>();
    for (Precision precision : Precision.values()) {
      for (BenchPass pass : BenchPass.values()) {
        List<BenchmarkNetwork> networks = BenchmarkNetwork.of(results, precision, pass);
        if (!networks.isEmpty()) {
          addTitle(lines, precision.subject(pass));
          addNetworks(lines, networks);
        }
      }
    }
    return lines;
  }

  private static void addNetworks(List<String> lines, List<BenchmarkNetwork> networks) {
    List<Library> ours = timed(OURS, networks);
    List<Library> peers = timed(List.of(Library.PYTORCH, Library.ONNX_RUNTIME), networks);
    List<String> head = new ArrayList<>(List.of("network"));
    Stream.concat(ours.stream(), peers.stream()).forEach(each -> head.add(each.label() + ", ms"));
    for (Library peer : peers) {
      ours.forEach(each -> head.add(peer.label() + " / " + each.label()));
    }
    head.addAll(List.of("limit", "least", "lowest against PyTorch"));
    addHead(lines, head);
    for (BenchmarkNetwork network : networks) {
      List<String> cells = new ArrayList<>(List.of(network.title()));
      Stream.concat(ours.stream(), peers.stream())
          .forEach(each -> cells.add(BenchmarkFigures.time(network.ms(each))));
      for (Library peer : peers) {
        ours.forEach(each -> cells.add(BenchmarkFigures.ratio(network.ratio(peer, each))));
      }
      cells.add(percent(network.share(Library.COLONNADE, BenchmarkResults.LIMIT)));
      cells.add(percent(network.share(Library.COLONNADE, BenchmarkResults.LEAST_LIMIT)));
      cells.add(
          network
              .lowest(Library.PYTORCH, Library.COLONNADE)
              .map(BenchmarkSummary::named)
              .orElse(MISSING));
      addRow(lines, cells);
    }
  }

  private static List<Library> timed(List<Library> libraries, List<BenchmarkNetwork> networks) {
    return libraries.stream()
        .filter(each -> networks.stream().anyMatch(network -> network.ms(each).isPresent()))
        .toList();
  }

  private List<String> layers() {
    List<String> lines = new ArrayList<>();
    for (Precision precision : Precision.values()) {
      for (BenchPass pass : BenchPass.values()) {
        BenchmarkComparison comparison = BenchmarkTargets.judged(results, precision, pass);
        addRatios(lines, comparison, "PyTorch", Set.of(Library.PYTORCH));
        addRatios(lines, comparison, "fastest peer", BenchmarkComparison.PEERS);
      }
    }
    if (!lines.isEmpty()) {
      List<String> head = new ArrayList<>();
      addHead(
          head,
          List.of("speed relative to", "geometric mean", "without `tiny`", "lowest", "faster on"));
      lines.addAll(0, head);
    }
    return lines;
  }

  private static void addRatios(
      List<String> lines, BenchmarkComparison comparison, String name, Set<Library> over) {
    List<Ratio> ratios = comparison.ratios(over);
    if (ratios.isEmpty()) {
      return;
    }
    List<Ratio> others = ratios.stream().filter(each -> !each.of().equals(TINY)).toList();
    long faster = ratios.stream().filter(each -> each.value() > 1).count();
    addRow(
        lines,
        List.of(
            name + ", " + comparison.subject(),
            BenchmarkFigures.ratio(BenchmarkFigures.geometricMean(ratios)),
            BenchmarkFigures.ratio(BenchmarkFigures.geometricMean(others)),
            named(BenchmarkFigures.lowestOf(ratios)),
            faster + " of " + ratios.size()));
  }

  private List<String> limits() {
    Map<String, List<String>> rows = new LinkedHashMap<>();
    List<String> head = new ArrayList<>(List.of("layer"));
    List<String> medians = new ArrayList<>(List.of("**median, over 5 ms**"));
    for (Precision precision : Precision.values()) {
      for (BenchPass pass : BenchPass.values()) {
        int column = head.size();
        head.add(precision.subject(pass) + ", limit");
        head.add("least");
        List<Double> shares = new ArrayList<>();
        List<Double> leastShares = new ArrayList<>();
        for (Result result : results.of(Suite.LAYERS, precision, pass)) {
          if (result.library() != Library.COLONNADE || !result.more().containsKey("limit_ms")) {
            continue;
          }
          double share = result.more(BenchmarkResults.LIMIT).orElseThrow() / result.ms();
          double least = result.more(BenchmarkResults.LEAST_LIMIT).orElseThrow() / result.ms();
          List<String> row =
              rows.computeIfAbsent(
                  result.layer().name(),
                  name -> {
                    List<String> empty = new ArrayList<>(Collections.nCopies(9, MISSING));
                    empty.set(0, name);
                    return empty;
                  });
          row.set(column, percent(OptionalDouble.of(share)));
          row.set(column + 1, percent(OptionalDouble.of(least)));
          if (result.ms() > LONG_MS) {
            shares.add(share);
            leastShares.add(least);
          }
        }
        medians.add(percent(median(shares)));
        medians.add(percent(median(leastShares)));
      }
    }
    List<String> lines = new ArrayList<>();
    if (!rows.isEmpty()) {
      addHead(lines, head);
      rows.values().forEach(row -> addRow(lines, row));
      addRow(lines, medians);
    }
    return lines;
  }

  private List<String> firstCalls() {
    Map<String, Map<Library, Result>> rows = new LinkedHashMap<>();
    Set<Library> libraries = new LinkedHashSet<>();
    for (Precision precision : Precision.values()) {
      for (BenchPass pass : BenchPass.values()) {
        for (Result result : results.of(Suite.FIRST, precision, pass)) {
          String name = result.layer().name() + ", " + precision.subject(pass);
          rows.computeIfAbsent(name, _ -> new TreeMap<>()).put(result.library(), result);
          libraries.add(result.library());
        }
      }
    }
    List<String> lines = new ArrayList<>();
    if (!rows.isEmpty()) {
      List<String> head = new ArrayList<>(List.of("layer"));
      libraries.forEach(each -> head.add(each.label() + ": first, p50, p99, ms"));
      addHead(lines, head);
      rows.forEach(
          (name, row) -> {
            List<String> cells = new ArrayList<>(List.of(name));
            libraries.forEach(each -> cells.add(firstCalls(row.get(each))));
            addRow(lines, cells);
          });
    }
    return lines;
  }

  private static String firstCalls(Result result) {
    return result == null
        ? MISSING
        : Stream.of(
                result.more(BenchmarkResults.FIRST),
                OptionalDouble.of(result.ms()),
                result.more(BenchmarkResults.P99))
            .map(BenchmarkFigures::time)
            .collect(Collectors.joining(", "));
  }

  /** Returns the median, the mean of the middle two of an even number. */
  static OptionalDouble median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return IntStream.rangeClosed((sorted.length - 1) / 2, sorted.length / 2)
        .filter(i -> i < sorted.length)
        .mapToDouble(i -> sorted[i])
        .average();
  }

  private static String named(Ratio ratio) {
    return "`" + ratio.of() + "` " + BenchmarkFigures.ratio(OptionalDouble.of(ratio.value()));
  }

  /** Writes a share rounded down, as ratios are. */
  private static String percent(OptionalDouble share) {
    return share.isPresent() ? (long) Math.floor(100 * share.getAsDouble()) + " %" : MISSING;
  }

  private static void addTitle(List<String> lines, String title) {
    if (!lines.isEmpty()) {
      lines.add("");
    }
    lines.add("**" + title + "**");
    lines.add("");
  }

  private static void addHead(List<String> lines, List<String> head) {
    addRow(lines, head);
    List<String> alignment = new ArrayList<>(Collections.nCopies(head.size(), "--:"));
    alignment.set(0, ":--");
    addRow(lines, alignment);
  }

  private static void addRow(List<String> lines, List<String> cells) {
    lines.add("| " + String.join(" | ", cells) + " |");
  }

  /** Returns the part that a page names, or nothing. */
  static java.util.Optional<Part> part(String id) {
    return Arrays.stream(Part.values()).filter(part -> part.id().equals(id)).findFirst();
  }
}
