package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.Kernels;
import java.util.Arrays;

/**
 * The moves of bands: rows are laid apart and together, by {@link F64VectorBandCopies} where the
 * Vector API is there. The single-precision twin is derived from this file by the build.
 */
final class F64BandCopies {
  /** Elements from which on a row is copied by a call. */
  private static final int LONG_ROW = 9;

  private F64BandCopies() {}

  /**
   * Sets to zero what lies outside the image.
   *
   * @param pixels the rows of some channels, phase after phase
   * @param channels how many
   * @param rows where rows lie in each phase
   * @param columns where columns lie in each phase
   * @param height rows of a phase
   * @param plane elements from the first row of one phase to that of the next
   */
  static void clear(
      double[] pixels, int channels, BandAxis rows, BandAxis columns, int height, int plane) {
    int pitch = columns.pitch();
    int at = 0;
    for (int c = 0; c < channels; c++) {
      for (int row = 0; row < rows.first().length; row++) {
        for (int column = 0; column < columns.first().length; column++) {
          int above = rows.first()[row] * pitch + columns.first()[column];
          int below = (rows.first()[row] + rows.count()[row]) * pitch;
          boolean none = rows.count()[row] == 0 || columns.count()[column] == 0;
          Arrays.fill(pixels, at, at + (none ? height * pitch : above), 0);
          // The last row's taps read what would be the zeros before the next.
          Arrays.fill(pixels, at + below, at + height * pitch + BandTiling.SLACK, 0);
          for (int i = columns.count()[column]; !none && i < pitch; i++) {
            // Most often one or two behind each row.
            for (int zero = at + above + i; zero < at + below; zero += pitch) {
              pixels[zero] = 0;
            }
          }
          at += plane;
        }
      }
    }
  }

  /**
   * Lays the rows of some planes apart.
   *
   * @param raw holds the rows
   * @param from the first element of the first
   * @param rowStep elements from one row to the next
   * @param step elements from one that is taken to the next
   * @param width elements of a row that are taken
   * @param rows rows of a plane
   * @param pixels receives the rows. Behind a row no more than the zeros are written that belong
   *     there.
   * @param to where the first begins
   * @param pitch elements from there to where the next begins
   * @param planes how many
   * @param rawStep elements from one to the next
   * @param pixelStep the same of those that are written
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
      int pitch,
      int planes,
      int rawStep,
      int pixelStep) {
    if (Kernels.useVectors()) {
      F64VectorBandCopies.expand(
          raw, from, rowStep, step, width, rows, pixels, to, pitch, planes, rawStep, pixelStep);
      return;
    }
    for (int plane = 0; plane < planes; plane++) {
      int source = from + plane * rawStep;
      int target = to + plane * pixelStep;
      for (int row = 0; row < rows; row++, source += rowStep, target += pitch) {
        copy(raw, source, step, width, pixels, target);
      }
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
    if (Kernels.useVectors()) {
      F64VectorBandCopies.compact(sums, from, pitch, width, rows, out, to);
      return;
    }
    for (int row = 0; row < rows; row++) {
      copy(sums, from + row * pitch, 1, width, out, to + row * width);
    }
  }

  /** Copies some elements of a row, {@code step} apart, to where they lie side by side. */
  static void copy(double[] row, int from, int step, int width, double[] line, int to) {
    if (step > 1) {
      F64TapLoops.pick(row, from, step, width, line, to, width);
    } else if (width >= LONG_ROW) {
      System.arraycopy(row, from, line, to, width);
    } else {
      for (int i = 0; i < width; i++) {
        line[to + i] = row[from + i];
      }
    }
  }

  /**
   * Lays the phases of rows side by side.
   *
   * @param lines holds for some rows, one after the other, the pixels 0, 2, … and 1, 3, …; then for
   *     the rows below
   * @param places the first of each
   * @param cycle for how many rows
   * @param pitch elements from one row to the next in the same line
   * @param width pixels of a row
   * @param rows rows
   * @param out receives the rows; some elements behind the last are overwritten
   * @param to where the first begins
   */
  static void interleave(
      double[][] lines,
      int[] places,
      int cycle,
      int pitch,
      int width,
      int rows,
      double[] out,
      int to) {
    boolean vectors = Kernels.useVectors();
    for (int first = 0, below = 0; first < rows; first += cycle, below += pitch) {
      for (int i = 0; i < cycle && first + i < rows; i++) {
        double[] even = lines[2 * i];
        double[] odd = lines[2 * i + 1];
        int fromEven = places[2 * i] + below;
        int fromOdd = places[2 * i + 1] + below;
        int at = to + (first + i) * width;
        if (vectors) {
          F64VectorBandCopies.interleaveRow(even, fromEven, odd, fromOdd, width, out, at);
        } else {
          interleaveRow(even, fromEven, odd, fromOdd, width, out, at);
        }
      }
    }
  }

  private static void interleaveRow(
      double[] even, int fromEven, double[] odd, int fromOdd, int width, double[] out, int to) {
    int half = width / 2;
    for (int i = 0; i < half; i++) {
      out[to + 2 * i] = even[fromEven + i];
      out[to + 2 * i + 1] = odd[fromOdd + i];
    }
    if (width % 2 == 1) {
      out[to + width - 1] = even[fromEven + half];
    }
  }
}
