package io.github.colonnade.internal.conv.direct;

import java.util.Arrays;

/**
 * The arithmetic of bands without the Vector API, with the bits of {@link F64VectorBandLoops} and
 * {@link F64VectorBandRows}. What neighbouring taps read is copied to where the sums have the same
 * index, for {@link F64RowLoops}. The single-precision twin is derived from this file by the build.
 */
final class F64BandLoops {
  /** Columns up to which one sum after the other is faster: loops of vectors are too short. */
  private static final int NARROW = 8;

  /** What each run of taps reads: as many references to it as a loop takes. */
  private double[][] rows = {};

  private double[] sums = {};

  /** Returns the bytes of what is kept from call to call. */
  long bytes() {
    long elements = sums.length;
    for (int run = 0; run < rows.length; run += F64RowLoops.TAPS) {
      elements += rows[run].length;
    }
    return elements * Double.BYTES;
  }

  /**
   * Takes the sources of some groups.
   *
   * @param bands the taps
   * @param pixels the sources, group after group
   * @param groups how many
   */
  void read(BandTiling bands, double[] pixels, int groups) {
    int elements = groups * bands.groupPixels();
    int[] offsets = bands.tapRuns().offsets();
    reserve(offsets.length, elements);
    for (int run = 0; run < offsets.length; run++) {
      int from = offsets[run];
      System.arraycopy(pixels, from, rows[run * F64RowLoops.TAPS], 0, elements - from);
    }
  }

  private void reserve(int runs, int elements) {
    if (sums.length < elements) {
      sums = new double[elements];
    }
    int kept = rows.length;
    if (kept < runs * F64RowLoops.TAPS) {
      rows = Arrays.copyOf(rows, runs * F64RowLoops.TAPS);
    }
    for (int run = 0; run < runs; run++) {
      int first = run * F64RowLoops.TAPS;
      if (first >= kept || rows[first].length < elements) {
        Arrays.fill(rows, first, first + F64RowLoops.TAPS, new double[elements]);
      }
    }
  }

  /**
   * Computes some targets of the groups that were read: what they start from and the taps'
   * products, one multiply-add after the other.
   *
   * @param bands the taps
   * @param weights the taps' weights, target after target of each group
   * @param starts what the targets start from, group after group
   * @param groups how many
   * @param first the first target of each group
   * @param targets how many of each
   * @param phaseSums arrays of the phases of each target of each group. Overwritten from the rows
   *     that the last taps read.
   * @param height rows of the band
   */
  void convolve(
      BandTiling bands,
      double[] weights,
      double[] starts,
      int groups,
      int first,
      int targets,
      double[][] phaseSums,
      int height) {
    int count = (height - 1) * bands.pitch() + (int) bands.horizontal().targets();
    int phases = bands.phases().length;
    int step = (int) (bands.weights() / bands.targets());
    for (int g = 0; g < groups; g++) {
      int base = g * bands.groupPixels();
      for (int t = 0; t < targets; t++) {
        int weight = g * (int) bands.weights() + (first + t) * step;
        int line = (g * bands.targetsAtOnce() + t) * phases;
        for (int p = 0; p < phases; p++) {
          add(bands.tapRuns(), p, weights, weight, starts[g * targets + t], base, base + count);
          int to = bands.phases()[p].lastRow() * bands.pitch();
          System.arraycopy(sums, base, phaseSums[line + p], to, count);
          weight += bands.offsets()[p].length;
        }
      }
    }
  }

  /**
   * Computes some targets of the groups that were read, straight to where they lie in the image.
   *
   * @param bands the taps
   * @param weights the taps' weights, target after target
   * @param starts what each target starts from
   * @param targets how many, of all groups
   * @param out receives the targets, one behind the other
   * @param at the first
   * @param height rows of the band
   */
  void convolveStraight(
      BandTiling bands,
      double[] weights,
      double[] starts,
      int targets,
      double[] out,
      int at,
      int height) {
    int width = (int) bands.horizontal().target().size();
    int pitch = bands.pitch();
    int count = (height - 1) * pitch + (int) bands.horizontal().targets();
    for (int t = 0; t < targets; t++) {
      int base = t / (int) bands.targets() * bands.groupPixels();
      int to = at + t * height * width;
      add(
          bands.tapRuns(),
          0,
          weights,
          t * bands.offsets()[0].length,
          starts[t],
          base,
          base + count);
      if (bands.picks()) {
        for (int row = 0; row < height; row++) {
          F64TapLoops.pick(sums, base + row * pitch, 2, width, out, to + row * width, width);
        }
      } else {
        F64BandCopies.compact(sums, base, pitch, width, height, out, to);
      }
    }
  }

  /** Adds the taps of one phase. */
  private void add(
      TapRuns runs, int phase, double[] weights, int first, double start, int from, int to) {
    int[] run = runs.run()[phase];
    int[] taps = runs.taps()[phase];
    int weight = first;
    Arrays.fill(sums, from, to, start);
    for (int i = 0; i < run.length; i++) {
      F64RowLoops.add(sums, rows, run[i] * F64RowLoops.TAPS, weights, weight, taps[i], from, to);
      weight += taps[i];
    }
  }

  /** Returns whether {@link #convolveNarrow} is to be used. */
  static boolean isNarrow(BandTiling bands) {
    return bands.straight() && !bands.picks() && bands.horizontal().target().size() <= NARROW;
  }

  /** As {@link #convolveStraight}, from the sources themselves. */
  static void convolveNarrow(
      BandTiling bands,
      double[] pixels,
      double[] weights,
      double[] starts,
      int targets,
      double[] out,
      int at,
      int height) {
    int[] offsets = bands.offsets()[0];
    int width = (int) bands.horizontal().target().size();
    for (int t = 0; t < targets; t++) {
      int base = t / (int) bands.targets() * bands.groupPixels() + offsets[0];
      int to = at + t * height * width;
      slide(pixels, base, bands.pitch(), weights, 9 * t, starts[t], out, to, width, height);
    }
  }

  /** Computes rows of three rows of three taps: each is read once a row. */
  private static void slide(
      double[] x,
      int from,
      int pitch,
      double[] weights,
      int first,
      double start,
      double[] out,
      int at,
      int width,
      int height) {
    double w0 = weights[first];
    double w1 = weights[first + 1];
    double w2 = weights[first + 2];
    double w3 = weights[first + 3];
    double w4 = weights[first + 4];
    double w5 = weights[first + 5];
    double w6 = weights[first + 6];
    double w7 = weights[first + 7];
    double w8 = weights[first + 8];
    int i = from;
    int to = at;
    for (int row = 0; row < height; row++, i += pitch, to += width) {
      int j = i + pitch;
      int k = j + pitch;
      double a0 = x[i];
      double a1 = x[i + 1];
      double b0 = x[j];
      double b1 = x[j + 1];
      double c0 = x[k];
      double c1 = x[k + 1];
      for (int column = 0; column < width; column++) {
        double a2 = x[i + column + 2];
        double b2 = x[j + column + 2];
        double c2 = x[k + column + 2];
        double sum = Math.fma(w2, a2, Math.fma(w1, a1, Math.fma(w0, a0, start)));
        sum = Math.fma(w5, b2, Math.fma(w4, b1, Math.fma(w3, b0, sum)));
        out[to + column] = Math.fma(w8, c2, Math.fma(w7, c1, Math.fma(w6, c0, sum)));
        a0 = a1;
        a1 = a2;
        b0 = b1;
        b1 = b2;
        c0 = c1;
        c1 = c2;
      }
    }
  }
}
