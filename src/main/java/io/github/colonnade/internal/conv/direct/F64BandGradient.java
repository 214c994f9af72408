package io.github.colonnade.internal.conv.direct;

import java.util.Arrays;

/**
 * The weights' gradient of some groups, of which the rows lie side by side: without the Vector API,
 * and with the bits of {@link F64VectorBandGradient}. Each row is an array of its own, so that C2
 * makes vectors of loops over several rows at the same index, or a constant ahead. The
 * single-precision twin is derived from this file by the build.
 */
final class F64BandGradient {
  private static final int TAPS = BandGradientTiling.TAPS;

  /** Rows of the input, phase after phase, and of an output channel's gradient. */
  private double[][] pixels = {};

  /**
   * The rows again, three references to each: of two reads by one reference, that of one turn is
   * also the other's of the next, and C2 would keep it instead of making vectors.
   */
  private double[][] references = {};

  /** What there are zeros for outside the image. */
  private Object layout;

  private double[][] gradients = {};

  /** Sums of each column: of each output channel of a group, one array for each tap. */
  private double[][] sums = {};

  /** Returns the bytes of what is kept from call to call. */
  long bytes() {
    long elements =
        F64TapLines.elements(pixels) + F64TapLines.elements(gradients) + F64TapLines.elements(sums);
    return elements * Double.BYTES;
  }

  /** Begins sums. */
  void begin(BandGradientTiling tiling) {
    int elements = tiling.rowElements();
    int outs = (int) tiling.geometry().groupOutChannels();
    pixels = F64TapLines.reserve(pixels, tiling.phases() * tiling.height(), elements);
    gradients = F64TapLines.reserve(gradients, (int) tiling.geometry().outH(), elements);
    sums = F64TapLines.reserve(sums, outs * TAPS, elements);
    if (!tiling.layout().equals(layout)) {
      refer(tiling.phases() * tiling.height());
      clear(tiling);
      layout = tiling.layout();
    }
    // What is behind the columns of the gradient counts for sums that nobody reads.
    for (int t = 0; t < outs * TAPS; t++) {
      Arrays.fill(sums[t], 0, tiling.run() * tiling.columns().pitch(), 0);
    }
  }

  private void refer(int rows) {
    if (references.length < 3 * rows) {
      references = new double[3 * rows][];
    }
    for (int i = 0; i < 3 * rows; i++) {
      references[i] = pixels[i / 3];
    }
  }

  /** Sets to zero what lies outside the image. */
  private void clear(BandGradientTiling tiling) {
    BandAxis rows = tiling.rows();
    BandAxis columns = tiling.columns();
    int pitch = columns.pitch();
    for (int line = 0; line < tiling.phases() * tiling.height(); line++) {
      int phase = line / tiling.height();
      int row = line % tiling.height() - rows.first()[phase / columns.first().length];
      int column = phase % columns.first().length;
      boolean none = row < 0 || row >= rows.count()[phase / columns.first().length];
      int before = columns.first()[column];
      double[] pixelRow = pixels[line];
      for (int to = 0; to < tiling.run() * pitch; to += pitch) {
        Arrays.fill(pixelRow, to, to + (none ? pitch : before), 0);
        Arrays.fill(pixelRow, to + before + columns.count()[column], to + pitch, 0);
      }
      Arrays.fill(pixelRow, tiling.run() * pitch, tiling.rowElements(), 0);
    }
  }

  /**
   * Adds the products of one image.
   *
   * @param tiling the taps
   * @param input planes of the groups
   * @param gradient planes of the groups' output channels
   * @param groups how many
   */
  void add(BandGradientTiling tiling, double[] input, double[] gradient, int groups) {
    readInput(tiling, input, groups);
    int outs = (int) tiling.geometry().groupOutChannels();
    int count = groups * tiling.columns().pitch();
    for (int out = 0; out < outs; out++) {
      readGradient(tiling, gradient, out, groups);
      for (int row = 0; row < tiling.geometry().outH(); row++) {
        for (int t = 0; t < TAPS; t += 3) {
          int a = 3 * (tiling.tapRows()[t] + row);
          int b = 3 * (tiling.tapRows()[t + 1] + row) + 1;
          if (tiling.geometry().strideW() == 1) {
            adjacent(sums, out * TAPS + t, gradients[row], references, a, count);
          } else {
            everySecond(sums, out * TAPS + t, gradients[row], references, a, b, count);
          }
        }
      }
    }
  }

  private void readInput(BandGradientTiling tiling, double[] input, int groups) {
    BandAxis rows = tiling.rows();
    BandAxis columns = tiling.columns();
    int width = (int) tiling.geometry().inW();
    int plane = (int) tiling.geometry().inPlane();
    int rowStep = width * (int) tiling.geometry().strideH();
    int step = (int) tiling.geometry().strideW();
    for (int phase = 0; phase < tiling.phases(); phase++) {
      int row = phase / columns.first().length;
      int column = phase % columns.first().length;
      int from = rows.pixel()[row] * width + columns.pixel()[column];
      int first = phase * tiling.height() + rows.first()[row];
      for (int i = 0; i < rows.count()[row]; i++) {
        int to = columns.first()[column];
        int source = from + i * rowStep;
        double[] line = pixels[first + i];
        for (int g = 0; g < groups; g++) {
          F64BandCopies.copy(input, source, step, columns.count()[column], line, to);
          source += plane;
          to += columns.pitch();
        }
      }
    }
  }

  private void readGradient(BandGradientTiling tiling, double[] gradient, int out, int groups) {
    int width = (int) tiling.geometry().outW();
    int plane = (int) tiling.geometry().outPlane();
    int outs = (int) tiling.geometry().groupOutChannels();
    for (int row = 0; row < tiling.geometry().outH(); row++) {
      double[] line = gradients[row];
      for (int g = 0; g < groups; g++) {
        int from = (g * outs + out) * plane + row * width;
        F64BandCopies.copy(gradient, from, 1, width, line, g * tiling.columns().pitch());
      }
    }
  }

  /** Returns the sum of the products of one tap. */
  double sum(BandGradientTiling tiling, int group, int out, int tap, double[] spare) {
    int from = group * tiling.columns().pitch();
    int width = (int) tiling.geometry().outW();
    return F64TapLoops.sum(sums[out * TAPS + tap], from, width, spare);
  }

  /** Adds the products of a row of three adjacent taps. */
  private static void adjacent(
      double[][] sums, int first, double[] gradient, double[][] rows, int row, int count) {
    double[] sumA = sums[first];
    double[] sumB = sums[first + 1];
    double[] sumC = sums[first + 2];
    double[] a = rows[row];
    double[] b = rows[row + 1];
    double[] c = rows[row + 2];
    for (int i = 0; i < count; i++) {
      double g = gradient[i];
      double y = b[i + 1];
      double z = c[i + 2];
      sumA[i] = Math.fma(g, a[i], sumA[i]);
      sumB[i] = Math.fma(g, y, sumB[i]);
      sumC[i] = Math.fma(g, z, sumC[i]);
    }
  }

  /** As {@link #adjacent}, under a stride of two: the third tap reads what the first does next. */
  private static void everySecond(
      double[][] sums,
      int first,
      double[] gradient,
      double[][] rows,
      int row,
      int other,
      int count) {
    double[] sumA = sums[first];
    double[] sumB = sums[first + 1];
    double[] sumC = sums[first + 2];
    double[] a = rows[row];
    double[] b = rows[other];
    double[] c = rows[row + 2];
    for (int i = 0; i < count; i++) {
      double g = gradient[i];
      double z = c[i + 1];
      sumA[i] = Math.fma(g, a[i], sumA[i]);
      sumB[i] = Math.fma(g, b[i], sumB[i]);
      sumC[i] = Math.fma(g, z, sumC[i]);
    }
  }
}
