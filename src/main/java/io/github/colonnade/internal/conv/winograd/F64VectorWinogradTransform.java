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
  void inputColumn(int k, int count, MemorySegment target, long index, long step) {
    double[] row0 = rows[k];
    double[] row1 = rows[6 + k];
    double[] row2 = rows[12 + k];
    double[] row3 = rows[18 + k];
    double[] row4 = rows[24 + k];
    double[] row5 = rows[30 + k];
    long apart = step * Double.BYTES;
    for (int t = 0; t < count; t += SPECIES.length()) {
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, row0, t);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, row1, t);
      DoubleVector x2 = DoubleVector.fromArray(SPECIES, row2, t);
      DoubleVector x3 = DoubleVector.fromArray(SPECIES, row3, t);
      DoubleVector x4 = DoubleVector.fromArray(SPECIES, row4, t);
      DoubleVector x5 = DoubleVector.fromArray(SPECIES, row5, t);
      DoubleVector even = x4.sub(x2.mul(B_SQUARED));
      DoubleVector odd = x3.sub(x1.mul(B_SQUARED)).mul(A);
      DoubleVector even2 = x4.sub(x2.mul(A_SQUARED));
      DoubleVector odd2 = x3.sub(x1.mul(A_SQUARED)).mul(B);
      long p = (index + t) * Double.BYTES;
      store(x0.mul(PRODUCT).sub(x2.mul(SUM)).add(x4), target, p);
      store(even.add(odd), target, p + apart);
      store(even.sub(odd), target, p + 2 * apart);
      store(even2.add(odd2), target, p + 3 * apart);
      store(even2.sub(odd2), target, p + 4 * apart);
      store(x1.mul(PRODUCT).sub(x3.mul(SUM)).add(x5), target, p + 5 * apart);
    }
  }

  @Override
  void gradientColumn(int k, int count, MemorySegment target, long index, long step) {
    double[] row0 = rows[k];
    double[] row1 = rows[6 + k];
    double[] row2 = rows[12 + k];
    double[] row3 = rows[18 + k];
    long apart = step * Double.BYTES;
    for (int t = 0; t < count; t += SPECIES.length()) {
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, row0, t);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, row1, t);
      DoubleVector x2 = DoubleVector.fromArray(SPECIES, row2, t);
      DoubleVector x3 = DoubleVector.fromArray(SPECIES, row3, t);
      DoubleVector even = x0.add(x2.mul(A_SQUARED));
      DoubleVector odd = x1.add(x3.mul(A_SQUARED)).mul(A);
      DoubleVector even2 = x0.add(x2.mul(B_SQUARED));
      DoubleVector odd2 = x1.add(x3.mul(B_SQUARED)).mul(B);
      long p = (index + t) * Double.BYTES;
      store(x0, target, p);
      store(even.add(odd), target, p + apart);
      store(even.sub(odd), target, p + 2 * apart);
      store(even2.add(odd2), target, p + 3 * apart);
      store(even2.sub(odd2), target, p + 4 * apart);
      store(x3, target, p + 5 * apart);
    }
  }

  @Override
  void outputColumn(int k, int count, MemorySegment source, long index, long step) {
    double[] row0 = rows[k];
    double[] row1 = rows[6 + k];
    double[] row2 = rows[12 + k];
    double[] row3 = rows[18 + k];
    long apart = step * Double.BYTES;
    for (int t = 0; t < count; t += SPECIES.length()) {
      long p = (index + t) * Double.BYTES;
      DoubleVector x1 = load(source, p + apart);
      DoubleVector x2 = load(source, p + 2 * apart);
      DoubleVector x3 = load(source, p + 3 * apart);
      DoubleVector x4 = load(source, p + 4 * apart);
      DoubleVector one = x1.add(x2);
      DoubleVector two = x3.add(x4);
      load(source, p).add(one).add(two).intoArray(row0, t);
      one.mul(A_SQUARED).add(two.mul(B_SQUARED)).intoArray(row2, t);
      one = x1.sub(x2);
      two = x3.sub(x4);
      one.mul(A).add(two.mul(B)).intoArray(row1, t);
      one.mul(A_CUBED).add(two.mul(B_CUBED)).add(load(source, p + 5 * apart)).intoArray(row3, t);
    }
  }

  private static DoubleVector load(MemorySegment source, long offset) {
    return DoubleVector.fromMemorySegment(SPECIES, source, offset, ORDER);
  }

  private static void store(DoubleVector vector, MemorySegment target, long offset) {
    vector.intoMemorySegment(target, offset, ORDER);
  }
}
