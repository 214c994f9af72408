package io.github.colonnade.internal.conv.winograd;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The transforms that read and write segments by the Vector API, which spares a copy of each row.
 * Operation for operation the portable ones, so that the bits are the same. Vectors are whole: what
 * is behind the last tile is computed too.
 */
final class F64VectorWinogradTransform extends F64WinogradTransform {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  @Override
  void inputColumns(int lanes, MemorySegment target, long index, long stride) {
    for (int k = 0; k < INPUTS; k++) {
      inputColumn(tiles, k * LANES, lanes, target, index + k * stride, INPUTS * stride);
    }
  }

  private static void inputColumn(
      double[] x, int from, int lanes, MemorySegment target, long index, long step) {
    long apart = step * Double.BYTES;
    for (int t = 0; t < lanes; t += SPECIES.length()) {
      int i = from + t;
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, x, i);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, x, i + ROW);
      DoubleVector x2 = DoubleVector.fromArray(SPECIES, x, i + 2 * ROW);
      DoubleVector x3 = DoubleVector.fromArray(SPECIES, x, i + 3 * ROW);
      DoubleVector x4 = DoubleVector.fromArray(SPECIES, x, i + 4 * ROW);
      DoubleVector x5 = DoubleVector.fromArray(SPECIES, x, i + 5 * ROW);
      DoubleVector even = fma(-B_SQUARED, x2, x4);
      DoubleVector odd = fma(-B_SQUARED, x1, x3);
      DoubleVector even2 = fma(-A_SQUARED, x2, x4);
      DoubleVector odd2 = fma(-A_SQUARED, x1, x3);
      long p = (index + t) * Double.BYTES;
      store(fma(PRODUCT, x0, fma(-SUM, x2, x4)), target, p);
      store(fma(A, odd, even), target, p + apart);
      store(fma(-A, odd, even), target, p + 2 * apart);
      store(fma(B, odd2, even2), target, p + 3 * apart);
      store(fma(-B, odd2, even2), target, p + 4 * apart);
      store(fma(PRODUCT, x1, fma(-SUM, x3, x5)), target, p + 5 * apart);
    }
  }

  @Override
  void gradientColumns(int lanes, MemorySegment target, long index, long stride) {
    for (int k = 0; k < INPUTS; k++) {
      gradientColumn(tiles, k * LANES, lanes, target, index + k * stride, INPUTS * stride);
    }
  }

  private static void gradientColumn(
      double[] x, int from, int lanes, MemorySegment target, long index, long step) {
    long apart = step * Double.BYTES;
    for (int t = 0; t < lanes; t += SPECIES.length()) {
      int i = from + t;
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, x, i);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, x, i + ROW);
      DoubleVector x2 = DoubleVector.fromArray(SPECIES, x, i + 2 * ROW);
      DoubleVector x3 = DoubleVector.fromArray(SPECIES, x, i + 3 * ROW);
      DoubleVector even = fma(A_SQUARED, x2, x0);
      DoubleVector odd = fma(A_SQUARED, x3, x1);
      DoubleVector even2 = fma(B_SQUARED, x2, x0);
      DoubleVector odd2 = fma(B_SQUARED, x3, x1);
      long p = (index + t) * Double.BYTES;
      store(x0, target, p);
      store(fma(A, odd, even), target, p + apart);
      store(fma(-A, odd, even), target, p + 2 * apart);
      store(fma(B, odd2, even2), target, p + 3 * apart);
      store(fma(-B, odd2, even2), target, p + 4 * apart);
      store(x3, target, p + 5 * apart);
    }
  }

  @Override
  void outputColumns(MemorySegment source, long index, long stride, int lanes) {
    for (int k = 0; k < INPUTS; k++) {
      outputColumn(source, index + k * stride, INPUTS * stride, tiles, k * LANES, lanes);
    }
  }

  private static void outputColumn(
      MemorySegment source, long index, long step, double[] x, int from, int lanes) {
    long apart = step * Double.BYTES;
    for (int t = 0; t < lanes; t += SPECIES.length()) {
      int i = from + t;
      long p = (index + t) * Double.BYTES;
      DoubleVector x1 = load(source, p + apart);
      DoubleVector x2 = load(source, p + 2 * apart);
      DoubleVector x3 = load(source, p + 3 * apart);
      DoubleVector x4 = load(source, p + 4 * apart);
      DoubleVector one = x1.add(x2);
      DoubleVector two = x3.add(x4);
      load(source, p).add(one).add(two).intoArray(x, i);
      fma(B_SQUARED, two, one.mul(A_SQUARED)).intoArray(x, i + 2 * ROW);
      DoubleVector three = x1.sub(x2);
      DoubleVector four = x3.sub(x4);
      fma(B, four, three.mul(A)).intoArray(x, i + ROW);
      DoubleVector last = fma(A_CUBED, three, load(source, p + 5 * apart));
      fma(B_CUBED, four, last).intoArray(x, i + 3 * ROW);
    }
  }

  private static DoubleVector fma(double factor, DoubleVector x, DoubleVector y) {
    return x.fma(DoubleVector.broadcast(SPECIES, factor), y);
  }

  private static DoubleVector load(MemorySegment source, long offset) {
    return DoubleVector.fromMemorySegment(SPECIES, source, offset, ORDER);
  }

  private static void store(DoubleVector vector, MemorySegment target, long offset) {
    vector.intoMemorySegment(target, offset, ORDER);
  }
}
