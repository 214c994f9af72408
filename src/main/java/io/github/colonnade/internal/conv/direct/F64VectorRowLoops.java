package io.github.colonnade.internal.conv.direct;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The arithmetic of strips by the Vector API: two rows of sums share what they read. Vectors reach
 * beyond the last sum; what they write there is never read.
 */
final class F64VectorRowLoops {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  private F64VectorRowLoops() {}

  /**
   * Adds the taps of one row of the kernel: {@code sums[i] = begun[i] + Σ_t weights[first + t] ·
   * row[i + t]}, one multiply-add after the other.
   *
   * @param begun what the taps are added to, maybe the sums themselves
   * @param sums the sums. Overwritten.
   * @param row what the taps read
   * @param weights the weights
   * @param first the first tap's
   * @param taps how many
   * @param from first sum
   * @param to end of the sums
   */
  static void add(
      double[] begun,
      double[] sums,
      double[] row,
      double[] weights,
      int first,
      int taps,
      int from,
      int to) {
    for (int at = 0; at < taps; ) {
      int some = F64RowLoops.some(taps - at);
      addSome(some, at == 0 ? begun : sums, sums, row, at, weights, first + at, from, to);
      at += some;
    }
  }

  /** Adds as many taps as one loop holds, from a column on. */
  static void addSome(
      int some,
      double[] begun,
      double[] sums,
      double[] row,
      int at,
      double[] weights,
      int first,
      int from,
      int to) {
    switch (some) {
      case 1 -> addOne(begun, sums, row, at, weights, first, from, to);
      case 2 -> addTwo(begun, sums, row, at, weights, first, from, to);
      case 3 -> addThree(begun, sums, row, at, weights, first, from, to);
      case 4 -> addFour(begun, sums, row, at, weights, first, from, to);
      default -> addFive(begun, sums, row, at, weights, first, from, to);
    }
  }

  /**
   * Adds the taps of one row of the kernel to one row of sums, and those of the row before to the
   * next row of sums, which read the same.
   *
   * @param sums the sums. Modified.
   * @param begun what the taps of the row before are added to, maybe the next row itself
   * @param next the next row of sums. Overwritten.
   * @param row what the taps read
   * @param weights the weights
   * @param first the first tap's
   * @param before the first tap's of the row before
   * @param taps how many
   * @param from first sum
   * @param to end of the sums
   */
  static void addPair(
      double[] sums,
      double[] begun,
      double[] next,
      double[] row,
      double[] weights,
      int first,
      int before,
      int taps,
      int from,
      int to) {
    for (int at = 0; at < taps; ) {
      int some = F64RowLoops.some(taps - at);
      double[] sofar = at == 0 ? begun : next;
      pairSome(some, sums, sofar, next, row, at, weights, first + at, before + at, from, to);
      at += some;
    }
  }

  /** Adds as many taps to either row as one loop holds, from a column on. */
  static void pairSome(
      int some,
      double[] sums,
      double[] begun,
      double[] next,
      double[] row,
      int at,
      double[] weights,
      int first,
      int before,
      int from,
      int to) {
    switch (some) {
      case 1 -> pairOne(sums, begun, next, row, at, weights, first, before, from, to);
      case 2 -> pairTwo(sums, begun, next, row, at, weights, first, before, from, to);
      case 3 -> pairThree(sums, begun, next, row, at, weights, first, before, from, to);
      case 4 -> pairFour(sums, begun, next, row, at, weights, first, before, from, to);
      default -> pairFive(sums, begun, next, row, at, weights, first, before, from, to);
    }
  }

  private static void addOne(
      double[] begun,
      double[] sums,
      double[] row,
      int at,
      double[] weights,
      int first,
      int from,
      int to) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, begun, i);
      sum = DoubleVector.fromArray(SPECIES, row, at + i).fma(w0, sum);
      sum.intoArray(sums, i);
    }
  }

  private static void addTwo(
      double[] begun,
      double[] sums,
      double[] row,
      int at,
      double[] weights,
      int first,
      int from,
      int to) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector w1 = DoubleVector.broadcast(SPECIES, weights[first + 1]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, begun, i);
      sum = DoubleVector.fromArray(SPECIES, row, at + i).fma(w0, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 1).fma(w1, sum);
      sum.intoArray(sums, i);
    }
  }

  private static void addThree(
      double[] begun,
      double[] sums,
      double[] row,
      int at,
      double[] weights,
      int first,
      int from,
      int to) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector w1 = DoubleVector.broadcast(SPECIES, weights[first + 1]);
    DoubleVector w2 = DoubleVector.broadcast(SPECIES, weights[first + 2]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, begun, i);
      sum = DoubleVector.fromArray(SPECIES, row, at + i).fma(w0, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 1).fma(w1, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 2).fma(w2, sum);
      sum.intoArray(sums, i);
    }
  }

  private static void addFour(
      double[] begun,
      double[] sums,
      double[] row,
      int at,
      double[] weights,
      int first,
      int from,
      int to) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector w1 = DoubleVector.broadcast(SPECIES, weights[first + 1]);
    DoubleVector w2 = DoubleVector.broadcast(SPECIES, weights[first + 2]);
    DoubleVector w3 = DoubleVector.broadcast(SPECIES, weights[first + 3]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, begun, i);
      sum = DoubleVector.fromArray(SPECIES, row, at + i).fma(w0, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 1).fma(w1, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 2).fma(w2, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 3).fma(w3, sum);
      sum.intoArray(sums, i);
    }
  }

  private static void addFive(
      double[] begun,
      double[] sums,
      double[] row,
      int at,
      double[] weights,
      int first,
      int from,
      int to) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector w1 = DoubleVector.broadcast(SPECIES, weights[first + 1]);
    DoubleVector w2 = DoubleVector.broadcast(SPECIES, weights[first + 2]);
    DoubleVector w3 = DoubleVector.broadcast(SPECIES, weights[first + 3]);
    DoubleVector w4 = DoubleVector.broadcast(SPECIES, weights[first + 4]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, begun, i);
      sum = DoubleVector.fromArray(SPECIES, row, at + i).fma(w0, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 1).fma(w1, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 2).fma(w2, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 3).fma(w3, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 4).fma(w4, sum);
      sum.intoArray(sums, i);
    }
  }

  private static void pairOne(
      double[] sums,
      double[] begun,
      double[] next,
      double[] row,
      int at,
      double[] weights,
      int first,
      int before,
      int from,
      int to) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector v0 = DoubleVector.broadcast(SPECIES, weights[before]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, sums, i);
      DoubleVector below = DoubleVector.fromArray(SPECIES, begun, i);
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, row, at + i);
      sum = x0.fma(w0, sum);
      below = x0.fma(v0, below);
      sum.intoArray(sums, i);
      below.intoArray(next, i);
    }
  }

  private static void pairTwo(
      double[] sums,
      double[] begun,
      double[] next,
      double[] row,
      int at,
      double[] weights,
      int first,
      int before,
      int from,
      int to) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector w1 = DoubleVector.broadcast(SPECIES, weights[first + 1]);
    DoubleVector v0 = DoubleVector.broadcast(SPECIES, weights[before]);
    DoubleVector v1 = DoubleVector.broadcast(SPECIES, weights[before + 1]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, sums, i);
      DoubleVector below = DoubleVector.fromArray(SPECIES, begun, i);
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, row, at + i);
      sum = x0.fma(w0, sum);
      below = x0.fma(v0, below);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, row, at + i + 1);
      sum = x1.fma(w1, sum);
      below = x1.fma(v1, below);
      sum.intoArray(sums, i);
      below.intoArray(next, i);
    }
  }

  private static void pairThree(
      double[] sums,
      double[] begun,
      double[] next,
      double[] row,
      int at,
      double[] weights,
      int first,
      int before,
      int from,
      int to) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector w1 = DoubleVector.broadcast(SPECIES, weights[first + 1]);
    DoubleVector w2 = DoubleVector.broadcast(SPECIES, weights[first + 2]);
    DoubleVector v0 = DoubleVector.broadcast(SPECIES, weights[before]);
    DoubleVector v1 = DoubleVector.broadcast(SPECIES, weights[before + 1]);
    DoubleVector v2 = DoubleVector.broadcast(SPECIES, weights[before + 2]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, sums, i);
      DoubleVector below = DoubleVector.fromArray(SPECIES, begun, i);
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, row, at + i);
      sum = x0.fma(w0, sum);
      below = x0.fma(v0, below);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, row, at + i + 1);
      sum = x1.fma(w1, sum);
      below = x1.fma(v1, below);
      DoubleVector x2 = DoubleVector.fromArray(SPECIES, row, at + i + 2);
      sum = x2.fma(w2, sum);
      below = x2.fma(v2, below);
      sum.intoArray(sums, i);
      below.intoArray(next, i);
    }
  }

  private static void pairFour(
      double[] sums,
      double[] begun,
      double[] next,
      double[] row,
      int at,
      double[] weights,
      int first,
      int before,
      int from,
      int to) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector w1 = DoubleVector.broadcast(SPECIES, weights[first + 1]);
    DoubleVector w2 = DoubleVector.broadcast(SPECIES, weights[first + 2]);
    DoubleVector w3 = DoubleVector.broadcast(SPECIES, weights[first + 3]);
    DoubleVector v0 = DoubleVector.broadcast(SPECIES, weights[before]);
    DoubleVector v1 = DoubleVector.broadcast(SPECIES, weights[before + 1]);
    DoubleVector v2 = DoubleVector.broadcast(SPECIES, weights[before + 2]);
    DoubleVector v3 = DoubleVector.broadcast(SPECIES, weights[before + 3]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, sums, i);
      DoubleVector below = DoubleVector.fromArray(SPECIES, begun, i);
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, row, at + i);
      sum = x0.fma(w0, sum);
      below = x0.fma(v0, below);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, row, at + i + 1);
      sum = x1.fma(w1, sum);
      below = x1.fma(v1, below);
      DoubleVector x2 = DoubleVector.fromArray(SPECIES, row, at + i + 2);
      sum = x2.fma(w2, sum);
      below = x2.fma(v2, below);
      DoubleVector x3 = DoubleVector.fromArray(SPECIES, row, at + i + 3);
      sum = x3.fma(w3, sum);
      below = x3.fma(v3, below);
      sum.intoArray(sums, i);
      below.intoArray(next, i);
    }
  }

  private static void pairFive(
      double[] sums,
      double[] begun,
      double[] next,
      double[] row,
      int at,
      double[] weights,
      int first,
      int before,
      int from,
      int to) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector w1 = DoubleVector.broadcast(SPECIES, weights[first + 1]);
    DoubleVector w2 = DoubleVector.broadcast(SPECIES, weights[first + 2]);
    DoubleVector w3 = DoubleVector.broadcast(SPECIES, weights[first + 3]);
    DoubleVector w4 = DoubleVector.broadcast(SPECIES, weights[first + 4]);
    DoubleVector v0 = DoubleVector.broadcast(SPECIES, weights[before]);
    DoubleVector v1 = DoubleVector.broadcast(SPECIES, weights[before + 1]);
    DoubleVector v2 = DoubleVector.broadcast(SPECIES, weights[before + 2]);
    DoubleVector v3 = DoubleVector.broadcast(SPECIES, weights[before + 3]);
    DoubleVector v4 = DoubleVector.broadcast(SPECIES, weights[before + 4]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, sums, i);
      DoubleVector below = DoubleVector.fromArray(SPECIES, begun, i);
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, row, at + i);
      sum = x0.fma(w0, sum);
      below = x0.fma(v0, below);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, row, at + i + 1);
      sum = x1.fma(w1, sum);
      below = x1.fma(v1, below);
      DoubleVector x2 = DoubleVector.fromArray(SPECIES, row, at + i + 2);
      sum = x2.fma(w2, sum);
      below = x2.fma(v2, below);
      DoubleVector x3 = DoubleVector.fromArray(SPECIES, row, at + i + 3);
      sum = x3.fma(w3, sum);
      below = x3.fma(v3, below);
      DoubleVector x4 = DoubleVector.fromArray(SPECIES, row, at + i + 4);
      sum = x4.fma(w4, sum);
      below = x4.fma(v4, below);
      sum.intoArray(sums, i);
      below.intoArray(next, i);
    }
  }
}
