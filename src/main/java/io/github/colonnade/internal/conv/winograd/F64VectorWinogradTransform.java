package io.github.colonnade.internal.conv.winograd;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The transforms that read and write segments by the Vector API, which spares a copy of each row.
 * Operation for operation the portable ones, so that the bits are the same.
 */
final class F64VectorWinogradTransform extends F64WinogradTransform {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  F64VectorWinogradTransform(int outputs) {
    super(outputs);
  }

  @Override
  void transformInputAcross(int count, MemorySegment target, long index, long stride) {
    for (int i = 0; i < a; i++) {
      long row = (index + (long) i * a * stride) * Double.BYTES;
      if (m == 4) {
        inputSix(half, i * 6, count, target, row, stride * Double.BYTES);
      } else {
        inputFour(half, i * 4, count, target, row, stride * Double.BYTES);
      }
    }
  }

  private static void inputSix(
      double[][] x, int from, int count, MemorySegment target, long offset, long step) {
    double[] row0 = x[from];
    double[] row1 = x[from + 1];
    double[] row2 = x[from + 2];
    double[] row3 = x[from + 3];
    double[] row4 = x[from + 4];
    double[] row5 = x[from + 5];
    for (int t = 0; t < count; t += SPECIES.length()) {
      VectorMask<Double> mask = SPECIES.indexInRange(t, count);
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, row0, t, mask);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, row1, t, mask);
      DoubleVector x2 = DoubleVector.fromArray(SPECIES, row2, t, mask);
      DoubleVector x3 = DoubleVector.fromArray(SPECIES, row3, t, mask);
      DoubleVector x4 = DoubleVector.fromArray(SPECIES, row4, t, mask);
      DoubleVector x5 = DoubleVector.fromArray(SPECIES, row5, t, mask);
      DoubleVector even = x4.sub(x2.mul(4));
      DoubleVector odd = x3.sub(x1.mul(4));
      DoubleVector even2 = x4.sub(x2);
      DoubleVector odd2 = x3.sub(x1).mul(2);
      long p = offset + (long) t * Double.BYTES;
      store(x0.mul(4).sub(x2.mul(5)).add(x4), target, p, mask);
      store(even.add(odd), target, p + step, mask);
      store(even.sub(odd), target, p + 2 * step, mask);
      store(even2.add(odd2), target, p + 3 * step, mask);
      store(even2.sub(odd2), target, p + 4 * step, mask);
      store(x1.mul(4).sub(x3.mul(5)).add(x5), target, p + 5 * step, mask);
    }
  }

  private static void inputFour(
      double[][] x, int from, int count, MemorySegment target, long offset, long step) {
    double[] row0 = x[from];
    double[] row1 = x[from + 1];
    double[] row2 = x[from + 2];
    double[] row3 = x[from + 3];
    for (int t = 0; t < count; t += SPECIES.length()) {
      VectorMask<Double> mask = SPECIES.indexInRange(t, count);
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, row0, t, mask);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, row1, t, mask);
      DoubleVector x2 = DoubleVector.fromArray(SPECIES, row2, t, mask);
      DoubleVector x3 = DoubleVector.fromArray(SPECIES, row3, t, mask);
      long p = offset + (long) t * Double.BYTES;
      store(x0.sub(x2), target, p, mask);
      store(x1.add(x2), target, p + step, mask);
      store(x2.sub(x1), target, p + 2 * step, mask);
      store(x1.sub(x3), target, p + 3 * step, mask);
    }
  }

  @Override
  void transformOutputDown(MemorySegment source, long index, long stride, int count) {
    for (int j = 0; j < a; j++) {
      long column = (index + j * stride) * Double.BYTES;
      if (m == 4) {
        outputSix(source, column, 6 * stride * Double.BYTES, count, half, j);
      } else {
        outputFour(source, column, 4 * stride * Double.BYTES, count, half, j);
      }
    }
  }

  private static void outputSix(
      MemorySegment source, long offset, long step, int count, double[][] y, int to) {
    double[] row0 = y[to];
    double[] row1 = y[to + 6];
    double[] row2 = y[to + 12];
    double[] row3 = y[to + 18];
    for (int t = 0; t < count; t += SPECIES.length()) {
      VectorMask<Double> mask = SPECIES.indexInRange(t, count);
      long p = offset + (long) t * Double.BYTES;
      DoubleVector x1 = load(source, p + step, mask);
      DoubleVector x2 = load(source, p + 2 * step, mask);
      DoubleVector x3 = load(source, p + 3 * step, mask);
      DoubleVector x4 = load(source, p + 4 * step, mask);
      DoubleVector one = x1.add(x2);
      DoubleVector two = x3.add(x4);
      load(source, p, mask).add(one).add(two).intoArray(row0, t, mask);
      one.add(two.mul(4)).intoArray(row2, t, mask);
      one = x1.sub(x2);
      two = x3.sub(x4);
      one.add(two.mul(2)).intoArray(row1, t, mask);
      one.add(two.mul(8)).add(load(source, p + 5 * step, mask)).intoArray(row3, t, mask);
    }
  }

  private static void outputFour(
      MemorySegment source, long offset, long step, int count, double[][] y, int to) {
    double[] row0 = y[to];
    double[] row1 = y[to + 4];
    for (int t = 0; t < count; t += SPECIES.length()) {
      VectorMask<Double> mask = SPECIES.indexInRange(t, count);
      long p = offset + (long) t * Double.BYTES;
      DoubleVector x1 = load(source, p + step, mask);
      DoubleVector x2 = load(source, p + 2 * step, mask);
      load(source, p, mask).add(x1.add(x2)).intoArray(row0, t, mask);
      x1.sub(x2).sub(load(source, p + 3 * step, mask)).intoArray(row1, t, mask);
    }
  }

  private static DoubleVector load(MemorySegment source, long offset, VectorMask<Double> mask) {
    return DoubleVector.fromMemorySegment(SPECIES, source, offset, ORDER, mask);
  }

  private static void store(
      DoubleVector vector, MemorySegment target, long offset, VectorMask<Double> mask) {
    vector.intoMemorySegment(target, offset, ORDER, mask);
  }
}
