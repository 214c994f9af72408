package io.github.colonnade;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Compares what an operator made with what its definition makes. */
final class FuzzChecks {
  private FuzzChecks() {}

  /**
   * Compares sums of products: what is finite within a bound that scales with Σ|a·b|, the rest
   * exactly. To algorithms that mix the outputs of a tile the largest sum counts, and their
   * documented bound.
   *
   * @param expected in double precision
   * @param magnitudes Σ|a·b| of each, of the finite factors
   * @param terms how many products a sum has
   */
  static void requireSums(
      String what,
      Tensor expected,
      Tensor actual,
      Tensor magnitudes,
      long terms,
      Algorithm algorithm) {
    requireSums(what, expected, actual, magnitudes, terms, algorithm, 0);
  }

  /**
   * As above.
   *
   * @param largestProduct of the largest factors, which algorithms that transform mix into sums that
   *     do not have it: where a large weight reaches nothing but padding
   */
  static void requireSums(
      String what,
      Tensor expected,
      Tensor actual,
      Tensor magnitudes,
      long terms,
      Algorithm algorithm,
      double largestProduct) {
    boolean mixes = Algorithms.mixes(algorithm);
    double factor = Tolerance.factor(Algorithm.REFERENCE, actual.dtype(), terms);
    if (mixes) {
      factor += actual.dtype() == DType.F64 ? 1e-14 : 5e-6;
    }
    double least = actual.dtype() == DType.F64 ? Double.MIN_VALUE : Float.MIN_VALUE;
    // A product that underflows is off by half the least value; those multiply on with it.
    double underflow = (terms + 2) * least * (mixes ? 1000 : 1);
    double largest = largestProduct;
    for (long i = 0; mixes && i < magnitudes.elementCount(); i++) {
      largest = Math.max(largest, magnitudes.get(i));
    }
    for (long i = 0; i < expected.elementCount(); i++) {
      double right = expected.get(i);
      double found = actual.get(i);
      double allowed = factor * (mixes ? largest : magnitudes.get(i)) + underflow;
      boolean same =
          Double.isFinite(right)
              ? Math.abs(found - right) <= allowed
              : Double.compare(found, right) == 0;
      if (!same) {
        throw new AssertionError(
            what + ": element " + i + " is " + found + ", must be " + right + " within " + allowed);
      }
    }
  }

  /** Compares values that must be the same; all NaN are one. */
  static void requireSame(String what, double[] expected, Tensor actual) {
    for (int i = 0; i < expected.length; i++) {
      if (Double.compare(expected[i], actual.get(i)) != 0) {
        throw new AssertionError(
            what + ": element " + i + " is " + actual.get(i) + ", must be " + expected[i]);
      }
    }
  }

  /** Compares bits of two calls; all NaN are one. */
  static void requireBits(String what, Tensor expected, Tensor actual) {
    requireSame(what, expected.toDoubleArray(), actual);
  }

  /** Returns what a term adds to Σ|a·b|, where one that is not finite counts as nothing. */
  static double magnitude(double term) {
    return Double.isFinite(term) ? Math.abs(term) : 0;
  }

  /** Returns a hash of bits; all NaN are one. */
  static long hash(long before, Tensor tensor) {
    long hash = before;
    MemorySegment segment = tensor.segment();
    for (long i = 0; i < tensor.elementCount(); i++) {
      long bits =
          tensor.dtype() == DType.I64
              ? segment.getAtIndex(ValueLayout.JAVA_LONG, i)
              : Double.doubleToLongBits(tensor.get(i));
      hash = (hash ^ bits) * 0x100000001b3L;
      hash ^= hash >>> 29;
    }
    return hash;
  }
}
