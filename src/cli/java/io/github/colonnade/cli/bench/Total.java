package io.github.colonnade.cli.bench;

import java.util.List;

/**
 * A network's time: that of each layer as often as it stands there.
 *
 * @param ms in convolutions
 * @param gemmMs in bare multiplies of the same sizes
 * @param operations of the definition
 */
public record Total(double ms, double gemmMs, double operations) {

  /** Sums over layers and what was measured of each, in the same order. */
  public static Total of(LayerSet layers, List<Measurement> measurements) {
    double ms = 0;
    double gemmMs = 0;
    double operations = 0;
    for (int i = 0; i < measurements.size(); i++) {
      Measurement measured = measurements.get(i);
      long count = layers.layers().get(i).count();
      ms += count * measured.ms();
      gemmMs += count * measured.gemmMs();
      operations += count * measured.gflops() * measured.ms() * 1e6;
    }
    return new Total(ms, gemmMs, operations);
  }
}
