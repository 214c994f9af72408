package io.github.colonnade.internal.conv.direct;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The moves of bands by the Vector API: rows are laid apart and together. Vectors may reach beyond
 * the end of what they move; what they write there is written again, or never read.
 */
final class F64VectorBandCopies {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final VectorShuffle<Double> TWICE = VectorShuffle.fromOp(SPECIES, i -> i / 2);
  private static final VectorShuffle<Double> UPPER_TWICE =
      VectorShuffle.fromOp(SPECIES, i -> (i + LANES) / 2);
  private static final VectorShuffle<Double> EVERY_SECOND =
      VectorShuffle.fromOp(SPECIES, i -> 2 * i % LANES);
  private static final VectorMask<Double> UPPER_HALF =
      VectorMask.fromLong(SPECIES, (-1L >>> (64 - LANES)) & (-1L << (LANES / 2)));
  private static final VectorMask<Double> ODD =
      VectorMask.fromLong(SPECIES, 0xAAAAAAAAAAAAAAAAL & (-1L >>> (64 - LANES)));

  private F64VectorBandCopies() {}

  /**
   * Lays the rows of some planes apart.
   *
   * @param raw holds the rows
   * @param from the first element of the first
   * @param rowStep elements from one row to the next
   * @param step elements from one that is taken to the next
   * @param width elements of a row that are taken
   * @param rows rows of a plane
   * @param pixels receives the rows. Behind a row no more than the zeros are written that belong
   *     there.
   * @param to where the first begins
   * @param pitch elements from there to where the next begins
   * @param planes how many
   * @param rawStep elements from one to the next
   * @param pixelStep the same of those that are written
   */
  static void expand(
      double[] raw,
      int from,
      int rowStep,
      int step,
      int width,
      int rows,
      double[] pixels,
      int to,
      int pitch,
      int planes,
      int rawStep,
      int pixelStep) {
    int source = from;
    int target = to;
    for (int plane = 0; plane < planes; plane++, source += rawStep, target += pixelStep) {
      if (step == 2) {
        pickRows(raw, source, rowStep, width, rows, pixels, target, pitch);
      } else if (step > 2) {
        spreadRows(raw, source, rowStep, step, width, rows, pixels, target, pitch);
      } else if (width < LANES) {
        copyNarrow(raw, source, rowStep, width, rows, pixels, target, pitch);
      } else if (width <= 2 * LANES) {
        copyTwo(raw, source, rowStep, width, rows, pixels, target, pitch);
      } else if (width <= 4 * LANES) {
        copyFour(raw, source, rowStep, width, rows, pixels, target, pitch);
      } else {
        for (int row = 0; row < rows; row++) {
          System.arraycopy(raw, source + row * rowStep, pixels, target + row * pitch, width);
        }
      }
    }
  }

  private static void spreadRows(
      double[] raw,
      int from,
      int rowStep,
      int step,
      int width,
      int rows,
      double[] pixels,
      int to,
      int pitch) {
    for (int row = 0; row < rows; row++) {
      int source = from + row * rowStep;
      int target = to + row * pitch;
      F64TapLoops.pick(raw, source, step, width, pixels, target, width);
    }
  }

  /** Takes every second element of each row. */
  private static void pickRows(
      double[] raw,
      int from,
      int rowStep,
      int width,
      int rows,
      double[] pixels,
      int to,
      int pitch) {
    if (width < LANES) {
      VectorMask<Double> behind = SPECIES.indexInRange(0, width).not();
      DoubleVector zero = DoubleVector.zero(SPECIES);
      for (int row = 0; row < rows; row++) {
        pick(raw, from + row * rowStep).blend(zero, behind).intoArray(pixels, to + row * pitch);
      }
      return;
    }
    int last = width - LANES;
    for (int row = 0; row < rows; row++) {
      int source = from + row * rowStep;
      int target = to + row * pitch;
      for (int i = 0; i < last; i += LANES) {
        pick(raw, source + 2 * i).intoArray(pixels, target + i);
      }
      pick(raw, source + 2 * last).intoArray(pixels, target + last);
    }
  }

  private static DoubleVector pick(double[] raw, int from) {
    DoubleVector lower = DoubleVector.fromArray(SPECIES, raw, from);
    DoubleVector upper = DoubleVector.fromArray(SPECIES, raw, from + LANES);
    return lower.rearrange(EVERY_SECOND).blend(upper.rearrange(EVERY_SECOND), UPPER_HALF);
  }

  private static void copyNarrow(
      double[] raw,
      int from,
      int rowStep,
      int width,
      int rows,
      double[] pixels,
      int to,
      int pitch) {
    VectorMask<Double> behind = SPECIES.indexInRange(0, width).not();
    DoubleVector zero = DoubleVector.zero(SPECIES);
    for (int row = 0; row < rows; row++) {
      DoubleVector.fromArray(SPECIES, raw, from + row * rowStep)
          .blend(zero, behind)
          .intoArray(pixels, to + row * pitch);
    }
  }

  private static void copyTwo(
      double[] raw,
      int from,
      int rowStep,
      int width,
      int rows,
      double[] pixels,
      int to,
      int pitch) {
    int last = width - LANES;
    for (int row = 0; row < rows; row++) {
      int source = from + row * rowStep;
      int target = to + row * pitch;
      DoubleVector.fromArray(SPECIES, raw, source).intoArray(pixels, target);
      DoubleVector.fromArray(SPECIES, raw, source + last).intoArray(pixels, target + last);
    }
  }

  private static void copyFour(
      double[] raw,
      int from,
      int rowStep,
      int width,
      int rows,
      double[] pixels,
      int to,
      int pitch) {
    int last = width - LANES;
    for (int row = 0; row < rows; row++) {
      int source = from + row * rowStep;
      int target = to + row * pitch;
      DoubleVector.fromArray(SPECIES, raw, source).intoArray(pixels, target);
      DoubleVector.fromArray(SPECIES, raw, source + LANES).intoArray(pixels, target + LANES);
      DoubleVector.fromArray(SPECIES, raw, source + last - LANES)
          .intoArray(pixels, target + last - LANES);
      DoubleVector.fromArray(SPECIES, raw, source + last).intoArray(pixels, target + last);
    }
  }

  /**
   * Lays rows together.
   *
   * @param sums holds the rows
   * @param from the first element of the first
   * @param pitch elements from there to the first element of the next
   * @param width elements of a row
   * @param rows rows
   * @param out receives the rows; some elements behind the last are overwritten
   * @param to where the first begins
   */
  static void compact(
      double[] sums, int from, int pitch, int width, int rows, double[] out, int to) {
    if (width <= LANES) {
      for (int row = 0; row < rows; row++) {
        DoubleVector.fromArray(SPECIES, sums, from + row * pitch).intoArray(out, to + row * width);
      }
    } else if (width <= 2 * LANES) {
      for (int row = 0; row < rows; row++) {
        int source = from + row * pitch;
        int target = to + row * width;
        DoubleVector.fromArray(SPECIES, sums, source).intoArray(out, target);
        DoubleVector.fromArray(SPECIES, sums, source + LANES).intoArray(out, target + LANES);
      }
    } else if (width <= 4 * LANES) {
      for (int row = 0; row < rows; row++) {
        int source = from + row * pitch;
        int target = to + row * width;
        DoubleVector.fromArray(SPECIES, sums, source).intoArray(out, target);
        DoubleVector.fromArray(SPECIES, sums, source + LANES).intoArray(out, target + LANES);
        DoubleVector.fromArray(SPECIES, sums, source + 2 * LANES)
            .intoArray(out, target + 2 * LANES);
        DoubleVector.fromArray(SPECIES, sums, source + width - LANES)
            .intoArray(out, target + width - LANES);
      }
    } else {
      for (int row = 0; row < rows; row++) {
        System.arraycopy(sums, from + row * pitch, out, to + row * width, width);
      }
    }
  }

  /**
   * Lays the pixels 0, 2, … and 1, 3, … of a row side by side.
   *
   * @param even holds the former
   * @param fromEven the first of them
   * @param odd holds the latter
   * @param fromOdd the first of them
   * @param width pixels of the row
   * @param out receives the row; some elements behind it are overwritten
   * @param to where it begins
   */
  static void interleaveRow(
      double[] even, int fromEven, double[] odd, int fromOdd, int width, double[] out, int to) {
    for (int i = 0; 2 * i < width; i += LANES) {
      DoubleVector a = DoubleVector.fromArray(SPECIES, even, fromEven + i);
      DoubleVector b = DoubleVector.fromArray(SPECIES, odd, fromOdd + i);
      a.rearrange(TWICE).blend(b.rearrange(TWICE), ODD).intoArray(out, to + 2 * i);
      a.rearrange(UPPER_TWICE)
          .blend(b.rearrange(UPPER_TWICE), ODD)
          .intoArray(out, to + 2 * i + LANES);
    }
  }
}
