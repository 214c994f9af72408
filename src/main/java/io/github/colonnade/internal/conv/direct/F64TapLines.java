package io.github.colonnade.internal.conv.direct;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.lowering.F64ShiftedLines;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The source rows of a band on the heap: an array for each phase of the rows and each way that taps
 * view the columns, row below row. The single-precision twin is derived from this file by the
 * build.
 */
final class F64TapLines {
  private double[][] planes = {};

  /** The rows that are viewed, an array for each phase of the columns. */
  private double[][] pixels = {};

  private long[] firstPixel = {};
  private long[] firstInside = {};
  private int[] count = {};

  /** The first pixel of a row that any phase holds, and how many there are up to the last. */
  private long firstHeld;

  private int held;
  private TapCut cut;
  private TapCut.Region region;
  private int pitch;

  /** Takes some arrays, those that there are where they are long enough. */
  static double[][] reserve(double[][] arrays, int count, int elements) {
    double[][] kept = arrays.length < count ? Arrays.copyOf(arrays, count) : arrays;
    for (int i = 0; i < count; i++) {
      if (kept[i] == null || kept[i].length < elements) {
        kept[i] = new double[elements];
      }
    }
    return kept;
  }

  /** Returns the elements of some arrays. */
  static long elements(double[][] arrays) {
    long elements = 0;
    for (double[] array : arrays) {
      elements += array == null ? 0 : array.length;
    }
    return elements;
  }

  /** Returns the bytes of all arrays. */
  long bytes() {
    return (elements(planes) + elements(pixels)) * Double.BYTES;
  }

  /**
   * Takes what a tile needs.
   *
   * @param howCut sizes
   * @param channels source channels
   * @param elements elements of an array
   */
  void begin(TapCut howCut, int channels, int elements) {
    cut = howCut;
    pitch = (int) cut.pitch();
    planes = reserve(planes, channels * (int) cut.planes(), elements);
    int phases = cut.horizontal().source().phases().length;
    pixels = reserve(pixels, phases, elements);
    if (count.length < phases) {
      firstPixel = new long[phases];
      firstInside = new long[phases];
      count = new int[phases];
    }
  }

  /** Begins to hold what a region reads. */
  void move(TapCut.Region where) {
    region = where;
    TapAxis.Side side = cut.horizontal().source();
    long first = region.firstColumn();
    long beyond = first + region.columns() + cut.horizontal().reach();
    firstHeld = side.size();
    long end = 0;
    for (int phase = 0; phase < side.phases().length; phase++) {
      long inside = side.firstInside(first, beyond, phase);
      count[phase] = (int) (side.firstBeyond(inside, beyond, phase) - inside);
      firstInside[phase] = inside - first;
      firstPixel[phase] = count[phase] == 0 ? 0 : side.pixel(inside, phase);
      if (count[phase] > 0) {
        firstHeld = Math.min(firstHeld, firstPixel[phase]);
        end = Math.max(end, firstPixel[phase] + (count[phase] - 1) * side.stride() + 1);
      }
    }
    held = (int) Math.max(0, end - firstHeld);
  }

  /** Keeps nothing of the call. */
  void end() {
    cut = null;
    region = null;
  }

  /** Returns the arrays: of each channel, phase by phase of the rows, as each view has them. */
  double[][] planes() {
    return planes;
  }

  /**
   * Loads what a region reads of one source channel, its images one below the other.
   *
   * @param image holds the planes
   * @param plane first element of the channel's plane in the first image
   * @param step elements from there to the same in the next image
   * @param channel index of the channel's arrays
   */
  void load(MemorySegment image, long plane, long step, int channel) {
    int height = region.rows() + (int) cut.vertical().reach();
    int phases = cut.vertical().source().phases().length;
    for (int phase = 0; phase < phases; phase++) {
      int view = (channel * phases + phase) * cut.horizontal().views().length;
      loadRows(image, plane, step, phase, height, planes[view]);
      view(view, region.images() * height);
    }
  }

  /** Loads the rows of one phase, zeros where they are outside; the spare array is overwritten. */
  private void loadRows(
      MemorySegment image, long plane, long step, int rowPhase, int height, double[] spare) {
    TapAxis.Side rows = cut.vertical().source();
    TapAxis.Side side = cut.horizontal().source();
    long first = region.firstRow();
    long inside = rows.firstInside(first, first + height, rowPhase);
    int number = (int) (rows.firstBeyond(inside, first + height, rowPhase) - inside);
    int above = (int) (inside - first) * pitch;
    long row = number == 0 ? 0 : plane + rows.pixel(inside, rowPhase) * side.size();
    long next = rows.stride() * side.size();
    for (int i = 0; i < region.images(); i++) {
      int to = i * height * pitch;
      for (int phase = 0; phase < side.phases().length; phase++) {
        int length = count[phase] == 0 ? 0 : number * pitch;
        Arrays.fill(pixels[phase], to, to + above, 0);
        Arrays.fill(pixels[phase], to + above + length, to + height * pitch, 0);
      }
      if (side.stride() == 1) {
        copyRows(image, row + i * step, next, to + above, number);
      } else {
        pickRows(image, row + i * step, next, to + above, number, spare);
      }
    }
  }

  /** Loads rows of all columns, with zeros behind each. */
  private void copyRows(MemorySegment image, long row, long next, int to, int number) {
    long at = (row + firstPixel[0]) * Double.BYTES;
    int width = count[0];
    double[] line = pixels[0];
    if (width == pitch && width == next) {
      MemorySegment.copy(image, JAVA_DOUBLE, at, line, to, number * pitch);
      return;
    }
    int end = width == 0 ? to : to + number * pitch;
    for (int from = to; from < end; from += pitch, at += next * Double.BYTES) {
      MemorySegment.copy(image, JAVA_DOUBLE, at, line, from, width);
      for (int i = from + width; i < from + pitch; i++) {
        line[i] = 0;
      }
    }
  }

  /** Loads rows phase by phase of the columns, as many at once as a spare array holds. */
  private void pickRows(
      MemorySegment image, long row, long next, int to, int number, double[] spare) {
    if (held == 0) {
      return;
    }
    long stride = cut.horizontal().source().stride();
    int phases = cut.horizontal().source().phases().length;
    int atOnce = spare.length < held ? 0 : 1 + (int) ((spare.length - held) / next);
    for (int done = 0; done < number; ) {
      int some = Math.clamp(atOnce, 1, number - done);
      long from = row + done * next + firstHeld;
      if (atOnce > 0) {
        int elements = (int) ((some - 1) * next) + held;
        MemorySegment.copy(image, JAVA_DOUBLE, from * Double.BYTES, spare, 0, elements);
      }
      for (int phase = 0; phase < phases; phase++) {
        int at = to + done * pitch;
        long first = firstPixel[phase] - firstHeld;
        for (int i = 0; i < some && count[phase] > 0; i++, at += pitch, first += next) {
          if (atOnce > 0) {
            F64TapLoops.pick(
                spare, (int) first, (int) stride, count[phase], pixels[phase], at, pitch);
          } else {
            pick(image, from + first, stride, count[phase], pixels[phase], at);
          }
        }
      }
      done += some;
    }
  }

  /** As {@link F64TapLoops#pick}, one by one from memory. */
  private void pick(MemorySegment image, long from, long stride, int width, double[] line, int to) {
    long at = from * Double.BYTES;
    for (int i = 0; i < width; i++, at += stride * Double.BYTES) {
      line[to + i] = image.get(JAVA_DOUBLE, at);
    }
    Arrays.fill(line, to + width, to + pitch, 0);
  }

  /** Shifts the rows for each view, with zeros behind the columns of the region. */
  private void view(int first, int height) {
    TapAxis.View[] views = cut.horizontal().views();
    for (int v = 0; v < views.length; v++) {
      int phase = views[v].phase();
      long right = views[v].shift() - firstInside[phase];
      if (right != 0) {
        F64ShiftedLines.shift(pixels[phase], right, planes[first + v], height, pitch);
      }
    }
    for (int v = 0; v < views.length; v++) {
      int phase = views[v].phase();
      if (views[v].shift() == firstInside[phase]) {
        // Nobody else views them: what is not shifted need not be copied.
        double[] viewed = pixels[phase];
        pixels[phase] = planes[first + v];
        planes[first + v] = viewed;
      }
    }
    for (int v = 0; v < views.length && region.columns() < pitch; v++) {
      zeroBehind(planes[first + v], height * pitch);
    }
  }

  private void zeroBehind(double[] line, int length) {
    for (int column = region.columns(); column < pitch; column++) {
      for (int i = column; i < length; i += pitch) {
        line[i] = 0;
      }
    }
  }
}
