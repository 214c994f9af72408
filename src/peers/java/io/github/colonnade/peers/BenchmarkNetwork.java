package io.github.colonnade.peers;

import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.LayerTable;
import io.github.colonnade.peers.BenchmarkFigures.Ratio;
import io.github.colonnade.peers.BenchmarkResults.Layer;
import io.github.colonnade.peers.BenchmarkResults.Precision;
import io.github.colonnade.peers.BenchmarkResults.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One pass of a whole network: all its convolutions, each as often as it stands there.
 *
 * @param isWhole whether all layers of the network were timed: a run may have been interrupted, or
 *     been of some layers
 * @param times by layer, in the file's order, and library
 */
record BenchmarkNetwork(
    String name, int images, int threads, boolean isWhole, Map<Layer, Map<Library, Result>> times) {

  /** What the results of one network share. */
  private record Key(String name, int images, int threads) {}

  /** Returns the networks of one pass in one precision, in the file's order. */
  static List<BenchmarkNetwork> of(BenchmarkResults results, Precision precision, BenchPass pass) {
    Map<Key, Map<Layer, Map<Library, Result>>> networks = new LinkedHashMap<>();
    for (Result result : results.of(Suite.NETWORKS, precision, pass)) {
      networks
          .computeIfAbsent(
              new Key(result.network(), result.layer().n(), result.threads()),
              _ -> new LinkedHashMap<>())
          .computeIfAbsent(result.layer(), _ -> new EnumMap<>(Library.class))
          .put(result.library(), result);
    }
    List<BenchmarkNetwork> all = new ArrayList<>();
    networks.forEach(
        (key, times) ->
            all.add(
                new BenchmarkNetwork(
                    key.name(),
                    key.images(),
                    key.threads(),
                    times.size() >= layers(key.name()),
                    times)));
    return all;
  }

  /** Returns how many layers a network has, or 0 if nobody knows. */
  private static int layers(String network) {
    if (!LayerTable.NETWORKS.contains(network)) {
      return 0;
    }
    try {
      return Layers.network(network).size();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  /** Returns what people call it. */
  String title() {
    return name + ", " + (images == 1 ? "1 image" : images + " images");
  }

  /** Returns a library's time, or nothing if it lacks that of a layer. */
  OptionalDouble ms(Library library) {
    return sum(library, result -> OptionalDouble.of(result.ms()));
  }

  /** Returns how many times as long as a second library a first one takes. */
  OptionalDouble ratio(Library slower, Library faster) {
    return BenchmarkFigures.ratio(ms(slower), ms(faster));
  }

  /** Returns the share of a limit that a library reaches over the whole network. */
  OptionalDouble share(Library library, String limit) {
    return BenchmarkFigures.ratio(sum(library, result -> result.more(limit)), ms(library));
  }

  /** Returns the layer whose ratio is the lowest. */
  Optional<Ratio> lowest(Library slower, Library faster) {
    List<Ratio> ratios = new ArrayList<>();
    times.forEach(
        (layer, row) -> {
          if (row.containsKey(slower) && row.containsKey(faster)) {
            ratios.add(new Ratio(layer.name(), row.get(slower).ms() / row.get(faster).ms()));
          }
        });
    return ratios.isEmpty() ? Optional.empty() : Optional.of(BenchmarkFigures.lowestOf(ratios));
  }

  /** A figure of a result. */
  private interface Figure {
    OptionalDouble of(Result result);
  }

  private OptionalDouble sum(Library library, Figure figure) {
    if (!isWhole) {
      return OptionalDouble.empty();
    }
    double sum = 0;
    for (Map<Library, Result> row : times.values()) {
      Result result = row.get(library);
      OptionalDouble value = result == null ? OptionalDouble.empty() : figure.of(result);
      if (value.isEmpty()) {
        return value;
      }
      sum += Objects.requireNonNull(result).count() * value.getAsDouble();
    }
    return OptionalDouble.of(sum);
  }
}
