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
    for (int down = 0; down < layout.rowPhases(); down++) {
      if (!layout.readsRowPhase(down)) {
        continue;
      }
      int from = layout.firstRow(down, range);
      int count = layout.lastRow(down, range) - from;
      int top = down * rows * rowStep;
      int at = top + from * rowStep;
      for (int phase = 0; phase < layout.phases(); phase++) {
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
          gather(layout, arrays.lines, pixel, pixels, view, row, rowStep, count);
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
    for (int down = 0; down < layout.rowPhases(); down++) {
      if (!layout.readsRowPhase(down)) {
        continue;
      }
      int from = layout.firstRow(down, range);
      int count = layout.lastRow(down, range) - from;
      int at = first + (down * rows + from) * rowStep;
      for (int phase = 0; phase < layout.phases(); phase++) {
        for (int i = 0; i < images && layout.readsPhase(phase); i++) {
          int pixel = layout.pixel(phase, down, from, i, range);
          double[] view = arrays.phases[phase];
          int pixels = layout.phasePixels(phase);
          scatter(layout, view, at + i * outW, rowStep, arrays.lines, pixel, pixels, count);
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

  private static void gather(
      LineLayout layout,
      double[] lines,
      int pixel,
      int count,
      double[] view,
      int at,
      int rowStep,
      int rows) {
    int stride = layout.phases();
    int lineStep = layout.rowPhases() * (int) layout.geometry().inW();
    if (stride == 2) {
      gatherSecond(lines, pixel, lineStep, view, at, rowStep, rows, count);
      return;
    }
    for (int row = 0; row < rows; row++) {
      int from = pixel + row * lineStep;
      int to = at + row * rowStep;
      for (int i = to; i < to + count; i++, from += stride) {
        view[i] = lines[from];
      }
    }
  }

  /** Copies every second pixel: C2 makes better code where it knows the stride. */
  private static void gatherSecond(
      double[] lines,
      int pixel,
      int lineStep,
      double[] view,
      int at,
      int rowStep,
      int rows,
      int count) {
    for (int row = 0; row < rows; row++) {
      int from = pixel + row * lineStep;
      int to = at + row * rowStep;
      for (int i = 0; i < count; i++) {
        view[to + i] = lines[from + 2 * i];
      }
    }
  }

  private static void scatter(
      LineLayout layout,
      double[] view,
      int at,
      int rowStep,
      double[] lines,
      int pixel,
      int count,
      int rows) {
    int stride = layout.phases();
    int lineStep = layout.rowPhases() * (int) layout.geometry().inW();
    if (stride == 2) {
      scatterSecond(view, at, rowStep, lines, pixel, lineStep, rows, count);
      return;
    }
    for (int row = 0; row < rows; row++) {
      int from = at + row * rowStep;
      int to = pixel + row * lineStep;
      if (stride == 1) {
        System.arraycopy(view, from, lines, to, count);
        continue;
      }
      for (int i = from; i < from + count; i++, to += stride) {
        lines[to] = view[i];
      }
    }
  }

  /** Copies to every second pixel. */
  private static void scatterSecond(
      double[] view,
      int at,
      int rowStep,
      double[] lines,
      int pixel,
      int lineStep,
      int rows,
      int count) {
    for (int row = 0; row < rows; row++) {
      int from = at + row * rowStep;
      int to = pixel + row * lineStep;
      for (int i = 0; i < count; i++) {
        lines[to + 2 * i] = view[from + i];
      }
    }
  }
}
