package io.github.colonnade.peers;

import io.github.colonnade.cli.bench.Layer;
import io.github.colonnade.cli.bench.LayerTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** The layers of the suites, each under a name of its own. */
final class Layers {
  private Layers() {}

  /** Returns the public set. */
  static List<Layer> publicSet() throws IOException {
    return LayerTable.publicSet().layers();
  }

  /** Returns one 3×3 layer with more and more images. */
  static List<Layer> batches() {
    return LongStream.of(1, 2, 4, 8, 16, 32)
        .mapToObj(n -> square("batch_" + n, n, 128, 28))
        .toList();
  }

  /** Returns one 3×3 layer with larger and larger images. */
  static List<Layer> sizes() {
    return LongStream.of(14, 28, 56, 112, 224, 448)
        .mapToObj(side -> square("size_" + side, 1, 64, side))
        .toList();
  }

  private static Layer square(String name, long n, long channels, long side) {
    return new Layer(name, n, channels, side, side, channels, 3, 3, 1, 1, 1, 1, 1, 0);
  }

  /** Returns every convolution of a network of {@link LayerTable#NETWORKS}. */
  static List<Layer> network(String name) throws IOException {
    return LayerTable.network(name).layers();
  }

  static Optional<Layer> find(String name) throws IOException {
    List<Layer> all = new ArrayList<>(publicSet());
    all.addAll(batches());
    all.addAll(sizes());
    for (String network : LayerTable.NETWORKS) {
      all.addAll(network(network));
    }
    return all.stream().filter(layer -> layer.name().equals(name)).findFirst();
  }
}
