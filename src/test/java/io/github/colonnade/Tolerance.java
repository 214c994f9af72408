package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.fail;

/**
 * Comparison that scales with the sums: {@code |actual − expected| ≤ c · K · ε · Σ|a·b|}.
 * Winograd's algorithm and Fourier transforms mix the outputs of a tile, so they are held to the
 * largest of the sums.
 */
final class Tolerance {
  private Tolerance() {}

  /** Returns the distance from 1 to the next value of the type, halved: the unit roundoff. */
  static double roundoff(DType dtype) {
    return dtype == DType.F64 ? 0x1p-53 : 0x1p-24;
  }

  /**
   * Compares every element.
   *
   * @param terms K, the length of the sums
   * @param magnitudes Σ|a·b| of every element
   */
  static void assertClose(
      String what, Tensor expected, Tensor actual, long terms, Tensor magnitudes) {
    assertArrayEquals(expected.shape(), actual.shape(), what);
    assertClose(what, expected, actual, terms, magnitudes, Algorithm.REFERENCE);
  }

  /** Compares every element of what an algorithm computed. */
  static void assertClose(
      String what,
      Tensor expected,
      Tensor actual,
      long terms,
      Tensor magnitudes,
      Algorithm algorithm) {
    assertArrayEquals(expected.shape(), actual.shape(), what);
    double factor = factor(algorithm, actual.dtype(), terms);
    boolean mixes = Algorithms.mixes(algorithm);
    double largest = mixes ? largest(magnitudes) : 0;
    for (long i = 0; i < expected.elementCount(); i++) {
      double allowed = factor * (mixes ? largest : magnitudes.get(i));
      double difference = Math.abs(actual.get(i) - expected.get(i));
      if (!(difference <= allowed)) {
        fail(
            what
                + ": element "
                + i
                + " is "
                + actual.get(i)
                + ", expected "
                + expected.get(i)
                + " within "
                + allowed);
      }
    }
  }

  /** Returns what an algorithm's errors may be, relative to Σ|a·b|. */
  static double factor(Algorithm algorithm, DType dtype, long terms) {
    double exact = (terms + 2) * roundoff(dtype);
    if (!Algorithms.mixes(algorithm)) {
      return exact;
    }
    return exact + (dtype == DType.F64 ? 100 : 8) * roundoff(dtype);
  }

  private static double largest(Tensor magnitudes) {
    double largest = 0;
    for (long i = 0; i < magnitudes.elementCount(); i++) {
      largest = Math.max(largest, magnitudes.get(i));
    }
    return largest;
  }

  /** Returns a copy with every sign cleared. */
  static Tensor magnitudes(java.lang.foreign.Arena arena, Tensor tensor) {
    Tensor copy = Tensor.allocate(arena, DType.F64, tensor.shape());
    for (long i = 0; i < tensor.elementCount(); i++) {
      copy.set(i, Math.abs(tensor.get(i)));
    }
    return copy;
  }
}
