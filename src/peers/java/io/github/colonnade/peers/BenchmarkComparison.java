package io.github.colonnade.peers;

import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.peers.BenchmarkFigures.Ratio;
import io.github.colonnade.peers.BenchmarkResults.Layer;
import io.github.colonnade.peers.BenchmarkResults.Precision;
import io.github.colonnade.peers.BenchmarkResults.Result;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The layers, each timed in several libraries in the same way.
 *
 * @param times by layer, in the file's order, and library
 */
record BenchmarkComparison(
    Precision precision, BenchPass pass, int threads, Map<Layer, Map<Library, Result>> times) {

  /** Libraries that people would use in Colonnade's place; the C baseline is a yardstick. */
  static final Set<Library> PEERS =
      Arrays.stream(Library.values())
          .filter(Library::isPeer)
          .collect(Collectors.toUnmodifiableSet());

  private static final int MANY_CHANNELS = 64;

  /** Returns the comparisons of one pass in one precision, by number of threads. */
  static List<BenchmarkComparison> of(
      BenchmarkResults results, Precision precision, BenchPass pass) {
    Map<Integer, Map<Layer, Map<Library, Result>>> byThreads = new TreeMap<>();
    for (Result result : results.of(Suite.LAYERS, precision, pass)) {
      byThreads
          .computeIfAbsent(result.threads(), _ -> new LinkedHashMap<>())
          .computeIfAbsent(result.layer(), _ -> new EnumMap<>(Library.class))
          .put(result.library(), result);
    }
    return byThreads.entrySet().stream()
        .map(entry -> new BenchmarkComparison(precision, pass, entry.getKey(), entry.getValue()))
        .toList();
  }

  /** Says what is compared, without the number of threads. */
  String subject() {
    return precision.subject(pass);
  }

  /** Returns the layers in the file's order. */
  List<Layer> layers() {
    return List.copyOf(times.keySet());
  }

  /** Returns whether a library was timed on any layer. */
  boolean has(Library library) {
    return times.values().stream().anyMatch(row -> row.containsKey(library));
  }

  /** Returns the median time of a layer in a library. */
  OptionalDouble ms(Layer layer, Library library) {
    Result result = times.get(layer).get(library);
    return result == null ? OptionalDouble.empty() : OptionalDouble.of(result.ms());
  }

  /** Returns the least time of a layer in any of some libraries. */
  OptionalDouble fastest(Layer layer, Set<Library> libraries) {
    return times.get(layer).values().stream()
        .filter(result -> libraries.contains(result.library()))
        .mapToDouble(Result::ms)
        .min();
  }

  /** Returns the algorithm that Colonnade's plan chose, or nothing. */
  String algorithm(Layer layer) {
    Result colonnade = times.get(layer).get(Library.COLONNADE);
    return colonnade == null ? "" : colonnade.algorithm();
  }

  /** Returns how many times as long as Colonnade the fastest of some libraries takes. */
  OptionalDouble ratio(Layer layer, Set<Library> libraries) {
    return BenchmarkFigures.ratio(fastest(layer, libraries), ms(layer, Library.COLONNADE));
  }

  /** Returns those ratios for the layers that have one. */
  List<Ratio> ratios(Set<Library> libraries) {
    List<Ratio> ratios = new ArrayList<>();
    for (Layer layer : layers()) {
      ratio(layer, libraries).ifPresent(value -> ratios.add(new Ratio(layer.name(), value)));
    }
    return ratios;
  }

  /** Returns the share of the bare GEMM's speed that a library reaches. */
  OptionalDouble shareOfGemm(Layer layer, Library library) {
    return BenchmarkFigures.ratio(ms(layer, Library.GEMM), ms(layer, library));
  }

  /** Returns those shares for some layers, without those that have none. */
  List<Ratio> sharesOfGemm(Library library, Predicate<Layer> layers) {
    List<Ratio> ratios = new ArrayList<>();
    for (Layer layer : layers()) {
      if (layers.test(layer)) {
        shareOfGemm(layer, library).ifPresent(value -> ratios.add(new Ratio(layer.name(), value)));
      }
    }
    return ratios;
  }

  /** Returns the layers whose share of the bare GEMM is reported. */
  List<Layer> gemmLayers() {
    return layers().stream()
        .filter(layer -> multipliesMuch(layer) || runsWinograd(layer))
        .filter(
            layer ->
                shareOfGemm(layer, Library.COLONNADE).isPresent()
                    || shareOfGemm(layer, Library.COLONNADE_IM2COL).isPresent())
        .toList();
  }

  /** Returns whether the multiply outweighs the lowering: one group of many channels. */
  static boolean multipliesMuch(Layer layer) {
    return layer.groups() == 1 && layer.c() >= MANY_CHANNELS;
  }

  /** Returns whether Winograd could run on a layer where the multiply outweighs all else. */
  static boolean suitsWinograd(Layer layer) {
    return multipliesMuch(layer)
        && layer.kh() == 3
        && layer.kw() == 3
        && layer.stride() == 1
        && layer.dilation() == 1;
  }

  /** Returns whether Winograd, and nothing else, was chosen for a layer. */
  boolean runsWinograd(Layer layer) {
    return algorithm(layer).equalsIgnoreCase("winograd");
  }
}
