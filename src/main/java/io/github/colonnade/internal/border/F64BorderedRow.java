package io.github.colonnade.internal.border;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Part of a row of a plane and of what lies around it, as an array; the single-precision twin is
 * derived from this file by the build.
 */
final class F64BorderedRow {
  private F64BorderedRow() {}

  /**
   * Copies part of a row.
   *
   * @param border what lies around the plane
   * @param value what a constant border holds
   * @param planes holds the plane. Not modified.
   * @param plane index of its first element
   * @param height its height
   * @param width its width
   * @param row the row, which may lie outside
   * @param column the first column, which may lie outside
   * @param line receives the elements, from its start on
   * @param count elements
   */
  static void load(
      Border border,
      double value,
      MemorySegment planes,
      long plane,
      long height,
      long width,
      long row,
      long column,
      double[] line,
      int count) {
    long source = border.source(row, height);
    if (source < 0) {
      Arrays.fill(line, 0, count, value);
    } else {
      loadInside(border, value, planes, plane + source * width, width, column, line, count);
    }
  }

  private static void loadInside(
      Border border,
      double value,
      MemorySegment planes,
      long first,
      long width,
      long column,
      double[] line,
      int count) {
    long end = column + count;
    int target = 0;
    for (long at = column; at < end; ) {
      long source = border.source(at, width);
      int step = border.step(at, width);
      int length = (int) Border.run(at, source, step, end, width);
      if (source < 0) {
        Arrays.fill(line, target, target + length, value);
      } else if (step == 1) {
        long offset = (first + source) * Double.BYTES;
        MemorySegment.copy(planes, JAVA_DOUBLE, offset, line, target, length);
      } else {
        for (int i = 0; i < length; i++) {
          line[target + i] = planes.getAtIndex(JAVA_DOUBLE, first + source + i * (long) step);
        }
      }
      target += length;
      at += length;
    }
  }
}
