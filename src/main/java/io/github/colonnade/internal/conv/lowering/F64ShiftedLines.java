package io.github.colonnade.internal.conv.lowering;

/**
 * Lines of a plane on the heap shifted sideways: what one column of the kernel reads in any of its
 * rows. The single-precision twin is derived from this file by the build.
 */
public final class F64ShiftedLines {
  private F64ShiftedLines() {}

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
      zeroColumns(shifted, length, pitch, pitch - by, pitch);
    } else {
      System.arraycopy(lines, 0, shifted, -by, Math.max(0, length + by));
      zeroColumns(shifted, length, pitch, 0, -by);
    }
    return shifted;
  }

  private static void zeroColumns(double[] lines, int length, int pitch, int from, int to) {
    for (int column = from; column < to; column++) {
      for (int i = column; i < length; i += pitch) {
        lines[i] = 0;
      }
    }
  }
}
