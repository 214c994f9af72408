package io.github.colonnade.internal.border;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sums by the Vector API, in the same order: elements are read where they lie, and the sums
 * stay in registers. Three taps and five, of which most small kernels are, stay there as well: 0.62
 * to 0.84 of the time that a loop over the taps takes (one plane of 4096², AMD Zen 3).
 */
final class F64VectorTapSums extends F64TapSums {
  static final F64TapSums INSTANCE = new F64VectorTapSums();

  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  private F64VectorTapSums() {}

  @Override
  void row(double[] row, double[] taps, double[] sums, int count, double[][] shifted) {
    switch (taps.length) {
      case 3 -> rowOfThree(row, taps, sums, count);
      case 5 -> rowOfFive(row, taps, sums, count);
      default -> rowOfAny(row, taps, sums, count);
    }
  }

  private static void rowOfThree(double[] row, double[] taps, double[] sums, int count) {
    DoubleVector tap0 = DoubleVector.broadcast(SPECIES, taps[0]);
    DoubleVector tap1 = DoubleVector.broadcast(SPECIES, taps[1]);
    DoubleVector tap2 = DoubleVector.broadcast(SPECIES, taps[2]);
    for (int i = 0; i < count; i += LANES) {
      DoubleVector sum = at(row, i).mul(tap0);
      sum = sum.add(at(row, i + 1).mul(tap1));
      sum = sum.add(at(row, i + 2).mul(tap2));
      sum.intoArray(sums, i);
    }
  }

  private static void rowOfFive(double[] row, double[] taps, double[] sums, int count) {
    DoubleVector tap0 = DoubleVector.broadcast(SPECIES, taps[0]);
    DoubleVector tap1 = DoubleVector.broadcast(SPECIES, taps[1]);
    DoubleVector tap2 = DoubleVector.broadcast(SPECIES, taps[2]);
    DoubleVector tap3 = DoubleVector.broadcast(SPECIES, taps[3]);
    DoubleVector tap4 = DoubleVector.broadcast(SPECIES, taps[4]);
    for (int i = 0; i < count; i += LANES) {
      DoubleVector sum = at(row, i).mul(tap0);
      sum = sum.add(at(row, i + 1).mul(tap1));
      sum = sum.add(at(row, i + 2).mul(tap2));
      sum = sum.add(at(row, i + 3).mul(tap3));
      sum = sum.add(at(row, i + 4).mul(tap4));
      sum.intoArray(sums, i);
    }
  }

  private static void rowOfAny(double[] row, double[] taps, double[] sums, int count) {
    int i = 0;
    for (; i < count - 2 * LANES; i += 4 * LANES) {
      rowOfFour(row, taps, sums, i);
    }
    for (; i < count; i += LANES) {
      DoubleVector sum = at(row, i).mul(taps[0]);
      for (int tap = 1; tap < taps.length; tap++) {
        sum = sum.add(at(row, i + tap).mul(taps[tap]));
      }
      sum.intoArray(sums, i);
    }
  }

  private static void rowOfFour(double[] row, double[] taps, double[] sums, int i) {
    DoubleVector tap = DoubleVector.broadcast(SPECIES, taps[0]);
    DoubleVector sum0 = at(row, i).mul(tap);
    DoubleVector sum1 = at(row, i + LANES).mul(tap);
    DoubleVector sum2 = at(row, i + 2 * LANES).mul(tap);
    DoubleVector sum3 = at(row, i + 3 * LANES).mul(tap);
    for (int k = 1; k < taps.length; k++) {
      tap = DoubleVector.broadcast(SPECIES, taps[k]);
      int from = i + k;
      sum0 = sum0.add(at(row, from).mul(tap));
      sum1 = sum1.add(at(row, from + LANES).mul(tap));
      sum2 = sum2.add(at(row, from + 2 * LANES).mul(tap));
      sum3 = sum3.add(at(row, from + 3 * LANES).mul(tap));
    }
    sum0.intoArray(sums, i);
    sum1.intoArray(sums, i + LANES);
    sum2.intoArray(sums, i + 2 * LANES);
    sum3.intoArray(sums, i + 3 * LANES);
  }

  @Override
  void columns(
      double[][] lines,
      double[] taps,
      double[] results,
      int rows,
      int count,
      MemorySegment output,
      long index,
      long rowStep) {
    int row = 0;
    if ((taps.length == 3 || taps.length == 5) && count >= LANES) {
      for (; row < rows - 1; row += 2) {
        long upper = (index + row * rowStep) * Double.BYTES;
        pair(lines, row, taps, count, output, upper, upper + rowStep * Double.BYTES);
      }
    }
    if (row < rows) {
      columnsOfAny(lines, row, taps, results, rows, count, output, index, rowStep);
    }
  }

  /** Two rows, each as long as a vector at least; all that is read serves both. */
  private static void pair(
      double[][] lines,
      int first,
      double[] taps,
      int count,
      MemorySegment output,
      long upper,
      long lower) {
    int whole = SPECIES.loopBound(count);
    // The last vectors end with the rows, and compute some sums again.
    int last = whole < count ? count - LANES : count;
    if (taps.length == 3) {
      pairOfThree(lines, first, taps, 0, whole, output, upper, lower);
      pairOfThree(lines, first, taps, last, count, output, upper, lower);
    } else {
      pairOfFive(lines, first, taps, 0, whole, output, upper, lower);
      pairOfFive(lines, first, taps, last, count, output, upper, lower);
    }
  }

  private static void pairOfThree(
      double[][] lines,
      int first,
      double[] taps,
      int from,
      int to,
      MemorySegment output,
      long upper,
      long lower) {
    DoubleVector tap0 = DoubleVector.broadcast(SPECIES, taps[0]);
    DoubleVector tap1 = DoubleVector.broadcast(SPECIES, taps[1]);
    DoubleVector tap2 = DoubleVector.broadcast(SPECIES, taps[2]);
    double[] line0 = lines[first];
    double[] line1 = lines[first + 1];
    double[] line2 = lines[first + 2];
    double[] line3 = lines[first + 3];
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = at(line0, i).mul(tap0);
      DoubleVector x = at(line1, i);
      DoubleVector below = x.mul(tap0);
      sum = sum.add(x.mul(tap1));
      x = at(line2, i);
      below = below.add(x.mul(tap1));
      sum = sum.add(x.mul(tap2));
      x = at(line3, i);
      below = below.add(x.mul(tap2));
      // C2 takes the checks out of the loop where what is added to the offset is an int.
      int bytes = i * Double.BYTES;
      sum.intoMemorySegment(output, upper + bytes, ByteOrder.nativeOrder());
      below.intoMemorySegment(output, lower + bytes, ByteOrder.nativeOrder());
    }
  }

  private static void pairOfFive(
      double[][] lines,
      int first,
      double[] taps,
      int from,
      int to,
      MemorySegment output,
      long upper,
      long lower) {
    DoubleVector tap0 = DoubleVector.broadcast(SPECIES, taps[0]);
    DoubleVector tap1 = DoubleVector.broadcast(SPECIES, taps[1]);
    DoubleVector tap2 = DoubleVector.broadcast(SPECIES, taps[2]);
    DoubleVector tap3 = DoubleVector.broadcast(SPECIES, taps[3]);
    DoubleVector tap4 = DoubleVector.broadcast(SPECIES, taps[4]);
    double[] line0 = lines[first];
    double[] line1 = lines[first + 1];
    double[] line2 = lines[first + 2];
    double[] line3 = lines[first + 3];
    double[] line4 = lines[first + 4];
    double[] line5 = lines[first + 5];
    for (int i = from; i < to; i += LANES) {
      DoubleVector sum = at(line0, i).mul(tap0);
      DoubleVector x = at(line1, i);
      DoubleVector below = x.mul(tap0);
      sum = sum.add(x.mul(tap1));
      x = at(line2, i);
      below = below.add(x.mul(tap1));
      sum = sum.add(x.mul(tap2));
      x = at(line3, i);
      below = below.add(x.mul(tap2));
      sum = sum.add(x.mul(tap3));
      x = at(line4, i);
      below = below.add(x.mul(tap3));
      sum = sum.add(x.mul(tap4));
      x = at(line5, i);
      below = below.add(x.mul(tap4));
      // C2 takes the checks out of the loop where what is added to the offset is an int.
      int bytes = i * Double.BYTES;
      sum.intoMemorySegment(output, upper + bytes, ByteOrder.nativeOrder());
      below.intoMemorySegment(output, lower + bytes, ByteOrder.nativeOrder());
    }
  }

  private static void columnsOfAny(
      double[][] lines,
      int first,
      double[] taps,
      double[] results,
      int rows,
      int count,
      MemorySegment output,
      long index,
      long rowStep) {
    // Column by column, so that what several rows read comes from the first-level cache.
    int i = 0;
    for (; i <= count - 4 * LANES; i += 4 * LANES) {
      int row = first;
      for (; row < rows - 1; row += 2) {
        long upper = index + row * rowStep + i;
        twoOfFour(lines, row, taps, i, output, upper, upper + rowStep);
      }
      if (row < rows) {
        oneOfFour(lines, row, taps, i, output, index + row * rowStep + i);
      }
    }
    int rest = count - i;
    for (int row = first; row < rows && rest > 0; row++) {
      for (int at = i; at < count; at += LANES) {
        DoubleVector sum = at(lines[row], at).mul(taps[0]);
        for (int tap = 1; tap < taps.length; tap++) {
          sum = sum.add(at(lines[row + tap], at).mul(taps[tap]));
        }
        sum.intoArray(results, at);
      }
      long offset = (index + row * rowStep + i) * Double.BYTES;
      MemorySegment.copy(results, i, output, JAVA_DOUBLE, offset, rest);
    }
  }

  /** Four vectors of two rows: what is read serves both. */
  private static void twoOfFour(
      double[][] lines,
      int first,
      double[] taps,
      int i,
      MemorySegment output,
      long upper,
      long lower) {
    double[] line = lines[first];
    DoubleVector tap = DoubleVector.broadcast(SPECIES, taps[0]);
    DoubleVector upper0 = at(line, i).mul(tap);
    DoubleVector upper1 = at(line, i + LANES).mul(tap);
    DoubleVector upper2 = at(line, i + 2 * LANES).mul(tap);
    DoubleVector upper3 = at(line, i + 3 * LANES).mul(tap);
    line = lines[first + 1];
    DoubleVector x0 = at(line, i);
    DoubleVector x1 = at(line, i + LANES);
    DoubleVector x2 = at(line, i + 2 * LANES);
    DoubleVector x3 = at(line, i + 3 * LANES);
    DoubleVector lower0 = x0.mul(tap);
    DoubleVector lower1 = x1.mul(tap);
    DoubleVector lower2 = x2.mul(tap);
    DoubleVector lower3 = x3.mul(tap);
    for (int k = 1; k < taps.length; k++) {
      tap = DoubleVector.broadcast(SPECIES, taps[k]);
      upper0 = upper0.add(x0.mul(tap));
      upper1 = upper1.add(x1.mul(tap));
      upper2 = upper2.add(x2.mul(tap));
      upper3 = upper3.add(x3.mul(tap));
      line = lines[first + k + 1];
      x0 = at(line, i);
      x1 = at(line, i + LANES);
      x2 = at(line, i + 2 * LANES);
      x3 = at(line, i + 3 * LANES);
      lower0 = lower0.add(x0.mul(tap));
      lower1 = lower1.add(x1.mul(tap));
      lower2 = lower2.add(x2.mul(tap));
      lower3 = lower3.add(x3.mul(tap));
    }
    store(upper0, output, upper);
    store(upper1, output, upper + LANES);
    store(upper2, output, upper + 2L * LANES);
    store(upper3, output, upper + 3L * LANES);
    store(lower0, output, lower);
    store(lower1, output, lower + LANES);
    store(lower2, output, lower + 2L * LANES);
    store(lower3, output, lower + 3L * LANES);
  }

  private static void oneOfFour(
      double[][] lines, int first, double[] taps, int i, MemorySegment output, long to) {
    DoubleVector tap = DoubleVector.broadcast(SPECIES, taps[0]);
    DoubleVector sum0 = at(lines[first], i).mul(tap);
    DoubleVector sum1 = at(lines[first], i + LANES).mul(tap);
    DoubleVector sum2 = at(lines[first], i + 2 * LANES).mul(tap);
    DoubleVector sum3 = at(lines[first], i + 3 * LANES).mul(tap);
    for (int k = 1; k < taps.length; k++) {
      tap = DoubleVector.broadcast(SPECIES, taps[k]);
      double[] line = lines[first + k];
      sum0 = sum0.add(at(line, i).mul(tap));
      sum1 = sum1.add(at(line, i + LANES).mul(tap));
      sum2 = sum2.add(at(line, i + 2 * LANES).mul(tap));
      sum3 = sum3.add(at(line, i + 3 * LANES).mul(tap));
    }
    store(sum0, output, to);
    store(sum1, output, to + LANES);
    store(sum2, output, to + 2L * LANES);
    store(sum3, output, to + 3L * LANES);
  }

  private static DoubleVector at(double[] elements, int index) {
    return DoubleVector.fromArray(SPECIES, elements, index);
  }

  private static void store(DoubleVector sums, MemorySegment output, long index) {
    sums.intoMemorySegment(output, index * Double.BYTES, ByteOrder.nativeOrder());
  }
}
