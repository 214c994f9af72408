package io.github.colonnade.internal.conv.direct;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The arithmetic of bands by the Vector API where the targets are all in one phase: some rows at
 * once, from registers straight to where they lie in the image. Vectors and rows may reach beyond
 * the end; what they write there is written again, or never read.
 */
final class F64VectorBandRows {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final VectorShuffle<Double> EVERY_SECOND =
      VectorShuffle.fromOp(SPECIES, i -> 2 * i % LANES);
  private static final VectorMask<Double> UPPER_HALF =
      VectorMask.fromLong(SPECIES, (-1L >>> (64 - LANES)) & (-1L << (LANES / 2)));

  private F64VectorBandRows() {}

  /**
   * Computes some targets: what each starts from and the taps' products, one multiply-add after the
   * other.
   *
   * @param tiling the taps
   * @param pixels the sources, group after group
   * @param weights the taps' weights, target after target
   * @param starts what each target starts from
   * @param targets how many, of all groups
   * @param out receives the targets, one behind the other; some elements behind the last are
   *     overwritten
   * @param at the first
   * @param rows rows of the band
   */
  static void convolve(
      BandTiling tiling,
      double[] pixels,
      double[] weights,
      double[] starts,
      int targets,
      double[] out,
      int at,
      int rows) {
    int[] offsets = tiling.offsets()[0];
    int width = (int) tiling.horizontal().target().size();
    int pitch = tiling.pitch();
    int groupTargets = (int) tiling.targets();
    // The last vectors of a row end with it, and compute some sums again.
    int last = Math.max(0, width - LANES);
    for (int t = 0; t < targets; t++) {
      int base = t / groupTargets * tiling.groupPixels();
      int first = t * offsets.length;
      int to = at + t * rows * width;
      for (int column = 0; column < width; column += LANES) {
        int begin = Math.min(column, last);
        if (tiling.picks()) {
          int from = base + 2 * begin;
          pick(
              pixels,
              from,
              pitch,
              offsets,
              weights,
              first,
              starts[t],
              out,
              to + begin,
              width,
              rows);
        } else {
          int from = base + begin + offsets[0];
          slide(pixels, from, pitch, weights, first, starts[t], out, to + begin, width, rows);
        }
      }
    }
  }

  /** Computes a column of vectors of three rows of three taps: each row is read once. */
  private static void slide(
      double[] x,
      int from,
      int pitch,
      double[] weights,
      int first,
      double start,
      double[] out,
      int to,
      int width,
      int rows) {
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
    DoubleVector sum = DoubleVector.fromArray(SPECIES, x, from).fma(w0, begin);
    sum = DoubleVector.fromArray(SPECIES, x, from + 1).fma(w1, sum);
    sum = DoubleVector.fromArray(SPECIES, x, from + 2).fma(w2, sum);
    DoubleVector x0 = DoubleVector.fromArray(SPECIES, x, from + pitch);
    DoubleVector x1 = DoubleVector.fromArray(SPECIES, x, from + pitch + 1);
    DoubleVector x2 = DoubleVector.fromArray(SPECIES, x, from + pitch + 2);
    sum = x2.fma(w5, x1.fma(w4, x0.fma(w3, sum)));
    DoubleVector below = x2.fma(w2, x1.fma(w1, x0.fma(w0, begin)));
    int i = from + 2 * pitch;
    int target = to;
    for (int row = 0; row < rows; row++, i += pitch, target += width) {
      x0 = DoubleVector.fromArray(SPECIES, x, i);
      x1 = DoubleVector.fromArray(SPECIES, x, i + 1);
      x2 = DoubleVector.fromArray(SPECIES, x, i + 2);
      x2.fma(w8, x1.fma(w7, x0.fma(w6, sum))).intoArray(out, target);
      sum = x2.fma(w5, x1.fma(w4, x0.fma(w3, below)));
      below = x2.fma(w2, x1.fma(w1, x0.fma(w0, begin)));
    }
  }

  /** Computes a column of vectors of nine taps, each of every second of twice as many sums. */
  private static void pick(
      double[] x,
      int from,
      int pitch,
      int[] offsets,
      double[] weights,
      int first,
      double start,
      double[] out,
      int to,
      int width,
      int rows) {
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
    int i = from + offsets[0];
    int j = from + offsets[3];
    int k = from + offsets[6];
    int target = to;
    for (int row = 0; row < rows; row++) {
      DoubleVector lower = DoubleVector.fromArray(SPECIES, x, i).fma(w0, begin);
      DoubleVector upper = DoubleVector.fromArray(SPECIES, x, i + LANES).fma(w0, begin);
      lower = DoubleVector.fromArray(SPECIES, x, i + 1).fma(w1, lower);
      upper = DoubleVector.fromArray(SPECIES, x, i + LANES + 1).fma(w1, upper);
      lower = DoubleVector.fromArray(SPECIES, x, i + 2).fma(w2, lower);
      upper = DoubleVector.fromArray(SPECIES, x, i + LANES + 2).fma(w2, upper);
      lower = DoubleVector.fromArray(SPECIES, x, j).fma(w3, lower);
      upper = DoubleVector.fromArray(SPECIES, x, j + LANES).fma(w3, upper);
      lower = DoubleVector.fromArray(SPECIES, x, j + 1).fma(w4, lower);
      upper = DoubleVector.fromArray(SPECIES, x, j + LANES + 1).fma(w4, upper);
      lower = DoubleVector.fromArray(SPECIES, x, j + 2).fma(w5, lower);
      upper = DoubleVector.fromArray(SPECIES, x, j + LANES + 2).fma(w5, upper);
      lower = DoubleVector.fromArray(SPECIES, x, k).fma(w6, lower);
      upper = DoubleVector.fromArray(SPECIES, x, k + LANES).fma(w6, upper);
      lower = DoubleVector.fromArray(SPECIES, x, k + 1).fma(w7, lower);
      upper = DoubleVector.fromArray(SPECIES, x, k + LANES + 1).fma(w7, upper);
      lower = DoubleVector.fromArray(SPECIES, x, k + 2).fma(w8, lower);
      upper = DoubleVector.fromArray(SPECIES, x, k + LANES + 2).fma(w8, upper);
      lower
          .rearrange(EVERY_SECOND)
          .blend(upper.rearrange(EVERY_SECOND), UPPER_HALF)
          .intoArray(out, target);
      i += pitch;
      j += pitch;
      k += pitch;
      target += width;
    }
  }
}
