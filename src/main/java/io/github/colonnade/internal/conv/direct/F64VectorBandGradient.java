package io.github.colonnade.internal.conv.direct;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The arithmetic of the weights' gradient by the Vector API: of each position, the products of all
 * images are added in registers. Vectors may reach beyond the end of a row; what they write there
 * is written again, or never read.
 */
final class F64VectorBandGradient {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  private F64VectorBandGradient() {}

  /**
   * Multiplies the gradient of an output channel with what each tap reads, element by element.
   *
   * @param tiling the taps
   * @param pixels the input, image after image
   * @param gradients the gradient
   * @param first its first element in the first image
   * @param step elements from there to the same in the next image
   * @param sums a line of sums for each tap. Overwritten.
   */
  static void correlate(
      BandGradientTiling tiling,
      double[] pixels,
      double[] gradients,
      int first,
      int step,
      double[] sums) {
    int width = (int) tiling.geometry().outW();
    int rows = (int) tiling.geometry().outH();
    int last = Math.max(0, width - LANES);
    for (int row = 0; row < rows; row++) {
      int to = row * tiling.line();
      for (int column = 0; column < width; column += LANES) {
        // The last vectors of a row end with it, and compute some sums again.
        int begin = Math.min(column, last);
        correlate(
            pixels,
            row * tiling.columns().pitch() + begin,
            tiling.groupPixels(),
            tiling.offsets(),
            gradients,
            first + row * width + begin,
            step,
            (int) tiling.geometry().batch(),
            sums,
            to + begin,
            tiling.sumElements());
      }
      for (int i = to + width; i < to + tiling.line(); i++) {
        for (int t = 0; t < BandGradientTiling.TAPS; t++) {
          sums[i + t * tiling.sumElements()] = 0;
        }
      }
    }
  }

  private static void correlate(
      double[] x,
      int from,
      int xStep,
      int[] offsets,
      double[] gradients,
      int first,
      int step,
      int images,
      double[] sums,
      int to,
      int line) {
    DoubleVector sum0 = DoubleVector.zero(SPECIES);
    DoubleVector sum1 = sum0;
    DoubleVector sum2 = sum0;
    DoubleVector sum3 = sum0;
    DoubleVector sum4 = sum0;
    DoubleVector sum5 = sum0;
    DoubleVector sum6 = sum0;
    DoubleVector sum7 = sum0;
    DoubleVector sum8 = sum0;
    int i = from;
    int j = first;
    for (int n = 0; n < images; n++, i += xStep, j += step) {
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
