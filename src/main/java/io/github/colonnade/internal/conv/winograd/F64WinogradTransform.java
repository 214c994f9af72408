package io.github.colonnade.internal.conv.winograd;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Portable loops over arrays; the single-precision twin is derived from this file by the build.
 *
 * <p>Offsets that are constant let C2 vectorise a loop that reads and writes several rows of one
 * array. Such loops are run over all lanes, used or not.
 */
class F64WinogradTransform implements WinogradTransform {
  /** Tiles that are transformed at once: few enough to stay in the first-level cache. */
  static final int LANES = LANE_BYTES / Double.BYTES;

  /** From a row of the tiles to the next; from a column to the next are as many as lanes. */
  static final int ROW = INPUTS * LANES;

  private static final double ONE = 1;

  /** The positive points, their powers, and the sum and the product of their squares. */
  static final double A = 3 * ONE / 4;

  static final double B = 3 * ONE / 2;
  static final double A_SQUARED = A * A;
  static final double B_SQUARED = B * B;
  static final double A_CUBED = A * A_SQUARED;
  static final double B_CUBED = B * B_SQUARED;
  static final double SUM = A_SQUARED + B_SQUARED;
  static final double PRODUCT = A_SQUARED * B_SQUARED;

  /** Rows of so many pixels are loaded and stored each by itself, shorter ones all at once. */
  private static final int LONG_ROW = 48;

  /** The tiles, element by element, or value by value. */
  final double[] tiles = new double[INPUTS * ROW];

  /** The pixels of channels that tiles are taken from, or are put to. */
  private double[] pixels = {};

  /** Rows of the image as they lie there. */
  private double[] plane = {};

  /** Zeros where all outputs were finite. */
  private final double[] watched = new double[WATCHED];

  @Override
  public ElementType type() {
    return ElementType.F64;
  }

  @Override
  public void reserve(int channels, int count) {
    if (pixels.length < channels * count) {
      pixels = new double[(int) WinogradTransform.whole(type(), (long) channels * count)];
    }
    if (plane.length < count) {
      plane = new double[(int) WinogradTransform.whole(type(), count)];
    }
  }

  @Override
  public long bytes() {
    return WinogradTransform.bytes(type(), pixels.length, plane.length);
  }

  @Override
  public void clear(int count) {
    Arrays.fill(pixels, 0, count, 0);
    Arrays.fill(tiles, 0);
  }

  @Override
  public void load(
      MemorySegment source,
      long index,
      long rowStep,
      long step,
      int count,
      int width,
      int place,
      int pitch) {
    if (step == 1 && rowStep == width && width < LONG_ROW) {
      int all = count * width;
      MemorySegment.copy(source, JAVA_DOUBLE, index * Double.BYTES, plane, 0, all);
      for (int row = 0; row < count; row++) {
        System.arraycopy(plane, row * width, pixels, place + row * pitch, width);
      }
      return;
    }
    for (int row = 0; row < count; row++) {
      long from = index + row * rowStep;
      int to = place + row * pitch;
      if (step == 1) {
        MemorySegment.copy(source, JAVA_DOUBLE, from * Double.BYTES, pixels, to, width);
      } else {
        for (int i = 0; i < width; i++) {
          pixels[to + i] = source.getAtIndex(JAVA_DOUBLE, from + i * step);
        }
      }
    }
  }

  @Override
  public void store(
      MemorySegment target,
      long index,
      long rowStep,
      long step,
      int count,
      int width,
      int place,
      int pitch) {
    if (step == 1 && rowStep == width && width < LONG_ROW) {
      for (int row = 0; row < count; row++) {
        System.arraycopy(pixels, place + row * pitch, plane, row * width, width);
      }
      int all = count * width;
      MemorySegment.copy(plane, 0, target, JAVA_DOUBLE, index * Double.BYTES, all);
      return;
    }
    for (int row = 0; row < count; row++) {
      int from = place + row * pitch;
      long to = index + row * rowStep;
      if (step == 1) {
        MemorySegment.copy(pixels, from, target, JAVA_DOUBLE, to * Double.BYTES, width);
      } else {
        for (int i = 0; i < width; i++) {
          target.setAtIndex(JAVA_DOUBLE, to + i * step, pixels[from + i]);
        }
      }
    }
  }

  @Override
  public void takeInputs(int row, int[] places, int first, int offset, int lane, int count) {
    double[] x = pixels;
    double[] y = tiles;
    int to = row * ROW + lane;
    for (int t = 0; t < count; t++) {
      int p = places[first + t] + offset;
      y[to + t] = x[p];
      y[to + t + LANES] = x[p + 1];
      y[to + t + 2 * LANES] = x[p + 2];
      y[to + t + 3 * LANES] = x[p + 3];
      y[to + t + 4 * LANES] = x[p + 4];
      y[to + t + 5 * LANES] = x[p + 5];
    }
  }

  @Override
  public void takeGradients(int row, int[] places, int first, int offset, int lane, int count) {
    double[] x = pixels;
    double[] y = tiles;
    int to = row * ROW + lane;
    for (int t = 0; t < count; t++) {
      int p = places[first + t] + offset;
      y[to + t] = x[p];
      y[to + t + LANES] = x[p + 1];
      y[to + t + 2 * LANES] = x[p + 2];
      y[to + t + 3 * LANES] = x[p + 3];
    }
  }

  @Override
  public final void transformInput(int lanes, MemorySegment target, long index, long stride) {
    for (int row = 0; row < INPUTS; row++) {
      inputRow(tiles, row * ROW);
    }
    inputColumns(lanes, target, index, stride);
  }

  private static void inputRow(double[] x, int from) {
    for (int i = from; i < from + LANES; i++) {
      double x1 = x[i + LANES];
      double x2 = x[i + 2 * LANES];
      double x3 = x[i + 3 * LANES];
      double x4 = x[i + 4 * LANES];
      double even = Math.fma(-B_SQUARED, x2, x4);
      double odd = Math.fma(-B_SQUARED, x1, x3);
      double even2 = Math.fma(-A_SQUARED, x2, x4);
      double odd2 = Math.fma(-A_SQUARED, x1, x3);
      x[i] = inputEnd(x[i], x2, x4);
      x[i + LANES] = Math.fma(A, odd, even);
      x[i + 2 * LANES] = Math.fma(-A, odd, even);
      x[i + 3 * LANES] = Math.fma(B, odd2, even2);
      x[i + 4 * LANES] = Math.fma(-B, odd2, even2);
      x[i + 5 * LANES] = inputEnd(x1, x3, x[i + 5 * LANES]);
    }
  }

  /** Returns the value at the point 0, or at ∞, of every other element. */
  private static double inputEnd(double x0, double x2, double x4) {
    return Math.fma(PRODUCT, x0, Math.fma(-SUM, x2, x4));
  }

  /** Transforms the tiles' columns and stores the values. */
  void inputColumns(int lanes, MemorySegment target, long index, long stride) {
    inputColumns(tiles);
    store(lanes, target, index, stride);
  }

  private static void inputColumns(double[] x) {
    for (int i = 0; i < ROW; i++) {
      double x1 = x[i + ROW];
      double x2 = x[i + 2 * ROW];
      double x3 = x[i + 3 * ROW];
      double x4 = x[i + 4 * ROW];
      double even = Math.fma(-B_SQUARED, x2, x4);
      double odd = Math.fma(-B_SQUARED, x1, x3);
      double even2 = Math.fma(-A_SQUARED, x2, x4);
      double odd2 = Math.fma(-A_SQUARED, x1, x3);
      x[i] = inputEnd(x[i], x2, x4);
      x[i + ROW] = Math.fma(A, odd, even);
      x[i + 2 * ROW] = Math.fma(-A, odd, even);
      x[i + 3 * ROW] = Math.fma(B, odd2, even2);
      x[i + 4 * ROW] = Math.fma(-B, odd2, even2);
      x[i + 5 * ROW] = inputEnd(x1, x3, x[i + 5 * ROW]);
    }
  }

  @Override
  public final void transformGradient(int lanes, MemorySegment target, long index, long stride) {
    for (int row = 0; row < OUTPUTS; row++) {
      gradientRow(tiles, row * ROW);
    }
    gradientColumns(lanes, target, index, stride);
  }

  private static void gradientRow(double[] x, int from) {
    for (int i = from; i < from + LANES; i++) {
      double x0 = x[i];
      double x1 = x[i + LANES];
      double x2 = x[i + 2 * LANES];
      double x3 = x[i + 3 * LANES];
      double even = Math.fma(A_SQUARED, x2, x0);
      double odd = Math.fma(A_SQUARED, x3, x1);
      double even2 = Math.fma(B_SQUARED, x2, x0);
      double odd2 = Math.fma(B_SQUARED, x3, x1);
      x[i + LANES] = Math.fma(A, odd, even);
      x[i + 2 * LANES] = Math.fma(-A, odd, even);
      x[i + 3 * LANES] = Math.fma(B, odd2, even2);
      x[i + 4 * LANES] = Math.fma(-B, odd2, even2);
      x[i + 5 * LANES] = x3;
    }
  }

  /** Transforms the gradients' columns and stores the values. */
  void gradientColumns(int lanes, MemorySegment target, long index, long stride) {
    gradientColumns(tiles);
    store(lanes, target, index, stride);
  }

  private static void gradientColumns(double[] x) {
    for (int i = 0; i < ROW; i++) {
      double x0 = x[i];
      double x1 = x[i + ROW];
      double x2 = x[i + 2 * ROW];
      double x3 = x[i + 3 * ROW];
      double even = Math.fma(A_SQUARED, x2, x0);
      double odd = Math.fma(A_SQUARED, x3, x1);
      double even2 = Math.fma(B_SQUARED, x2, x0);
      double odd2 = Math.fma(B_SQUARED, x3, x1);
      x[i + ROW] = Math.fma(A, odd, even);
      x[i + 2 * ROW] = Math.fma(-A, odd, even);
      x[i + 3 * ROW] = Math.fma(B, odd2, even2);
      x[i + 4 * ROW] = Math.fma(-B, odd2, even2);
      x[i + 5 * ROW] = x3;
    }
  }

  private void store(int lanes, MemorySegment target, long index, long stride) {
    for (int f = 0; f < FREQUENCIES; f++) {
      long to = (index + f * stride) * Double.BYTES;
      MemorySegment.copy(tiles, f * LANES, target, JAVA_DOUBLE, to, lanes);
    }
  }

  @Override
  public final void transformOutput(MemorySegment source, long index, long stride, int lanes) {
    outputColumns(source, index, stride, lanes);
    for (int row = 0; row < OUTPUTS; row++) {
      outputRow(tiles, row * ROW);
    }
  }

  /** Loads products and transforms their columns. */
  void outputColumns(MemorySegment source, long index, long stride, int lanes) {
    for (int f = 0; f < FREQUENCIES; f++) {
      long from = (index + f * stride) * Double.BYTES;
      MemorySegment.copy(source, JAVA_DOUBLE, from, tiles, f * LANES, lanes);
    }
    outputColumns(tiles);
  }

  private static void outputColumns(double[] x) {
    for (int i = 0; i < ROW; i++) {
      double x1 = x[i + ROW];
      double x2 = x[i + 2 * ROW];
      double x3 = x[i + 3 * ROW];
      double x4 = x[i + 4 * ROW];
      double one = x1 + x2;
      double two = x3 + x4;
      double three = x1 - x2;
      double four = x3 - x4;
      x[i] = x[i] + one + two;
      x[i + ROW] = secondOutput(three, four);
      x[i + 2 * ROW] = thirdOutput(one, two);
      x[i + 3 * ROW] = lastOutput(three, four, x[i + 5 * ROW]);
    }
  }

  private static void outputRow(double[] x, int from) {
    for (int i = from; i < from + LANES; i++) {
      double x1 = x[i + LANES];
      double x2 = x[i + 2 * LANES];
      double x3 = x[i + 3 * LANES];
      double x4 = x[i + 4 * LANES];
      double one = x1 + x2;
      double two = x3 + x4;
      double three = x1 - x2;
      double four = x3 - x4;
      x[i] = x[i] + one + two;
      x[i + LANES] = secondOutput(three, four);
      x[i + 2 * LANES] = thirdOutput(one, two);
      x[i + 3 * LANES] = lastOutput(three, four, x[i + 5 * LANES]);
    }
  }

  private static double secondOutput(double three, double four) {
    return Math.fma(B, four, A * three);
  }

  private static double thirdOutput(double one, double two) {
    return Math.fma(B_SQUARED, two, A_SQUARED * one);
  }

  private static double lastOutput(double three, double four, double x5) {
    return Math.fma(B_CUBED, four, Math.fma(A_CUBED, three, x5));
  }

  @Override
  public void putOutputs(
      int row,
      int[] places,
      int first,
      int offset,
      int lane,
      int count,
      MemorySegment bias,
      long channel) {
    double[] x = tiles;
    double[] y = pixels;
    double start = bias == null ? 0 : bias.getAtIndex(JAVA_DOUBLE, channel);
    int from = row * ROW + lane;
    for (int t = 0; t < count; t++) {
      int p = places[first + t] + offset;
      y[p] = x[from + t] + start;
      y[p + 1] = x[from + t + LANES] + start;
      y[p + 2] = x[from + t + 2 * LANES] + start;
      y[p + 3] = x[from + t + 3 * LANES] + start;
    }
  }

  @Override
  public void finishOutputs(int from, int count, Epilogue epilogue) {
    for (int done = 0; done < count; done += WATCHED) {
      int some = Math.min(WATCHED, count - done);
      // At the same index as the others, for C2 to vectorise what follows.
      System.arraycopy(pixels, from + done, plane, 0, some);
      watch(plane, watched, some);
    }
    if (epilogue == Epilogue.RELU) {
      rectify(pixels, from, count);
    }
  }

  @Override
  public final void beginOutputs() {
    Arrays.fill(watched, 0);
  }

  @Override
  public final boolean outputsAreFinite() {
    double sum = 0;
    for (double value : watched) {
      sum += value;
    }
    return sum == 0;
  }

  private static void rectify(double[] y, int from, int count) {
    for (int i = from; i < from + count; i++) {
      y[i] = Epilogue.RELU.apply(y[i]);
    }
  }

  private static void watch(double[] y, double[] watched, int count) {
    for (int i = 0; i < count; i++) {
      // Zero times what is not finite is NaN.
      watched[i] += 0 * y[i];
    }
  }
}
