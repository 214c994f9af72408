package io.github.colonnade.peers;

import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.peers.BenchmarkResults.Layer;
import io.github.colonnade.peers.BenchmarkResults.Precision;
import io.github.colonnade.peers.BenchmarkResults.Result;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The same layers on one thread and on more.
 *
 * @param times median milliseconds by layer, library and number of threads
 */
record BenchmarkScaling(
    Precision precision,
    BenchPass pass,
    Map<Layer, Map<Library, NavigableMap<Integer, Double>>> times) {

  /** Below this many milliseconds, starting and joining threads weighs too much. */
  private static final double LONG_MS = 10;

  /** Returns what was measured of one pass in one precision. */
  static BenchmarkScaling of(BenchmarkResults results, Precision precision, BenchPass pass) {
    Map<Layer, Map<Library, NavigableMap<Integer, Double>>> times = new LinkedHashMap<>();
    for (Result result : results.of(Suite.THREADS, precision, pass)) {
      times
          .computeIfAbsent(result.layer(), _ -> new LinkedHashMap<>())
          .computeIfAbsent(result.library(), _ -> new TreeMap<>())
          .put(result.threads(), result.ms());
    }
    return new BenchmarkScaling(precision, pass, times);
  }

  /** Says what is measured. */
  String subject() {
    return precision.subject(pass);
  }

  /** Returns the layers in the file's order. */
  List<Layer> layers() {
    return List.copyOf(times.keySet());
  }

  /** Returns the layers that Colonnade computes in more than ten milliseconds on one thread. */
  List<Layer> longLayers() {
    return layers().stream()
        .filter(layer -> ms(layer, Library.COLONNADE, 1).orElse(0) > LONG_MS)
        .toList();
  }

  /** Returns the libraries that were timed on some layer, in the order of the columns. */
  List<Library> libraries() {
    Map<Library, Boolean> present = new EnumMap<>(Library.class);
    times.values().forEach(row -> row.keySet().forEach(library -> present.put(library, true)));
    return List.copyOf(present.keySet());
  }

  /** Returns the numbers of threads that were tried. */
  NavigableSet<Integer> threads() {
    NavigableSet<Integer> threads = new TreeSet<>();
    times.values().forEach(row -> row.values().forEach(each -> threads.addAll(each.keySet())));
    return threads;
  }

  /** Returns the median time. */
  OptionalDouble ms(Layer layer, Library library, int threads) {
    Map<Integer, Double> byThreads = times.get(layer).get(library);
    Double ms = byThreads == null ? null : byThreads.get(threads);
    return ms == null ? OptionalDouble.empty() : OptionalDouble.of(ms);
  }

  /** Returns how many times as fast as on one thread. */
  OptionalDouble speedUp(Layer layer, Library library, int threads) {
    return BenchmarkFigures.ratio(ms(layer, library, 1), ms(layer, library, threads));
  }
}
