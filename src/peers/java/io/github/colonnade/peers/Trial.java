package io.github.colonnade.peers;

import io.github.colonnade.DType;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import java.util.Locale;

/**
 * One figure to measure, in a JVM of its own.
 *
 * @param suite what it belongs to
 * @param library who computes
 * @param layer sizes
 * @param pass what to compute
 * @param dtype element type
 * @param threads threads at most
 */
record Trial(Suite suite, Library library, Layer layer, BenchPass pass, DType dtype, int threads) {
  /** Returns what people and files call it. */
  String name() {
    return String.join(
            "-",
            suite.name(),
            layer.name(),
            pass.name(),
            dtype.name(),
            library.id(),
            String.valueOf(threads))
        .toLowerCase(Locale.ROOT);
  }
}
