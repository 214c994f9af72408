package io.github.colonnade.internal.conv.direct;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The arithmetic of bands by the Vector API: a tap is read where it lies, and the sums stay in
 * registers. Vectors may reach beyond the end of a row; what they write there is written again, or
 * never read.
 */
final class F64VectorBandLoops {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final VectorShuffle<Double> TWICE = VectorShuffle.fromOp(SPECIES, i -> i / 2);
  private static final VectorShuffle<Double> UPPER_TWICE =
      VectorShuffle.fromOp(SPECIES, i -> (i + LANES) / 2);
  private static final VectorShuffle<Double> EVERY_SECOND =
      VectorShuffle.fromOp(SPECIES, i -> 2 * i % LANES);
  private static final VectorMask<Double> UPPER_HALF =
      VectorMask.fromLong(SPECIES, (-1L >>> (64 - LANES)) & (-1L << (LANES / 2)));
  private static final VectorMask<Double> ODD =
      VectorMask.fromLong(SPECIES, 0xAAAAAAAAAAAAAAAAL & (-1L >>> (64 - LANES)));

  /**
   * Lays rows apart, with zeros between them.
   *
   * @param raw holds the rows
   * @param from the first element of the first
   * @param rowStep elements from one row to the next
   * @param step elements from one that is taken to the next
   * @param width elements of a row that are taken
   * @param rows rows
   * @param pixels receives the rows; some elements behind the last are overwritten
   * @param to where the first begins
   * @param pitch elements from there to where the next begins
   */
  static void expand(
      double[] raw,
      int from,
      int rowStep,
      int step,
      int width,
      int rows,
      double[] pixels,
      int to,
      int pitch) {
    if (step == 1) {
      copyRows(raw, from, rowStep, width, rows, pixels, to, pitch);
    } else {
      spreadRows(raw, from, rowStep, step, width, rows, pixels, to, pitch);
    }
  }

  private static void copyRows(
      double[] raw,
      int from,
      int rowStep,
      int width,
      int rows,
      double[] pixels,
      int to,
      int pitch) {
    int zeros = pitch - width;
    DoubleVector zero = DoubleVector.zero(SPECIES);
    if (zeros > LANES || width > 4 * LANES) {
      copyLongRows(raw, from, rowStep, width, rows, pixels, to, pitch);
    } else if (width <= LANES) {
      for (int row = 0; row < rows; row++) {
        int target = to + row * pitch;
        DoubleVector.fromArray(SPECIES, raw, from + row * rowStep).intoArray(pixels, target);
        zero.intoArray(pixels, target + width);
      }
    } else if (width <= 2 * LANES) {
      for (int row = 0; row < rows; row++) {
        int source = from + row * rowStep;
        int target = to + row * pitch;
        DoubleVector.fromArray(SPECIES, raw, source).intoArray(pixels, target);
        DoubleVector.fromArray(SPECIES, raw, source + LANES).intoArray(pixels, target + LANES);
        zero.intoArray(pixels, target + width);
      }
    } else {
      for (int row = 0; row < rows; row++) {
        int source = from + row * rowStep;
        int target = to + row * pitch;
        DoubleVector.fromArray(SPECIES, raw, source).intoArray(pixels, target);
        DoubleVector.fromArray(SPECIES, raw, source + LANES).intoArray(pixels, target + LANES);
        DoubleVector.fromArray(SPECIES, raw, source + 2 * LANES)
            .intoArray(pixels, target + 2 * LANES);
        DoubleVector.fromArray(SPECIES, raw, source + width - LANES)
            .intoArray(pixels, target + width - LANES);
        zero.intoArray(pixels, target + width);
      }
    }
  }

  private static void copyLongRows(
      double[] raw,
      int from,
      int rowStep,
      int width,
      int rows,
      double[] pixels,
      int to,
      int pitch) {
    for (int row = 0; row < rows; row++) {
      int source = from + row * rowStep;
      int target = to + row * pitch;
      System.arraycopy(raw, source, pixels, target, width);
      for (int i = width; i < pitch; i++) {
        pixels[target + i] = 0;
      }
    }
  }

  private static void spreadRows(
      double[] raw,
      int from,
      int rowStep,
      int step,
      int width,
      int rows,
      double[] pixels,
      int to,
      int pitch) {
    for (int row = 0; row < rows; row++) {
      F64TapLoops.pick(raw, from + row * rowStep, step, width, pixels, to + row * pitch, pitch);
    }
  }

  /**
   * Lays rows together.
   *
   * @param sums holds the rows
   * @param from the first element of the first
   * @param pitch elements from there to the first element of the next
   * @param width elements of a row
   * @param rows rows
   * @param out receives the rows; some elements behind the last are overwritten
   * @param to where the first begins
   */
  static void compact(
      double[] sums, int from, int pitch, int width, int rows, double[] out, int to) {
    copyTogether(sums, from, pitch, width, rows, out, to);
  }

  private static void copyTogether(
      double[] sums, int from, int pitch, int width, int rows, double[] out, int to) {
    if (width <= LANES) {
      for (int row = 0; row < rows; row++) {
        DoubleVector.fromArray(SPECIES, sums, from + row * pitch).intoArray(out, to + row * width);
      }
    } else if (width <= 2 * LANES) {
      for (int row = 0; row < rows; row++) {
        int source = from + row * pitch;
        int target = to + row * width;
        DoubleVector.fromArray(SPECIES, sums, source).intoArray(out, target);
        DoubleVector.fromArray(SPECIES, sums, source + LANES).intoArray(out, target + LANES);
      }
    } else if (width <= 4 * LANES) {
      for (int row = 0; row < rows; row++) {
        int source = from + row * pitch;
        int target = to + row * width;
        DoubleVector.fromArray(SPECIES, sums, source).intoArray(out, target);
        DoubleVector.fromArray(SPECIES, sums, source + LANES).intoArray(out, target + LANES);
        DoubleVector.fromArray(SPECIES, sums, source + 2 * LANES)
            .intoArray(out, target + 2 * LANES);
        DoubleVector.fromArray(SPECIES, sums, source + width - LANES)
            .intoArray(out, target + width - LANES);
      }
    } else {
      for (int row = 0; row < rows; row++) {
        System.arraycopy(sums, from + row * pitch, out, to + row * width, width);
      }
    }
  }

  /**
   * Lays the phases of a row side by side.
   *
   * @param even the pixels 0, 2, …
   * @param fromEven the first of them
   * @param odd the pixels 1, 3, …
   * @param fromOdd the first of them
   * @param width pixels of the row
   * @param out receives the row; some elements behind the last are overwritten
   * @param to where it begins
   */
  static void interleave(
      double[] even, int fromEven, double[] odd, int fromOdd, int width, double[] out, int to) {
    interleaveRow(even, fromEven, odd, fromOdd, width, out, to);
  }

  private static void interleaveRow(
      double[] even, int fromEven, double[] odd, int fromOdd, int width, double[] out, int to) {
    for (int i = 0; 2 * i < width; i += LANES) {
      DoubleVector a = DoubleVector.fromArray(SPECIES, even, fromEven + i);
      DoubleVector b = DoubleVector.fromArray(SPECIES, odd, fromOdd + i);
      a.rearrange(TWICE).blend(b.rearrange(TWICE), ODD).intoArray(out, to + 2 * i);
      a.rearrange(UPPER_TWICE)
          .blend(b.rearrange(UPPER_TWICE), ODD)
          .intoArray(out, to + 2 * i + LANES);
    }
  }

  /**
   * Computes one phase of some targets: what they start from and the taps' products, one
   * multiply-add after the other. Where the tiling picks, every second sum remains.
   *
   * @param tiling the taps
   * @param phase index of the phase
   * @param pixels the sources
   * @param base the first of the group's
   * @param weights the taps' weights, target by target
   * @param first the first of them
   * @param step weights from one target to the next
   * @param starts what each target starts from
   * @param targets how many, at most {@link BandTiling#TARGETS}
   * @param sums arrays of the first target's phases, then the next's. Overwritten from the rows
   *     that the last taps read.
   * @param line the first of these arrays
   * @param rows rows of the band
   */
  static void convolve(
      BandTiling tiling,
      int phase,
      double[] pixels,
      int base,
      double[] weights,
      int first,
      int step,
      double[] starts,
      int targets,
      double[][] sums,
      int line,
      int rows) {
    int[] offsets = tiling.offsets()[phase];
    TapPhase[] phases = tiling.phases();
    int to = phases[phase].lastRow() * tiling.pitch();
    int count = (rows - 1) * tiling.pitch() + (int) tiling.horizontal().targets();
    if (targets == BandTiling.TARGETS) {
      convolveFour(
          pixels,
          base,
          offsets,
          weights,
          first,
          step,
          starts,
          sums[line + phase],
          sums[line + phases.length + phase],
          sums[line + 2 * phases.length + phase],
          sums[line + 3 * phases.length + phase],
          to,
          count);
      return;
    }
    for (int t = 0; t < targets; t++) {
      double[] row = sums[line + t * phases.length + phase];
      int weight = first + t * step;
      if (tiling.picks()) {
        pickThreeByThree(pixels, base, offsets, weights, weight, starts[t], row, to, count);
      } else if (tiling.threeByThree()) {
        convolveThreeByThree(pixels, base, offsets, weights, weight, starts[t], row, to, count);
      } else {
        convolveOne(pixels, base, offsets, weights, weight, starts[t], row, to, count);
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

  private static void convolveThreeByThree(
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
    int row0 = base + offsets[0];
    int row1 = base + offsets[3];
    int row2 = base + offsets[6];
    for (int i = 0; i < count; i += LANES) {
      DoubleVector sum = DoubleVector.fromArray(SPECIES, x, row0 + i).fma(w0, begin);
      sum = DoubleVector.fromArray(SPECIES, x, row0 + i + 1).fma(w1, sum);
      sum = DoubleVector.fromArray(SPECIES, x, row0 + i + 2).fma(w2, sum);
      sum = DoubleVector.fromArray(SPECIES, x, row1 + i).fma(w3, sum);
      sum = DoubleVector.fromArray(SPECIES, x, row1 + i + 1).fma(w4, sum);
      sum = DoubleVector.fromArray(SPECIES, x, row1 + i + 2).fma(w5, sum);
      sum = DoubleVector.fromArray(SPECIES, x, row2 + i).fma(w6, sum);
      sum = DoubleVector.fromArray(SPECIES, x, row2 + i + 1).fma(w7, sum);
      sum = DoubleVector.fromArray(SPECIES, x, row2 + i + 2).fma(w8, sum);
      sum.intoArray(sums, to + i);
    }
  }

  /** As {@link #convolveThreeByThree}, of which every second sum remains. */
  private static void pickThreeByThree(
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
    int row0 = base + offsets[0];
    int row1 = base + offsets[3];
    int row2 = base + offsets[6];
    for (int i = 0; i < count; i += 2 * LANES) {
      int j = i + LANES;
      DoubleVector lower = DoubleVector.fromArray(SPECIES, x, row0 + i).fma(w0, begin);
      DoubleVector upper = DoubleVector.fromArray(SPECIES, x, row0 + j).fma(w0, begin);
      lower = DoubleVector.fromArray(SPECIES, x, row0 + i + 1).fma(w1, lower);
      upper = DoubleVector.fromArray(SPECIES, x, row0 + j + 1).fma(w1, upper);
      lower = DoubleVector.fromArray(SPECIES, x, row0 + i + 2).fma(w2, lower);
      upper = DoubleVector.fromArray(SPECIES, x, row0 + j + 2).fma(w2, upper);
      lower = DoubleVector.fromArray(SPECIES, x, row1 + i).fma(w3, lower);
      upper = DoubleVector.fromArray(SPECIES, x, row1 + j).fma(w3, upper);
      lower = DoubleVector.fromArray(SPECIES, x, row1 + i + 1).fma(w4, lower);
      upper = DoubleVector.fromArray(SPECIES, x, row1 + j + 1).fma(w4, upper);
      lower = DoubleVector.fromArray(SPECIES, x, row1 + i + 2).fma(w5, lower);
      upper = DoubleVector.fromArray(SPECIES, x, row1 + j + 2).fma(w5, upper);
      lower = DoubleVector.fromArray(SPECIES, x, row2 + i).fma(w6, lower);
      upper = DoubleVector.fromArray(SPECIES, x, row2 + j).fma(w6, upper);
      lower = DoubleVector.fromArray(SPECIES, x, row2 + i + 1).fma(w7, lower);
      upper = DoubleVector.fromArray(SPECIES, x, row2 + j + 1).fma(w7, upper);
      lower = DoubleVector.fromArray(SPECIES, x, row2 + i + 2).fma(w8, lower);
      upper = DoubleVector.fromArray(SPECIES, x, row2 + j + 2).fma(w8, upper);
      lower
          .rearrange(EVERY_SECOND)
          .blend(upper.rearrange(EVERY_SECOND), UPPER_HALF)
          .intoArray(sums, to + i / 2);
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
      double[] sumsA,
      double[] sumsB,
      double[] sumsC,
      double[] sumsD,
      int to,
      int count) {
    for (int i = 0; i < count; i += 2 * LANES) {
      DoubleVector a = DoubleVector.broadcast(SPECIES, starts[0]);
      DoubleVector b = DoubleVector.broadcast(SPECIES, starts[1]);
      DoubleVector c = DoubleVector.broadcast(SPECIES, starts[2]);
      DoubleVector d = DoubleVector.broadcast(SPECIES, starts[3]);
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
