package io.github.colonnade.internal.conv.direct;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The arithmetic of the weights' gradient by the Vector API: the products of a column's rows are
 * added in registers. Vectors may reach beyond the end of a row; what they add there is never read.
 */
final class F64VectorBandGradient {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final int TAPS = BandGradientTiling.TAPS;

  private F64VectorBandGradient() {}

  /**
   * Adds the products of one image, each tap's to the sums of its columns.
   *
   * @param tiling the taps
   * @param pixels the input, group after group
   * @param gradients the gradient, output channel after output channel of each group
   * @param groups how many
   * @param begin whether sums begin, else they are added to
   * @param sums a line of sums for each tap of each output channel. Modified.
   */
  static void add(
      BandGradientTiling tiling,
      double[] pixels,
      double[] gradients,
      int groups,
      boolean begin,
      double[] sums) {
    int outs = (int) tiling.geometry().groupOutChannels();
    int plane = (int) tiling.geometry().outPlane();
    int width = (int) tiling.geometry().outW();
    int rows = (int) tiling.geometry().outH();
    int line = tiling.sumElements();
    for (int channel = 0; channel < groups * outs; channel++) {
      int from = channel / outs * tiling.groupPixels();
      for (int column = 0; column < width; column += LANES) {
        addColumn(
            pixels,
            from + column,
            tiling.columns().pitch(),
            tiling.offsets(),
            gradients,
            channel * plane + column,
            width,
            rows,
            begin,
            sums,
            channel * TAPS * line + column,
            line);
      }
    }
  }

  /** Adds the products of a column of vectors. */
  private static void addColumn(
      double[] x,
      int from,
      int pitch,
      int[] offsets,
      double[] gradients,
      int first,
      int width,
      int rows,
      boolean begin,
      double[] sums,
      int to,
      int line) {
    DoubleVector zero = DoubleVector.zero(SPECIES);
    DoubleVector sum0 = begin ? zero : DoubleVector.fromArray(SPECIES, sums, to);
    DoubleVector sum1 = begin ? zero : DoubleVector.fromArray(SPECIES, sums, to + line);
    DoubleVector sum2 = begin ? zero : DoubleVector.fromArray(SPECIES, sums, to + 2 * line);
    DoubleVector sum3 = begin ? zero : DoubleVector.fromArray(SPECIES, sums, to + 3 * line);
    DoubleVector sum4 = begin ? zero : DoubleVector.fromArray(SPECIES, sums, to + 4 * line);
    DoubleVector sum5 = begin ? zero : DoubleVector.fromArray(SPECIES, sums, to + 5 * line);
    DoubleVector sum6 = begin ? zero : DoubleVector.fromArray(SPECIES, sums, to + 6 * line);
    DoubleVector sum7 = begin ? zero : DoubleVector.fromArray(SPECIES, sums, to + 7 * line);
    DoubleVector sum8 = begin ? zero : DoubleVector.fromArray(SPECIES, sums, to + 8 * line);
    int i = from;
    int j = first;
    for (int row = 0; row < rows; row++, i += pitch, j += width) {
      DoubleVector g = DoubleVector.fromArray(SPECIES, gradients, j);
      sum0 = DoubleVector.fromArray(SPECIES, x, i + offsets[0]).fma(g, sum0);
      sum1 = DoubleVector.fromArray(SPECIES, x, i + offsets[1]).fma(g, sum1);
      sum2 = DoubleVector.fromArray(SPECIES, x, i + offsets[2]).fma(g, sum2);
      sum3 = DoubleVector.fromArray(SPECIES, x, i + offsets[3]).fma(g, sum3);
      sum4 = DoubleVector.fromArray(SPECIES, x, i + offsets[4]).fma(g, sum4);
      sum5 = DoubleVector.fromArray(SPECIES, x, i + offsets[5]).fma(g, sum5);
      sum6 = DoubleVector.fromArray(SPECIES, x, i + offsets[6]).fma(g, sum6);
      sum7 = DoubleVector.fromArray(SPECIES, x, i + offsets[7]).fma(g, sum7);
      sum8 = DoubleVector.fromArray(SPECIES, x, i + offsets[8]).fma(g, sum8);
    }
    sum0.intoArray(sums, to);
    sum1.intoArray(sums, to + line);
    sum2.intoArray(sums, to + 2 * line);
    sum3.intoArray(sums, to + 3 * line);
    sum4.intoArray(sums, to + 4 * line);
    sum5.intoArray(sums, to + 5 * line);
    sum6.intoArray(sums, to + 6 * line);
    sum7.intoArray(sums, to + 7 * line);
    sum8.intoArray(sums, to + 8 * line);
  }
}
