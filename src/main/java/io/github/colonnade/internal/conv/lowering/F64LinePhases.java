package io.github.colonnade.internal.conv.lowering;

import java.util.Arrays;

/**
 * Splits the lines of a channel into phases, of which a column of the kernel reads one, and merges
 * them again. The single-precision twin is derived from this file by the build.
 */
final class F64LinePhases {
  private F64LinePhases() {}

  /**
   * Splits lines into the phases that the kernel reads; zeros where it reads none.
   *
   * @param layout how the lines lie
   * @param arrays the lines, and the phases to write
   * @param images how many images
   * @param range the lines of each image
   */
  static void split(LineLayout layout, F64LineArrays arrays, int images, LineRange range) {
    int outW = (int) layout.geometry().outW();
    int rows = layout.phaseLines(range.count());
    int rowStep = images * outW;
    int stride = layout.phases();
    int lineStep = layout.rowPhases() * (int) layout.geometry().inW();
    for (int down = 0; down < layout.rowPhases(); down++) {
      if (!layout.readsRowPhase(down)) {
        continue;
      }
      int from = layout.firstRow(down, range);
      int count = layout.lastRow(down, range) - from;
      int top = down * rows * rowStep;
      int at = top + from * rowStep;
      for (int phase = 0; phase < stride; phase++) {
        if (!layout.readsPhase(phase)) {
          continue;
        }
        double[] view = arrays.phases[phase];
        Arrays.fill(view, top, at, 0);
        Arrays.fill(view, at + count * rowStep, top + rows * rowStep, 0);
        int pixels = layout.phasePixels(phase);
        for (int i = 0; i < images; i++) {
          int row = at + i * outW;
          for (int column = pixels; column < outW; column++) {
            zeroColumn(view, row + column, rowStep, count);
          }
          int pixel = layout.pixel(phase, down, from, i, range);
          gather(arrays.lines, pixel, lineStep, stride, view, row, rowStep, count, pixels);
        }
      }
    }
  }

  /**
   * Merges the phases that the kernel reads to lines; others are left as they are.
   *
   * @param layout how the lines lie
   * @param arrays the phases, and the lines to write
   * @param first where the phases begin
   * @param images how many images
   * @param range the lines of each image
   */
  static void merge(
      LineLayout layout, F64LineArrays arrays, int first, int images, LineRange range) {
    int outW = (int) layout.geometry().outW();
    int rows = layout.phaseLines(range.count());
    int rowStep = images * outW;
    int stride = layout.phases();
    int lineStep = layout.rowPhases() * (int) layout.geometry().inW();
    for (int down = 0; down < layout.rowPhases(); down++) {
      if (!layout.readsRowPhase(down)) {
        continue;
      }
      int from = layout.firstRow(down, range);
      int count = layout.lastRow(down, range) - from;
      int at = first + (down * rows + from) * rowStep;
      for (int phase = 0; phase < stride; phase++) {
        for (int i = 0; i < images && layout.readsPhase(phase); i++) {
          int pixel = layout.pixel(phase, down, from, i, range);
          double[] view = arrays.phases[phase];
          int pixels = layout.phasePixels(phase);
          int row = at + i * outW;
          scatter(view, row, rowStep, count, pixels, arrays.lines, pixel, lineStep, stride);
        }
      }
    }
  }

  /** Sets an element of each row to zero. */
  static void zeroColumn(double[] view, int at, int rowStep, int rows) {
    for (int row = 0; row < rows; row++) {
      view[at + row * rowStep] = 0;
    }
  }

  /** Adds elements to those at the same places. */
  static void add(double[] source, double[] sums, int from, int to) {
    for (int i = from; i < to; i++) {
      sums[i] += source[i];
    }
  }

  /**
   * Copies one pixel in {@code stride} of some lines.
   *
   * @param lines the lines
   * @param from the first pixel
   * @param lineStep elements from a line to the next
   * @param stride elements from a pixel to the next
   * @param view receives the pixels of each line side by side
   * @param at where those of the first line go
   * @param rowStep elements from there to those of the next
   * @param rows how many lines
   * @param count how many pixels of each
   */
  static void gather(
      double[] lines,
      int from,
      int lineStep,
      int stride,
      double[] view,
      int at,
      int rowStep,
      int rows,
      int count) {
    if (stride == 2) {
      gatherSecond(lines, from, lineStep, view, at, rowStep, rows, count);
      return;
    }
    for (int row = 0; row < rows; row++) {
      int pixel = from + row * lineStep;
      int to = at + row * rowStep;
      for (int i = to; i < to + count; i++, pixel += stride) {
        view[i] = lines[pixel];
      }
    }
  }

  /** Copies every second pixel: C2 makes better code where it knows the stride. */
  private static void gatherSecond(
      double[] lines,
      int from,
      int lineStep,
      double[] view,
      int at,
      int rowStep,
      int rows,
      int count) {
    for (int row = 0; row < rows; row++) {
      int pixel = from + row * lineStep;
      int to = at + row * rowStep;
      for (int i = 0; i < count; i++) {
        view[to + i] = lines[pixel + 2 * i];
      }
    }
  }

  /** Copies the pixels of some lines back to where {@link #gather} finds them. */
  static void scatter(
      double[] view,
      int at,
      int rowStep,
      int rows,
      int count,
      double[] lines,
      int to,
      int lineStep,
      int stride) {
    if (stride == 2) {
      scatterSecond(view, at, rowStep, rows, count, lines, to, lineStep);
      return;
    }
    for (int row = 0; row < rows; row++) {
      int from = at + row * rowStep;
      int pixel = to + row * lineStep;
      if (stride == 1) {
        System.arraycopy(view, from, lines, pixel, count);
        continue;
      }
      for (int i = from; i < from + count; i++, pixel += stride) {
        lines[pixel] = view[i];
      }
    }
  }

  /** Copies to every second pixel. */
  private static void scatterSecond(
      double[] view,
      int at,
      int rowStep,
      int rows,
      int count,
      double[] lines,
      int to,
      int lineStep) {
    for (int row = 0; row < rows; row++) {
      int from = at + row * rowStep;
      int pixel = to + row * lineStep;
      for (int i = 0; i < count; i++) {
        lines[pixel + 2 * i] = view[from + i];
      }
    }
  }
}
