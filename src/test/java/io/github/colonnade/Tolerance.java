package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.fail;

/** Comparison that scales with the sums: {@code |actual − expected| ≤ c · K · ε · Σ|a·b|}. */
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
    double factor = (terms + 2) * roundoff(actual.dtype());
    for (long i = 0; i < expected.elementCount(); i++) {
      double allowed = factor * magnitudes.get(i);
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

  /** Returns a copy with every sign cleared. */
  static Tensor magnitudes(java.lang.foreign.Arena arena, Tensor tensor) {
    Tensor copy = Tensor.allocate(arena, DType.F64, tensor.shape());
    for (long i = 0; i < tensor.elementCount(); i++) {
      copy.set(i, Math.abs(tensor.get(i)));
    }
    return copy;
  }
}
