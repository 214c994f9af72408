package io.github.colonnade.internal.conv.lowering;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Lines of a plane on the heap, with zeros where they reach beyond the plane, and the same shifted
 * sideways: what one column of the kernel reads in any of its rows. The single-precision twin is
 * derived from this file by the build.
 */
public final class F64ShiftedLines {
  private F64ShiftedLines() {}

  /**
   * Copies lines.
   *
   * @param image holds the plane
   * @param plane first element of the plane
   * @param height lines of the plane
   * @param width elements of one of its lines
   * @param firstLine line to begin with, perhaps above or below the plane
   * @param lines where to copy to
   * @param start element to begin with there
   * @param count how many lines
   * @param pitch elements of a line there, at least {@code width}
   */
  public static void load(
      MemorySegment image,
      long plane,
      long height,
      int width,
      long firstLine,
      double[] lines,
      int start,
      int count,
      int pitch) {
    int first = (int) Math.clamp(-firstLine, 0L, count);
    int end = (int) Math.clamp(height - firstLine, (long) first, count);
    Arrays.fill(lines, start, start + first * pitch, 0);
    Arrays.fill(lines, start + end * pitch, start + count * pitch, 0);
    if (first == end) {
      return;
    }
    long from = (plane + (firstLine + first) * width) * Double.BYTES;
    int to = start + first * pitch;
    if (pitch == width) {
      MemorySegment.copy(image, JAVA_DOUBLE, from, lines, to, (end - first) * pitch);
      return;
    }
    for (int line = first; line < end; line++, to += pitch) {
      MemorySegment.copy(image, JAVA_DOUBLE, from, lines, to, width);
      from += (long) width * Double.BYTES;
    }
    zeroColumns(lines, start + first * pitch, to, pitch, width, pitch);
  }

  /**
   * Shifts lines sideways.
   *
   * @param lines lines from element 0 on
   * @param right elements that they move to the left by, negative for the right
   * @param shifted where to copy to
   * @param count how many lines
   * @param pitch elements of a line
   * @return {@code shifted}, or {@code lines} where there is nothing to shift
   */
  public static double[] shift(double[] lines, long right, double[] shifted, int count, int pitch) {
    if (right == 0) {
      return lines;
    }
    int by = Math.clamp(right, -pitch, pitch);
    int length = count * pitch;
    // All lines at once; what wraps around at their ends is zeroed.
    if (by > 0) {
      System.arraycopy(lines, by, shifted, 0, Math.max(0, length - by));
      zeroColumns(shifted, 0, length, pitch, pitch - by, pitch);
    } else {
      System.arraycopy(lines, 0, shifted, -by, Math.max(0, length + by));
      zeroColumns(shifted, 0, length, pitch, 0, -by);
    }
    return shifted;
  }

  private static void zeroColumns(
      double[] lines, int from, int to, int pitch, int columnFrom, int columnTo) {
    for (int column = columnFrom; column < columnTo; column++) {
      for (int i = from + column; i < to; i += pitch) {
        lines[i] = 0;
      }
    }
  }
}
