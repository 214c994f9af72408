package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.memory.FreeList;
import java.util.Arrays;

/**
 * The arrays in which one thread walks the lines of a channel. The single-precision twin is derived
 * from this file by the build.
 */
final class F64LineArrays {
  private static final FreeList<F64LineArrays> FREE =
      new FreeList<>(F64LineArrays::new, F64LineArrays::bytes);

  /** The lines, image by image. */
  double[] lines = {};

  /** What one column of the kernel reads of each line. */
  double[] view = {};

  /** Columns on their way to where they are added. */
  double[] spare = {};

  /** The lines split into phases, as rows of a view each. */
  double[][] phases = {};

  private F64LineArrays() {}

  /** Returns arrays that no other thread uses. */
  static F64LineArrays take() {
    return FREE.take();
  }

  /** Takes them back. */
  void give() {
    FREE.give(this);
  }

  private long bytes() {
    long elements = 1L + lines.length + view.length + spare.length;
    for (double[] phase : phases) {
      elements += phase.length;
    }
    return elements * Double.BYTES;
  }

  /** Makes room for some elements in each array. */
  void reserve(int forLines, int forView, int forSpare) {
    lines = atLeast(lines, forLines);
    view = atLeast(view, forView);
    spare = atLeast(spare, forSpare);
  }

  /** Makes room for so many phases of some elements. */
  void reservePhases(int count, int elements) {
    if (phases.length < count) {
      int before = phases.length;
      phases = Arrays.copyOf(phases, count);
      Arrays.fill(phases, before, count, new double[0]);
    }
    for (int phase = 0; phase < count; phase++) {
      phases[phase] = atLeast(phases[phase], elements);
    }
  }

  private static double[] atLeast(double[] array, int elements) {
    return array.length < elements ? new double[elements] : array;
  }
}
