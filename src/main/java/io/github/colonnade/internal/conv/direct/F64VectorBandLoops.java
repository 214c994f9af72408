package io.github.colonnade.internal.conv.direct;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The arithmetic of bands by the Vector API: a tap is read where it lies, and the sums stay in
 * registers. Vectors may reach beyond the end of a row; what they write there is written again, or
 * never read.
 */
final class F64VectorBandLoops {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  private F64VectorBandLoops() {}

  /**
   * Computes some targets of some groups: what they start from and the taps' products, one
   * multiply-add after the other.
   *
   * @param tiling the taps
   * @param pixels the sources, group after group
   * @param weights the taps' weights, target after target of each group
   * @param starts what the targets start from, group after group
   * @param groups how many
   * @param first the first target of each group
   * @param targets how many of each, at most {@link BandTiling#TARGETS}
   * @param sums arrays of the phases of each target of each group. Overwritten from the rows that
   *     the last taps read.
   * @param rows rows of the band
   */
  static void convolve(
      BandTiling tiling,
      double[] pixels,
      double[] weights,
      double[] starts,
      int groups,
      int first,
      int targets,
      double[][] sums,
      int rows) {
    int count = (rows - 1) * tiling.pitch() + (int) tiling.horizontal().targets();
    int phases = tiling.phases().length;
    int step = (int) (tiling.weights() / tiling.targets());
    for (int g = 0; g < groups; g++) {
      int base = g * tiling.groupPixels();
      int weight = g * (int) tiling.weights() + first * step;
      int start = g * targets;
      int line = g * tiling.targetsAtOnce() * phases;
      for (int p = 0; p < phases; p++) {
        int[] offsets = tiling.offsets()[p];
        int to = tiling.phases()[p].lastRow() * tiling.pitch();
        if (targets == BandTiling.TARGETS) {
          convolveFour(
              pixels,
              base,
              offsets,
              weights,
              weight,
              step,
              starts,
              start,
              sums[line + p],
              sums[line + phases + p],
              sums[line + 2 * phases + p],
              sums[line + 3 * phases + p],
              to,
              count);
        } else {
          for (int t = 0; t < targets; t++) {
            double[] row = sums[line + t * phases + p];
            double begin = starts[start + t];
            int at = weight + t * step;
            if (offsets.length == 9) {
              convolveNine(pixels, base, offsets, weights, at, begin, row, to, count);
            } else {
              convolveOne(pixels, base, offsets, weights, at, begin, row, to, count);
            }
          }
        }
        weight += offsets.length;
      }
    }
  }

  private static void convolveOne(
      double[] x,
      int base,
      int[] offsets,
      double[] weights,
      int first,
      double start,
      double[] sums,
      int to,
      int count) {
    int i = 0;
    for (; i + 4 * LANES < count; i += 8 * LANES) {
      eightVectors(x, base + i, offsets, weights, first, start, sums, to + i);
    }
    if (i < count) {
      fourVectors(x, base + i, offsets, weights, first, start, sums, to + i);
    }
  }

  private static void convolveNine(
      double[] x,
      int base,
      int[] offsets,
      double[] weights,
      int first,
      double start,
      double[] sums,
      int to,
      int count) {
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
    int i0 = base + offsets[0];
    int i1 = base + offsets[1];
    int i2 = base + offsets[2];
    int i3 = base + offsets[3];
    int i4 = base + offsets[4];
    int i5 = base + offsets[5];
    int i6 = base + offsets[6];
    int i7 = base + offsets[7];
    int i8 = base + offsets[8];
    for (int i = 0; i < count; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, x, i0 + i).fma(w0, begin);
      sum = DoubleVector.fromArray(SPECIES, x, i1 + i).fma(w1, sum);
      sum = DoubleVector.fromArray(SPECIES, x, i2 + i).fma(w2, sum);
      sum = DoubleVector.fromArray(SPECIES, x, i3 + i).fma(w3, sum);
      sum = DoubleVector.fromArray(SPECIES, x, i4 + i).fma(w4, sum);
      sum = DoubleVector.fromArray(SPECIES, x, i5 + i).fma(w5, sum);
      sum = DoubleVector.fromArray(SPECIES, x, i6 + i).fma(w6, sum);
      sum = DoubleVector.fromArray(SPECIES, x, i7 + i).fma(w7, sum);
      sum = DoubleVector.fromArray(SPECIES, x, i8 + i).fma(w8, sum);
      sum.intoArray(sums, to + i);
    }
  }

  private static void eightVectors(
      double[] x,
      int from,
      int[] offsets,
      double[] weights,
      int first,
      double start,
      double[] sums,
      int to) {
    DoubleVector a = DoubleVector.broadcast(SPECIES, start);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    DoubleVector e = a;
    DoubleVector f = a;
    DoubleVector g = a;
    DoubleVector h = a;
    for (int t = 0; t < offsets.length; t++) {
      int i = from + offsets[t];
      DoubleVector w = DoubleVector.broadcast(SPECIES, weights[first + t]);
      a = DoubleVector.fromArray(SPECIES, x, i).fma(w, a);
      b = DoubleVector.fromArray(SPECIES, x, i + LANES).fma(w, b);
      c = DoubleVector.fromArray(SPECIES, x, i + 2 * LANES).fma(w, c);
      d = DoubleVector.fromArray(SPECIES, x, i + 3 * LANES).fma(w, d);
      e = DoubleVector.fromArray(SPECIES, x, i + 4 * LANES).fma(w, e);
      f = DoubleVector.fromArray(SPECIES, x, i + 5 * LANES).fma(w, f);
      g = DoubleVector.fromArray(SPECIES, x, i + 6 * LANES).fma(w, g);
      h = DoubleVector.fromArray(SPECIES, x, i + 7 * LANES).fma(w, h);
    }
    a.intoArray(sums, to);
    b.intoArray(sums, to + LANES);
    c.intoArray(sums, to + 2 * LANES);
    d.intoArray(sums, to + 3 * LANES);
    e.intoArray(sums, to + 4 * LANES);
    f.intoArray(sums, to + 5 * LANES);
    g.intoArray(sums, to + 6 * LANES);
    h.intoArray(sums, to + 7 * LANES);
  }

  private static void fourVectors(
      double[] x,
      int from,
      int[] offsets,
      double[] weights,
      int first,
      double start,
      double[] sums,
      int to) {
    DoubleVector a = DoubleVector.broadcast(SPECIES, start);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    for (int t = 0; t < offsets.length; t++) {
      int i = from + offsets[t];
      DoubleVector w = DoubleVector.broadcast(SPECIES, weights[first + t]);
      a = DoubleVector.fromArray(SPECIES, x, i).fma(w, a);
      b = DoubleVector.fromArray(SPECIES, x, i + LANES).fma(w, b);
      c = DoubleVector.fromArray(SPECIES, x, i + 2 * LANES).fma(w, c);
      d = DoubleVector.fromArray(SPECIES, x, i + 3 * LANES).fma(w, d);
    }
    a.intoArray(sums, to);
    b.intoArray(sums, to + LANES);
    c.intoArray(sums, to + 2 * LANES);
    d.intoArray(sums, to + 3 * LANES);
  }

  private static void convolveFour(
      double[] x,
      int base,
      int[] offsets,
      double[] weights,
      int first,
      int step,
      double[] starts,
      int start,
      double[] sumsA,
      double[] sumsB,
      double[] sumsC,
      double[] sumsD,
      int to,
      int count) {
    for (int i = 0; i < count; i += 2 * LANES) {
      DoubleVector a = DoubleVector.broadcast(SPECIES, starts[start]);
      DoubleVector b = DoubleVector.broadcast(SPECIES, starts[start + 1]);
      DoubleVector c = DoubleVector.broadcast(SPECIES, starts[start + 2]);
      DoubleVector d = DoubleVector.broadcast(SPECIES, starts[start + 3]);
      DoubleVector a1 = a;
      DoubleVector b1 = b;
      DoubleVector c1 = c;
      DoubleVector d1 = d;
      for (int t = 0; t < offsets.length; t++) {
        DoubleVector x0 = DoubleVector.fromArray(SPECIES, x, base + i + offsets[t]);
        DoubleVector x1 = DoubleVector.fromArray(SPECIES, x, base + i + offsets[t] + LANES);
        DoubleVector w = DoubleVector.broadcast(SPECIES, weights[first + t]);
        a = x0.fma(w, a);
        a1 = x1.fma(w, a1);
        w = DoubleVector.broadcast(SPECIES, weights[first + step + t]);
        b = x0.fma(w, b);
        b1 = x1.fma(w, b1);
        w = DoubleVector.broadcast(SPECIES, weights[first + 2 * step + t]);
        c = x0.fma(w, c);
        c1 = x1.fma(w, c1);
        w = DoubleVector.broadcast(SPECIES, weights[first + 3 * step + t]);
        d = x0.fma(w, d);
        d1 = x1.fma(w, d1);
      }
      a.intoArray(sumsA, to + i);
      a1.intoArray(sumsA, to + i + LANES);
      b.intoArray(sumsB, to + i);
      b1.intoArray(sumsB, to + i + LANES);
      c.intoArray(sumsC, to + i);
      c1.intoArray(sumsC, to + i + LANES);
      d.intoArray(sumsD, to + i);
      d1.intoArray(sumsD, to + i + LANES);
    }
  }
}
