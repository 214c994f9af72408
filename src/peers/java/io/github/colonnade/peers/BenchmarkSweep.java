package io.github.colonnade.peers;

import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.peers.BenchmarkResults.Layer;
import io.github.colonnade.peers.BenchmarkResults.Precision;
import io.github.colonnade.peers.BenchmarkResults.Result;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;

/**
 * One convolution whose batch or image grows.
 *
 * @param suite {@code BATCH} or {@code SIZE}
 * @param layer a name for what stays the same
 * @param costs by size, from the smallest, and library
 */
record BenchmarkSweep(
    Suite suite,
    Precision precision,
    BenchPass pass,
    int threads,
    String layer,
    NavigableMap<Step, Map<Library, Double>> costs) {

  private static final double NANOSECONDS_PER_MILLISECOND = 1e6;

  /**
   * One size.
   *
   * @param size images of the batch, or pixels of a side
   * @param label how it is written
   */
  record Step(double size, String label) {}

  /** What the results of one sweep share. */
  private record Key(Layer fixed, int threads) {}

  /** Returns the sweeps of one pass in one precision, in the file's order. */
  static List<BenchmarkSweep> of(
      BenchmarkResults results, Suite suite, Precision precision, BenchPass pass) {
    Map<Key, List<Result>> groups = new LinkedHashMap<>();
    for (Result result : results.of(suite, precision, pass)) {
      Key key = new Key(withoutSize(suite, result.layer()), result.threads());
      groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(result);
    }
    List<BenchmarkSweep> sweeps = new ArrayList<>();
    groups.forEach(
        (key, group) ->
            sweeps.add(
                new BenchmarkSweep(
                    suite,
                    precision,
                    pass,
                    key.threads(),
                    name(suite, group),
                    costs(suite, group))));
    return sweeps;
  }

  private static Layer withoutSize(Suite suite, Layer layer) {
    boolean batch = suite == Suite.BATCH;
    // Also without its name, which may contain the size.
    return new Layer(
        "",
        batch ? 0 : layer.n(),
        layer.c(),
        batch ? layer.h() : 0,
        batch ? layer.w() : 0,
        layer.o(),
        layer.kh(),
        layer.kw(),
        layer.stride(),
        layer.pad(),
        layer.dilation(),
        layer.groups());
  }

  private static String name(Suite suite, List<Result> group) {
    Layer first = group.getFirst().layer();
    boolean oneName = group.stream().map(result -> result.layer().name()).distinct().count() == 1;
    String channels = first.c() + "→" + first.o() + " channels, ";
    String kernel = first.kh() + "×" + first.kw();
    String groups = first.groups() == 1 ? "" : ", " + first.groups() + " groups";
    String stride = first.stride() == 1 ? "" : ", stride " + first.stride();
    String fixed =
        suite == Suite.BATCH
            ? ", images of " + first.h() + "×" + first.w()
            : ", batch of " + first.n();
    return (oneName ? first.name() + ": " : "") + channels + kernel + stride + groups + fixed;
  }

  private static NavigableMap<Step, Map<Library, Double>> costs(Suite suite, List<Result> group) {
    NavigableMap<Step, Map<Library, Double>> costs =
        new TreeMap<>(Comparator.comparingDouble(Step::size).thenComparing(Step::label));
    for (Result result : group) {
      costs
          .computeIfAbsent(step(suite, result.layer()), _ -> new LinkedHashMap<>())
          .put(result.library(), cost(suite, result));
    }
    return costs;
  }

  private static Step step(Suite suite, Layer layer) {
    return suite == Suite.BATCH
        ? new Step(layer.n(), String.valueOf(layer.n()))
        : new Step(Math.sqrt((double) layer.h() * layer.w()), layer.h() + "×" + layer.w());
  }

  private static double cost(Suite suite, Result result) {
    return suite == Suite.BATCH
        ? result.ms() / result.layer().n()
        : result.ms() * NANOSECONDS_PER_MILLISECOND / result.layer().outputElements();
  }

  /** Says what is measured. */
  String subject() {
    return precision.subject(pass);
  }

  /** Returns the unit of the cost. */
  String unit() {
    return suite == Suite.BATCH ? "ms per image" : "ns per output element";
  }

  /** Returns the libraries that were timed at some size, in the order of the columns. */
  List<Library> libraries() {
    Set<Library> libraries = EnumSet.noneOf(Library.class);
    costs.values().forEach(row -> libraries.addAll(row.keySet()));
    return List.copyOf(libraries);
  }

  /** Returns what one image or one element costs. */
  OptionalDouble cost(Step step, Library library) {
    Double cost = costs.get(step).get(library);
    return cost == null ? OptionalDouble.empty() : OptionalDouble.of(cost);
  }
}
