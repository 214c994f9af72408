package io.github.colonnade;

import java.util.List;
import java.util.stream.Stream;

/** The algorithms that a test goes through. */
final class Algorithms {
  private Algorithms() {}

  /** Those that compute every geometry, and round as sums of products do. */
  static List<Algorithm> exact() {
    return Stream.of(Algorithm.values()).filter(algorithm -> !mixes(algorithm)).toList();
  }

  /** Returns whether an algorithm mixes the outputs of a tile, and with them their errors. */
  static boolean mixes(Algorithm algorithm) {
    return algorithm == Algorithm.WINOGRAD || algorithm == Algorithm.FFT;
  }

  /** Those that compute a geometry at all. */
  static List<Algorithm> suiting(ConvCase drawn) {
    return Stream.of(Algorithm.values()).filter(drawn::suits).toList();
  }

  /** Those that compute a geometry at all. */
  static List<Algorithm> suiting(ConvTransposeCase drawn) {
    boolean unstrided = drawn.sh() == 1 && drawn.sw() == 1;
    return Stream.of(Algorithm.values())
        .filter(algorithm -> !mixes(algorithm) || unstrided)
        .filter(
            algorithm -> algorithm != Algorithm.WINOGRAD || (drawn.kh() == 3 && drawn.kw() == 3))
        .toList();
  }
}
