package io.github.colonnade.internal.conv.direct;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The taps that write one phase of the targets.
 *
 * @param row index of the rows' phase
 * @param column index of the columns' phase
 * @param steps the taps, by the rows that they shift by, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // Tables that nobody compares.
record TapPhase(int row, int column, Step[] steps) {

  /**
   * Taps that shift by as many rows, in each row of the kernel by the columns that they shift by.
   *
   * @param rows how many
   * @param kernel indices in the kernel's plane
   * @param planes the source array that each tap reads, for every source channel held at once
   */
  record Step(int rows, int[] kernel, int[] planes) {}

  /** Returns the taps of one source channel. */
  int taps() {
    int taps = 0;
    for (Step step : steps) {
      taps += step.kernel.length;
    }
    return taps;
  }

  /** Returns the rows that the last taps shift by. */
  int lastRow() {
    return steps[steps.length - 1].rows;
  }

  /** Returns the phases of the targets, row by row. */
  static TapPhase[] of(TapCut cut) {
    int columns = cut.horizontal().target().phases().length;
    TapPhase[] phases = new TapPhase[Math.toIntExact(cut.phases())];
    for (int i = 0; i < phases.length; i++) {
      phases[i] = of(cut, i / columns, i % columns);
    }
    return phases;
  }

  private static TapPhase of(TapCut cut, int row, int column) {
    TapAxis vertical = cut.vertical();
    long[] shifts = new long[vertical.taps()];
    for (int kh = 0; kh < shifts.length; kh++) {
      shifts[kh] = vertical.shift(kh);
    }
    List<Step> steps = new ArrayList<>();
    for (long shift : Arrays.stream(shifts).sorted().distinct().toArray()) {
      Step step = step(cut, row, column, shift);
      if (step.kernel.length > 0) {
        steps.add(step);
      }
    }
    return new TapPhase(row, column, steps.toArray(Step[]::new));
  }

  private static Step step(TapCut cut, int row, int column, long shift) {
    TapAxis vertical = cut.vertical();
    TapAxis horizontal = cut.horizontal();
    int views = horizontal.views().length;
    int count = 0;
    int[] kernel = new int[Math.toIntExact(cut.taps())];
    int[] plane = new int[kernel.length];
    int last = horizontal.taps() - 1;
    boolean descending = horizontal.shift(0) > horizontal.shift(last);
    for (int kh = 0; kh < vertical.taps(); kh++) {
      for (int i = 0; i <= last; i++) {
        int kw = descending ? last - i : i;
        if (vertical.targetPhase(kh) == row
            && vertical.shift(kh) == shift
            && horizontal.targetPhase(kw) == column) {
          kernel[count] = kh * horizontal.taps() + kw;
          plane[count] = vertical.sourcePhase(kh) * views + horizontal.view(kw);
          count++;
        }
      }
    }
    int[] planes = new int[Math.toIntExact(count * cut.sources())];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = Math.toIntExact(i / count * cut.planes()) + plane[i % count];
    }
    return new Step(Math.toIntExact(shift), Arrays.copyOf(kernel, count), planes);
  }
}
