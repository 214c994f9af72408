package io.github.colonnade.peers;

import io.github.colonnade.DType;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import java.util.List;
import java.util.Locale;

/**
 * One figure to measure.
 *
 * @param suite what it belongs to
 * @param library who computes
 * @param network that the layer is a part of, or an empty text
 * @param layer sizes
 * @param pass what to compute
 * @param dtype element type
 * @param threads threads at most
 */
record Trial(
    Suite suite,
    Library library,
    String network,
    Layer layer,
    BenchPass pass,
    DType dtype,
    int threads) {

  Trial(Suite suite, Library library, Layer layer, BenchPass pass, DType dtype, int threads) {
    this(suite, library, "", layer, pass, dtype, threads);
  }

  /** Returns what people call it. */
  String name() {
    return String.join(
            "-",
            suite.name(),
            layer.name(),
            String.valueOf(layer.n()),
            pass.name(),
            dtype.name(),
            library.id(),
            String.valueOf(threads))
        .toLowerCase(Locale.ROOT);
  }

  /** Returns what trials share that are timed in turns: all but the library. */
  List<Object> problem() {
    return List.of(suite, layer, pass, dtype, threads);
  }

  /** Returns what trials share that each library computes in one JVM. */
  List<Object> session() {
    return suite == Suite.FIRST
        ? List.of(suite, library, layer, pass, dtype, threads)
        : List.of(suite, network, network.isEmpty() ? 0L : layer.n(), threads);
  }
}
