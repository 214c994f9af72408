package io.github.colonnade.internal.kernel;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Lines of a plane on the heap, shifted along, with zeros where they reach beyond the plane: what
 * one column of the kernel reads, whichever its row. The single-precision twin is derived from this
 * file by the build.
 */
final class F64ShiftedLines {
  private F64ShiftedLines() {}

  /**
   * Copies lines.
   *
   * @param image holds the plane
   * @param plane first element of the plane
   * @param height lines of the plane
   * @param width elements of one of its lines
   * @param firstLine line to begin with, perhaps above or below the plane
   * @param right element of each line to begin with, perhaps beyond its ends
   * @param lines where to copy to, from element 0 on
   * @param count how many lines
   * @param pitch elements of a line there
   */
  static void load(
      MemorySegment image,
      long plane,
      long height,
      long width,
      long firstLine,
      long right,
      double[] lines,
      int count,
      int pitch) {
    int first = (int) Math.clamp(-firstLine, 0L, count);
    int end = (int) Math.clamp(height - firstLine, (long) first, count);
    int inside = (int) Math.clamp(-right, 0L, pitch);
    int beyond = (int) Math.clamp(width - right, (long) inside, pitch);
    if (first == end || inside == beyond) {
      Arrays.fill(lines, 0, count * pitch, 0);
      return;
    }
    Arrays.fill(lines, 0, first * pitch, 0);
    Arrays.fill(lines, end * pitch, count * pitch, 0);
    long from = (plane + (firstLine + first) * width + inside + right) * Double.BYTES;
    int to = first * pitch + inside;
    if (pitch == width) {
      // All lines at once; what wraps around at their ends is zeroed below.
      int elements = (end - first - 1) * pitch + beyond - inside;
      MemorySegment.copy(image, JAVA_DOUBLE, from, lines, to, elements);
    } else {
      for (int line = first; line < end; line++, to += pitch) {
        MemorySegment.copy(image, JAVA_DOUBLE, from, lines, to, beyond - inside);
        from += width * Double.BYTES;
      }
    }
    zeroColumns(lines, first * pitch, end * pitch, pitch, 0, inside);
    zeroColumns(lines, first * pitch, end * pitch, pitch, beyond, pitch);
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
