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
    for (int phase = 0; phase < side.phases().length; phase++) {
      long inside = side.firstInside(first, beyond, phase);
      count[phase] = (int) (side.firstBeyond(inside, beyond, phase) - inside);
      firstInside[phase] = inside - first;
      firstPixel[phase] = count[phase] == 0 ? 0 : side.pixel(inside, phase);
    }
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
      loadRows(image, plane, step, phase, height);
      view((channel * phases + phase) * cut.horizontal().views().length, region.images() * height);
    }
  }

  /** Loads the rows of one phase, zeros where they are outside. */
  private void loadRows(MemorySegment image, long plane, long step, int rowPhase, int height) {
    TapAxis.Side rows = cut.vertical().source();
    TapAxis.Side side = cut.horizontal().source();
    long first = region.firstRow();
    long inside = rows.firstInside(first, first + height, rowPhase);
    int number = (int) (rows.firstBeyond(inside, first + height, rowPhase) - inside);
    int above = (int) (inside - first) * pitch;
    long row = number == 0 ? 0 : plane + rows.pixel(inside, rowPhase) * side.size();
    long next = rows.stride() * side.size();
    for (int phase = 0; phase < side.phases().length; phase++) {
      double[] line = pixels[phase];
      int length = count[phase] == 0 ? 0 : number * pitch;
      boolean whole = count[phase] == side.size() && count[phase] == pitch && rows.stride() == 1;
      for (int i = 0; i < region.images(); i++) {
        int to = i * height * pitch;
        long from = row + i * step + firstPixel[phase];
        Arrays.fill(line, to, to + above, 0);
        Arrays.fill(line, to + above + length, to + height * pitch, 0);
        if (whole) {
          MemorySegment.copy(image, JAVA_DOUBLE, from * Double.BYTES, line, to + above, length);
        } else {
          loadEach(image, from, next, side.stride(), line, to + above, length, count[phase]);
        }
      }
    }
  }

  /** Loads rows one by one, with zeros behind each. */
  private void loadEach(
      MemorySegment image,
      long first,
      long next,
      long stride,
      double[] line,
      int to,
      int length,
      int width) {
    long from = first;
    for (int at = to; at < to + length; at += pitch, from += next) {
      gather(image, from, stride, line, at, width);
      for (int i = at + width; i < at + pitch; i++) {
        line[i] = 0;
      }
    }
  }

  private static void gather(
      MemorySegment image, long from, long stride, double[] line, int to, int count) {
    long at = from * Double.BYTES;
    if (stride == 1) {
      MemorySegment.copy(image, JAVA_DOUBLE, at, line, to, count);
      return;
    }
    for (int i = 0; i < count; i++, at += stride * Double.BYTES) {
      line[to + i] = image.get(JAVA_DOUBLE, at);
    }
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
