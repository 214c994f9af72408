package io.github.colonnade.internal.conv.direct;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of strips by the Vector API that complete sums: these go from vectors straight into
 * memory. By way of arrays, 5×5 and 7×7 taps of a plane of 4096² took 1.1 times as long, 3×3 taps
 * 1.3 to 1.4 times (AMD Zen 3).
 */
final class F64VectorLastLoops {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  private F64VectorLastLoops() {}

  /**
   * As {@link F64VectorRowLoops#add}; the sums go into memory.
   *
   * @param begun what the taps are added to, maybe the array of sums itself
   * @param sums scratch
   * @param row what the taps read
   * @param weights the weights
   * @param first the first tap's
   * @param taps how many
   * @param from first sum
   * @param to end of the sums
   * @param target receives the sums
   * @param offset of the first sum of the row
   */
  static void add(
      double[] begun,
      double[] sums,
      double[] row,
      double[] weights,
      int first,
      int taps,
      int from,
      int to,
      MemorySegment target,
      long offset) {
    int last = last(taps);
    int at = taps - last;
    F64VectorRowLoops.add(begun, sums, row, weights, first, at, from, to);
    double[] sofar = at == 0 ? begun : sums;
    int tap = first + at;
    int whole = from + SPECIES.loopBound(to - from);
    switch (last) {
      case 1 -> addOne(sofar, row, at, weights, tap, from, whole, target, offset);
      case 2 -> addTwo(sofar, row, at, weights, tap, from, whole, target, offset);
      case 3 -> addThree(sofar, row, at, weights, tap, from, whole, target, offset);
      case 4 -> addFour(sofar, row, at, weights, tap, from, whole, target, offset);
      default -> addFive(sofar, row, at, weights, tap, from, whole, target, offset);
    }
    F64VectorRowLoops.addSome(last, sofar, sums, row, at, weights, tap, whole, to);
    storeRest(sums, whole, to, target, offset);
  }

  /**
   * As {@link F64VectorRowLoops#addPair}; the first row of sums goes into memory, the next does
   * not.
   *
   * @param sums the sums so far. Maybe modified.
   * @param begun what the taps of the row before are added to, maybe the next row itself
   * @param next the next row of sums. Overwritten.
   * @param row what the taps read
   * @param weights the weights
   * @param first the first tap's
   * @param before the first tap's of the row before
   * @param taps how many
   * @param from first sum
   * @param to end of the sums
   * @param target receives the sums
   * @param offset of the first sum of the row
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
      int to,
      MemorySegment target,
      long offset) {
    int last = last(taps);
    int at = taps - last;
    F64VectorRowLoops.addPair(sums, begun, next, row, weights, first, before, at, from, to);
    double[] sofar = at == 0 ? begun : next;
    int tap = first + at;
    int above = before + at;
    int whole = from + SPECIES.loopBound(to - from);
    switch (last) {
      case 1 ->
          pairOne(sums, sofar, next, row, at, weights, tap, above, from, whole, target, offset);
      case 2 ->
          pairTwo(sums, sofar, next, row, at, weights, tap, above, from, whole, target, offset);
      case 3 ->
          pairThree(sums, sofar, next, row, at, weights, tap, above, from, whole, target, offset);
      case 4 ->
          pairFour(sums, sofar, next, row, at, weights, tap, above, from, whole, target, offset);
      default ->
          pairFive(sums, sofar, next, row, at, weights, tap, above, from, whole, target, offset);
    }
    F64VectorRowLoops.pairSome(last, sums, sofar, next, row, at, weights, tap, above, whole, to);
    storeRest(sums, whole, to, target, offset);
  }

  /** Returns the taps of the last loop of a row of the kernel. */
  private static int last(int taps) {
    return taps / Math.ceilDiv(taps, F64RowLoops.TAPS);
  }

  /** Stores the sums that do not fill a vector. */
  private static void storeRest(
      double[] sums, int whole, int to, MemorySegment target, long offset) {
    if (whole < to) {
      long at = offset + (long) whole * Double.BYTES;
      MemorySegment.copy(sums, whole, target, JAVA_DOUBLE, at, to - whole);
    }
  }

  /** Returns whether a row is as long as a vector. */
  static boolean fill(int columns) {
    return columns >= LANES;
  }

  /**
   * Computes two rows of sums of three rows of three taps.
   *
   * @param start what the sums start from
   * @param row0 what the taps read
   * @param row1 the next row
   * @param row2 the next
   * @param row3 the next
   * @param weights the weights
   * @param first the first tap's
   * @param from first sum
   * @param to end of the sums, enough to {@link #fill} a vector
   * @param target receives the sums
   * @param upper offset of the first sum of the first row
   * @param lower of the second
   */
  static void pairNine(
      double start,
      double[] row0,
      double[] row1,
      double[] row2,
      double[] row3,
      double[] weights,
      int first,
      int from,
      int to,
      MemorySegment target,
      long upper,
      long lower) {
    int whole = from + SPECIES.loopBound(to - from);
    nine(start, row0, row1, row2, row3, weights, first, from, whole, target, upper, lower);
    if (whole < to) {
      // The last vector ends with the last sum, and computes some sums again.
      int last = to - LANES;
      nine(start, row0, row1, row2, row3, weights, first, last, to, target, upper, lower);
    }
  }

  private static void nine(
      double start,
      double[] row0,
      double[] row1,
      double[] row2,
      double[] row3,
      double[] weights,
      int first,
      int from,
      int to,
      MemorySegment target,
      long upper,
      long lower) {
    DoubleVector begin = DoubleVector.broadcast(SPECIES, start);
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector w1 = DoubleVector.broadcast(SPECIES, weights[first + 1]);
    DoubleVector w2 = DoubleVector.broadcast(SPECIES, weights[first + 2]);
    DoubleVector w3 = DoubleVector.broadcast(SPECIES, weights[first + 3]);
    DoubleVector w4 = DoubleVector.broadcast(SPECIES, weights[first + 4]);
    DoubleVector w5 = DoubleVector.broadcast(SPECIES, weights[first + 5]);
    DoubleVector w6 = DoubleVector.broadcast(SPECIES, weights[first + 6]);
    DoubleVector w7 = DoubleVector.broadcast(SPECIES, weights[first + 7]);
    DoubleVector w8 = DoubleVector.broadcast(SPECIES, weights[first + 8]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = begin;
      DoubleVector below = begin;
      DoubleVector x;
      x = DoubleVector.fromArray(SPECIES, row0, i);
      sum = x.fma(w0, sum);
      x = DoubleVector.fromArray(SPECIES, row0, i + 1);
      sum = x.fma(w1, sum);
      x = DoubleVector.fromArray(SPECIES, row0, i + 2);
      sum = x.fma(w2, sum);
      x = DoubleVector.fromArray(SPECIES, row1, i);
      sum = x.fma(w3, sum);
      below = x.fma(w0, below);
      x = DoubleVector.fromArray(SPECIES, row1, i + 1);
      sum = x.fma(w4, sum);
      below = x.fma(w1, below);
      x = DoubleVector.fromArray(SPECIES, row1, i + 2);
      sum = x.fma(w5, sum);
      below = x.fma(w2, below);
      x = DoubleVector.fromArray(SPECIES, row2, i);
      sum = x.fma(w6, sum);
      below = x.fma(w3, below);
      x = DoubleVector.fromArray(SPECIES, row2, i + 1);
      sum = x.fma(w7, sum);
      below = x.fma(w4, below);
      x = DoubleVector.fromArray(SPECIES, row2, i + 2);
      sum = x.fma(w8, sum);
      below = x.fma(w5, below);
      x = DoubleVector.fromArray(SPECIES, row3, i);
      below = x.fma(w6, below);
      x = DoubleVector.fromArray(SPECIES, row3, i + 1);
      below = x.fma(w7, below);
      x = DoubleVector.fromArray(SPECIES, row3, i + 2);
      below = x.fma(w8, below);
      // C2 takes the checks out of the loop where what is added to the offset is an int.
      int bytes = i * Double.BYTES;
      sum.intoMemorySegment(target, upper + bytes, ByteOrder.nativeOrder());
      below.intoMemorySegment(target, lower + bytes, ByteOrder.nativeOrder());
    }
  }

  private static void addOne(
      double[] sums,
      double[] row,
      int at,
      double[] weights,
      int first,
      int from,
      int to,
      MemorySegment target,
      long offset) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, sums, i);
      sum = DoubleVector.fromArray(SPECIES, row, at + i).fma(w0, sum);
      int bytes = i * Double.BYTES;
      sum.intoMemorySegment(target, offset + bytes, ByteOrder.nativeOrder());
    }
  }

  private static void addTwo(
      double[] sums,
      double[] row,
      int at,
      double[] weights,
      int first,
      int from,
      int to,
      MemorySegment target,
      long offset) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector w1 = DoubleVector.broadcast(SPECIES, weights[first + 1]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, sums, i);
      sum = DoubleVector.fromArray(SPECIES, row, at + i).fma(w0, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 1).fma(w1, sum);
      int bytes = i * Double.BYTES;
      sum.intoMemorySegment(target, offset + bytes, ByteOrder.nativeOrder());
    }
  }

  private static void addThree(
      double[] sums,
      double[] row,
      int at,
      double[] weights,
      int first,
      int from,
      int to,
      MemorySegment target,
      long offset) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector w1 = DoubleVector.broadcast(SPECIES, weights[first + 1]);
    DoubleVector w2 = DoubleVector.broadcast(SPECIES, weights[first + 2]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, sums, i);
      sum = DoubleVector.fromArray(SPECIES, row, at + i).fma(w0, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 1).fma(w1, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 2).fma(w2, sum);
      int bytes = i * Double.BYTES;
      sum.intoMemorySegment(target, offset + bytes, ByteOrder.nativeOrder());
    }
  }

  private static void addFour(
      double[] sums,
      double[] row,
      int at,
      double[] weights,
      int first,
      int from,
      int to,
      MemorySegment target,
      long offset) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector w1 = DoubleVector.broadcast(SPECIES, weights[first + 1]);
    DoubleVector w2 = DoubleVector.broadcast(SPECIES, weights[first + 2]);
    DoubleVector w3 = DoubleVector.broadcast(SPECIES, weights[first + 3]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, sums, i);
      sum = DoubleVector.fromArray(SPECIES, row, at + i).fma(w0, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 1).fma(w1, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 2).fma(w2, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 3).fma(w3, sum);
      int bytes = i * Double.BYTES;
      sum.intoMemorySegment(target, offset + bytes, ByteOrder.nativeOrder());
    }
  }

  private static void addFive(
      double[] sums,
      double[] row,
      int at,
      double[] weights,
      int first,
      int from,
      int to,
      MemorySegment target,
      long offset) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector w1 = DoubleVector.broadcast(SPECIES, weights[first + 1]);
    DoubleVector w2 = DoubleVector.broadcast(SPECIES, weights[first + 2]);
    DoubleVector w3 = DoubleVector.broadcast(SPECIES, weights[first + 3]);
    DoubleVector w4 = DoubleVector.broadcast(SPECIES, weights[first + 4]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, sums, i);
      sum = DoubleVector.fromArray(SPECIES, row, at + i).fma(w0, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 1).fma(w1, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 2).fma(w2, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 3).fma(w3, sum);
      sum = DoubleVector.fromArray(SPECIES, row, at + i + 4).fma(w4, sum);
      int bytes = i * Double.BYTES;
      sum.intoMemorySegment(target, offset + bytes, ByteOrder.nativeOrder());
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
      int to,
      MemorySegment target,
      long offset) {
    DoubleVector w0 = DoubleVector.broadcast(SPECIES, weights[first]);
    DoubleVector v0 = DoubleVector.broadcast(SPECIES, weights[before]);
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, sums, i);
      DoubleVector below = DoubleVector.fromArray(SPECIES, begun, i);
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, row, at + i);
      sum = x0.fma(w0, sum);
      below = x0.fma(v0, below);
      int bytes = i * Double.BYTES;
      sum.intoMemorySegment(target, offset + bytes, ByteOrder.nativeOrder());
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
      int to,
      MemorySegment target,
      long offset) {
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
      int bytes = i * Double.BYTES;
      sum.intoMemorySegment(target, offset + bytes, ByteOrder.nativeOrder());
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
      int to,
      MemorySegment target,
      long offset) {
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
      int bytes = i * Double.BYTES;
      sum.intoMemorySegment(target, offset + bytes, ByteOrder.nativeOrder());
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
      int to,
      MemorySegment target,
      long offset) {
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
      int bytes = i * Double.BYTES;
      sum.intoMemorySegment(target, offset + bytes, ByteOrder.nativeOrder());
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
      int to,
      MemorySegment target,
      long offset) {
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
      int bytes = i * Double.BYTES;
      sum.intoMemorySegment(target, offset + bytes, ByteOrder.nativeOrder());
      below.intoArray(next, i);
    }
  }
}
