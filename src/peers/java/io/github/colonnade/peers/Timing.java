package io.github.colonnade.peers;

import java.util.Arrays;
import java.util.Map;

/**
 * What a trial measured.
 *
 * @param trial what was measured
 * @param version the library's
 * @param algorithm what this library chose, or an empty text for others
 * @param ms median of the calls
 * @param msLow what a tenth of the calls stayed below
 * @param msHigh what nine tenths of the calls stayed below
 * @param gflops operations of the definition by the median, 10⁹ a second
 * @param more what only some trials have, by the names of {@link BenchmarkResults}
 */
record Timing(
    Trial trial,
    String version,
    String algorithm,
    double ms,
    double msLow,
    double msHigh,
    double gflops,
    Map<String, Double> more) {

  /** Returns what a share of the values, which are sorted, stays at or below. */
  static double percentile(double share, double... sorted) {
    int rank = (int) Math.ceil(share * sorted.length);
    return sorted[Math.clamp(rank, 1, sorted.length) - 1];
  }

  /** Sorts a copy. */
  static double[] sorted(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted;
  }
}
