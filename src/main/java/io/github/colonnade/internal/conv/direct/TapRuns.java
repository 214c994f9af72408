package io.github.colonnade.internal.conv.direct;

import java.util.Arrays;

/**
 * The taps of each phase as runs of neighbours, which one loop of {@link F64RowLoops} adds.
 *
 * @param offsets where each run begins to read
 * @param run by phases of the targets, the index of each run's offset
 * @param taps the number of each run's taps
 */
@SuppressWarnings("ArrayRecordComponent") // Tables that nobody compares.
record TapRuns(int[] offsets, int[][] run, int[][] taps) {

  /** Finds the runs of taps that add some offsets to a position. */
  static TapRuns of(int[][] offsets) {
    int[][] first = new int[offsets.length][];
    int[][] taps = new int[offsets.length][];
    for (int p = 0; p < offsets.length; p++) {
      int[] each = offsets[p];
      int[] begins = new int[each.length];
      int[] lengths = new int[each.length];
      int count = 0;
      for (int t = 0; t < each.length; t++) {
        if (t == 0 || each[t] != each[t - 1] + 1) {
          begins[count++] = each[t];
        }
        lengths[count - 1]++;
      }
      first[p] = Arrays.copyOf(begins, count);
      taps[p] = Arrays.copyOf(lengths, count);
    }
    int[] distinct =
        Arrays.stream(first).flatMapToInt(Arrays::stream).sorted().distinct().toArray();
    for (int[] each : first) {
      Arrays.setAll(each, i -> Arrays.binarySearch(distinct, each[i]));
    }
    return new TapRuns(distinct, first, taps);
  }
}
