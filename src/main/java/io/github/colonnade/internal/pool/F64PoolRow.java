package io.github.colonnade.internal.pool;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Neighbouring windows of one output row, in arrays: C2 vectorises loops over those, and only where
 * all indices are the same. So the rows under the windows are taken together first, all their
 * columns at once, and then the columns of each window.
 *
 * <p>The single-precision twin is derived from this file by the build.
 */
final class F64PoolRow {
  /** Windows, and input columns, at a time. */
  static final int BLOCK = 2048;

  /** The index of a window that holds no pixel. */
  private static final long NOWHERE = -1;

  /** A maximum, a sum, an average or a gradient for each window. */
  private final double[] results = new double[BLOCK];

  private final double[] divisors = new double[BLOCK];
  private final long[] indices = new long[BLOCK];

  /** Input columns, the rows taken together. */
  private final double[] columns = new double[BLOCK];

  /** One row of them, or one tap of each window. */
  private final double[] line = new double[BLOCK];

  private PoolAxis axis;
  private long firstWindow;
  private int windows;

  /** The input columns that the windows may reach. */
  private long reachFrom;

  private long reachEnd;

  // Where the taps lie in the columns: as runs of one tap in neighbouring windows, or as one run of
  // taps in each window where those are more than the windows or not as many in each.

  private boolean byTap;
  private int runs;
  private int step;
  private long runsFrom;
  private final int[] runStart = new int[BLOCK];
  private final int[] runCount = new int[BLOCK];

  /** The first window of a run of one tap. */
  private final int[] runWindow = new int[BLOCK];

  /** First element of the plane. */
  private long plane;

  /** First element of the first row under the windows. */
  private long firstRow;

  private long rows;
  private long rowsPadded;
  private long pitch;

  long bytes() {
    return BLOCK * (4L * Double.BYTES + Long.BYTES + 3L * Integer.BYTES);
  }

  /** Selects the windows from {@code ow} on. */
  void setColumns(PoolAxis horizontal, long ow) {
    if (ow == firstWindow && horizontal.equals(axis)) {
      return;
    }
    axis = horizontal;
    firstWindow = ow;
    windows = (int) Math.min(BLOCK, horizontal.outputs() - ow);
    reachFrom = horizontal.reachFrom(ow);
    reachEnd = horizontal.reachEnd(ow + windows - 1);
    byTap = horizontal instanceof SlidingAxis sliding && sliding.axis().kernel() <= windows;
    runsFrom = NOWHERE;
  }

  /** Selects an output row, counted through all planes. */
  void setRow(PoolGeometry geometry, long row) {
    PoolAxis vertical = geometry.vertical();
    long inW = geometry.horizontal().inputs();
    long oh = row % vertical.outputs();
    plane = row / vertical.outputs() * geometry.inPlane();
    firstRow = plane + vertical.first(oh) * inW;
    rows = vertical.count(oh);
    rowsPadded = vertical.countPadded(oh);
    pitch = vertical.dilation() * inW;
  }

  /** Prepares {@link #divide} for the selected columns, in which empty windows have the sum 0. */
  void setDivisors(AverageRule rule) {
    for (int i = 0; i < windows; i++) {
      long ow = firstWindow + i;
      long count = rule.countPadding() ? axis.countPadded(ow) : axis.count(ow);
      divisors[i] = rule.fixed() != 0 ? rule.fixed() : Math.max(1, count);
    }
  }

  void load(MemorySegment source, long index) {
    load(source, index, results, windows);
  }

  void store(MemorySegment target, long index) {
    MemorySegment.copy(results, 0, target, JAVA_DOUBLE, index * Double.BYTES, windows);
  }

  void storeIndices(MemorySegment target, long index) {
    MemorySegment.copy(indices, 0, target, JAVA_LONG, index * Long.BYTES, windows);
  }

  /** Finds the maxima; of several zeros or NaNs any, until {@link #settle}. */
  void max(MemorySegment input) {
    Arrays.fill(results, 0, windows, Double.NEGATIVE_INFINITY);
    for (long from = reachFrom; rows > 0 && from < reachEnd; from += BLOCK) {
      int width = setRuns(from);
      load(input, firstRow + from, columns, width);
      for (long kh = 1; kh < rows; kh++) {
        load(input, firstRow + kh * pitch + from, line, width);
        max(columns, line, 0, width);
      }
      for (int run = 0; run < runs; run++) {
        if (byTap) {
          gather(run);
          max(results, line, runWindow[run], runWindow[run] + runCount[run]);
        } else {
          results[run] = Math.max(results[run], maxOf(runStart[run], runCount[run]));
        }
      }
    }
  }

  /** Finds the first tap that equals the maximum, where {@link #settle} does not. */
  void locate(MemorySegment input) {
    Arrays.fill(indices, 0, windows, NOWHERE);
    long blocks = Math.ceilDiv(reachEnd - reachFrom, BLOCK);
    // From the last to the first, so that the first remains.
    for (long kh = rows - 1; kh >= 0; kh--) {
      for (long block = blocks - 1; block >= 0; block--) {
        long from = reachFrom + block * BLOCK;
        int width = setRuns(from);
        long row = firstRow + kh * pitch + from;
        load(input, row, columns, width);
        for (int run = runs - 1; run >= 0; run--) {
          if (byTap) {
            locateTap(run, row - plane);
          } else {
            locateInWindow(run, row - plane);
          }
        }
      }
    }
  }

  private void locateTap(int run, long base) {
    int first = runWindow[run];
    int count = runCount[run];
    int stride = step;
    int at = runStart[run];
    for (int i = first; i < first + count; i++, at += stride) {
      indices[i] = ifLess(columns[at], results[i], indices[i], base + at);
    }
  }

  private void locateInWindow(int window, long base) {
    double max = results[window];
    long found = indices[window];
    int at = runStart[window] + (runCount[window] - 1) * step;
    for (int i = runCount[window]; i > 0; i--, at -= step) {
      found = ifLess(columns[at], max, found, base + at);
    }
    indices[window] = found;
  }

  /** Chooses by {@code value < max}, of other finite numbers, without a branch to predict. */
  private static long ifLess(double value, double max, long less, long equal) {
    return equal ^ ((less ^ equal) & Elements.signMask(value - max));
  }

  /**
   * Looks tap by tap for those maxima that arithmetic cannot tell apart: zeros, which differ in
   * sign, NaNs, and infinities, whose difference is none.
   */
  void settle(MemorySegment input) {
    for (int i = 0; i < windows; i++) {
      if (results[i] == 0 || !Double.isFinite(results[i])) {
        long at = firstEqual(input, i);
        if (at != NOWHERE) {
          results[i] = input.getAtIndex(JAVA_DOUBLE, at);
        }
        indices[i] = at == NOWHERE ? NOWHERE : at - plane;
      }
    }
  }

  /** Returns the position of the first tap that equals the maximum or is NaN. */
  private long firstEqual(MemorySegment input, int window) {
    double max = results[window];
    long taps = axis.count(firstWindow + window);
    long corner = firstRow + axis.first(firstWindow + window);
    for (long kh = 0; kh < rows; kh++) {
      for (long kw = 0; kw < taps; kw++) {
        long at = corner + kh * pitch + kw * axis.dilation();
        double value = input.getAtIndex(JAVA_DOUBLE, at);
        if (value == max || Double.isNaN(value)) {
          return at;
        }
      }
    }
    return NOWHERE;
  }

  /** Adds the results to where the maxima lie. */
  void scatter(MemorySegment target) {
    for (int i = 0; i < windows; i++) {
      if (indices[i] >= 0) {
        long at = plane + indices[i];
        target.setAtIndex(JAVA_DOUBLE, at, target.getAtIndex(JAVA_DOUBLE, at) + results[i]);
      }
    }
  }

  /** Sums up the windows: in parts, which keeps the rounding small. */
  void sum(MemorySegment input) {
    Arrays.fill(results, 0, windows, 0);
    for (long from = reachFrom; rows > 0 && from < reachEnd; from += BLOCK) {
      int width = setRuns(from);
      load(input, firstRow + from, columns, width);
      for (long kh = 1; kh < rows; kh++) {
        load(input, firstRow + kh * pitch + from, line, width);
        add(columns, line, 0, width);
      }
      for (int run = 0; run < runs; run++) {
        if (byTap) {
          gather(run);
          add(results, line, runWindow[run], runWindow[run] + runCount[run]);
        } else {
          results[run] += sumOf(runStart[run], runCount[run]);
        }
      }
    }
  }

  /** Divides by the number of taps, or by the rule's own divisor. */
  void divide(AverageRule rule) {
    // In floating point, where two large kernels cannot overflow.
    double height = rule.fixed() != 0 ? 1 : Math.max(1, rule.countPadding() ? rowsPadded : rows);
    for (int i = 0; i < windows; i++) {
      results[i] /= height * divisors[i];
    }
  }

  /** Adds the results to every pixel of their windows. */
  void spread(MemorySegment target) {
    for (long from = reachFrom; rows > 0 && from < reachEnd; from += BLOCK) {
      int width = setRuns(from);
      Arrays.fill(columns, 0, width, 0);
      for (int run = 0; run < runs; run++) {
        int window = byTap ? runWindow[run] : run;
        int windowStep = byTap ? 1 : 0;
        int at = runStart[run];
        for (int i = 0; i < runCount[run]; i++, at += step, window += windowStep) {
          columns[at] += results[window];
        }
      }
      for (long kh = 0; kh < rows; kh++) {
        long row = firstRow + kh * pitch + from;
        load(target, row, line, width);
        add(line, columns, 0, width);
        MemorySegment.copy(line, 0, target, JAVA_DOUBLE, row * Double.BYTES, width);
      }
    }
  }

  /** Selects the columns from {@code from} on, and returns how many. */
  private int setRuns(long from) {
    long end = Math.min(from + BLOCK, reachEnd);
    if (from != runsFrom) {
      runsFrom = from;
      if (byTap) {
        setTapRuns((SlidingAxis) axis, from, end);
      } else {
        setWindowRuns(from, end);
      }
    }
    return (int) (end - from);
  }

  private void setTapRuns(SlidingAxis sliding, long from, long end) {
    runs = (int) sliding.axis().kernel();
    // A longer step leaves one window to a run.
    step = (int) Math.min(sliding.axis().stride(), BLOCK);
    for (int kw = 0; kw < runs; kw++) {
      long first = Math.clamp(sliding.firstOutput(kw, from) - firstWindow, 0, windows);
      long beyond = Math.clamp(sliding.firstOutput(kw, end) - firstWindow, 0, windows);
      runWindow[kw] = (int) first;
      runCount[kw] = (int) (beyond - first);
      // Where no window has this tap here, that of the next may lie far away.
      long start = beyond > first ? sliding.position(firstWindow + first, kw) - from : 0;
      runStart[kw] = (int) start;
    }
  }

  private void setWindowRuns(long from, long end) {
    runs = windows;
    step = (int) Math.min(axis.dilation(), BLOCK);
    for (int i = 0; i < windows; i++) {
      long taps = axis.count(firstWindow + i);
      long corner = axis.first(firstWindow + i);
      long first = Math.clamp(Math.ceilDiv(from - corner, axis.dilation()), 0, taps);
      long beyond = Math.clamp(Math.ceilDiv(end - corner, axis.dilation()), 0, taps);
      runCount[i] = (int) (beyond - first);
      runStart[i] = (int) (corner + first * axis.dilation() - from);
    }
  }

  /** Lays one tap of each window where the window is. */
  private void gather(int run) {
    int first = runWindow[run];
    int count = runCount[run];
    int at = runStart[run];
    if (step == 1) {
      System.arraycopy(columns, at, line, first, count);
      return;
    }
    int stride = step;
    for (int i = first; i < first + count; i++, at += stride) {
      line[i] = columns[at];
    }
  }

  private double maxOf(int start, int count) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, columns[start + i * step]);
    }
    return max;
  }

  private double sumOf(int start, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += columns[start + i * step];
    }
    return sum;
  }

  private static void load(MemorySegment source, long index, double[] target, int count) {
    MemorySegment.copy(source, JAVA_DOUBLE, index * Double.BYTES, target, 0, count);
  }

  // The loops that take the time where windows overlap.

  private static void max(double[] target, double[] source, int from, int to) {
    for (int i = from; i < to; i++) {
      target[i] = Math.max(target[i], source[i]);
    }
  }

  private static void add(double[] target, double[] source, int from, int to) {
    for (int i = from; i < to; i++) {
      target[i] += source[i];
    }
  }
}
