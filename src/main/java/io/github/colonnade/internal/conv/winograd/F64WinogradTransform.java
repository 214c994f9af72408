package io.github.colonnade.internal.conv.winograd;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Portable loops over arrays; the single-precision twin is derived from this file by the build.
 *
 * <p>Loops across rows write one or two of them: longer ones C2 does not vectorise. Loops along a
 * row are scalar, and take tiles apart as they go.
 */
class F64WinogradTransform implements WinogradTransform {
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

  /** From this many tiles on it is faster to copy each row than each tile. */
  private static final int ROW = 16;

  /** Tiles transformed along their rows: those of row i begin at 6·i. */
  double[][] rows = {};

  /** Tiles transformed, or products, by frequency. */
  double[][] values = {};

  /** A row of the image. */
  double[] line = {};

  /** Zeros where all outputs were finite. */
  private double[] watched = {};

  @Override
  public ElementType type() {
    return ElementType.F64;
  }

  @Override
  public void reserve(int count, int width) {
    if (rows.length == 0 || rows[0].length < count) {
      int length = (int) WinogradTransform.whole(type(), count);
      rows = new double[FREQUENCIES][length];
      values = new double[FREQUENCIES][length];
    }
    if (line.length < width) {
      line = new double[(int) WinogradTransform.whole(type(), width)];
      watched = new double[line.length];
    }
  }

  @Override
  public long bytes() {
    return WinogradTransform.bytes(type(), rows.length == 0 ? 0 : rows[0].length, line.length);
  }

  @Override
  public void clear(int from, int to) {
    for (int k = 0; k < FREQUENCIES && from < to; k++) {
      Arrays.fill(rows[k], from, to, 0);
    }
  }

  @Override
  public void loadRow(MemorySegment input, long index, int before, int inside, int after) {
    Arrays.fill(line, 0, before, 0);
    if (inside > 0) {
      MemorySegment.copy(input, JAVA_DOUBLE, index * Double.BYTES, line, before, inside);
    }
    Arrays.fill(line, before + inside, before + inside + after, 0);
  }

  @Override
  public void inputRow(int row, int from, int tap, int step, int at, int count) {
    double[] source = line;
    double[] y0 = rows[6 * row];
    double[] y1 = rows[6 * row + 1];
    double[] y2 = rows[6 * row + 2];
    double[] y3 = rows[6 * row + 3];
    double[] y4 = rows[6 * row + 4];
    double[] y5 = rows[6 * row + 5];
    for (int t = 0; t < count; t++) {
      int p = from + t * step;
      double x0 = source[p];
      double x1 = source[p + tap];
      double x2 = source[p + 2 * tap];
      double x3 = source[p + 3 * tap];
      double x4 = source[p + 4 * tap];
      double x5 = source[p + 5 * tap];
      double even = x4 - B_SQUARED * x2;
      double odd = A * (x3 - B_SQUARED * x1);
      double even2 = x4 - A_SQUARED * x2;
      double odd2 = B * (x3 - A_SQUARED * x1);
      y0[at + t] = PRODUCT * x0 - SUM * x2 + x4;
      y1[at + t] = even + odd;
      y2[at + t] = even - odd;
      y3[at + t] = even2 + odd2;
      y4[at + t] = even2 - odd2;
      y5[at + t] = PRODUCT * x1 - SUM * x3 + x5;
    }
  }

  @Override
  public void repeatRows(int from, int to, int count) {
    for (int k = 0; k < 2 * INPUTS; k++) {
      double[] source = rows[OUTPUTS * INPUTS + k];
      double[] target = rows[k];
      if (count >= ROW) {
        System.arraycopy(source, from, target, to, count);
      } else {
        for (int t = 0; t < count; t++) {
          target[to + t] = source[from + t];
        }
      }
    }
  }

  @Override
  public final void transformInput(int count, MemorySegment target, long index, long stride) {
    for (int k = 0; k < INPUTS; k++) {
      inputColumn(k, count, target, index + k * stride, INPUTS * stride);
    }
  }

  /** Transforms one column of the tiles and stores it, its values {@code step} apart. */
  void inputColumn(int k, int count, MemorySegment target, long index, long step) {
    double[] x1 = rows[6 + k];
    double[] x2 = rows[12 + k];
    double[] x3 = rows[18 + k];
    double[] x4 = rows[24 + k];
    inputEnd(rows[k], x2, x4, values[0], count);
    inputMiddle(x1, x2, x3, x4, values[1], values[2], B_SQUARED, A, count);
    inputMiddle(x1, x2, x3, x4, values[3], values[4], A_SQUARED, B, count);
    inputEnd(x1, x3, rows[30 + k], values[5], count);
    store(INPUTS, count, target, index, step);
  }

  private static void inputEnd(double[] x0, double[] x2, double[] x4, double[] y, int count) {
    for (int t = 0; t < count; t++) {
      y[t] = PRODUCT * x0[t] - SUM * x2[t] + x4[t];
    }
  }

  private static void inputMiddle(
      double[] x1,
      double[] x2,
      double[] x3,
      double[] x4,
      double[] sum,
      double[] difference,
      double squared,
      double factor,
      int count) {
    for (int t = 0; t < count; t++) {
      double even = x4[t] - squared * x2[t];
      double odd = factor * (x3[t] - squared * x1[t]);
      sum[t] = even + odd;
      difference[t] = even - odd;
    }
  }

  @Override
  public void gradientRow(int row, int from, int tap, int step, int at, int count) {
    double[] source = line;
    double[] y0 = rows[6 * row];
    double[] y1 = rows[6 * row + 1];
    double[] y2 = rows[6 * row + 2];
    double[] y3 = rows[6 * row + 3];
    double[] y4 = rows[6 * row + 4];
    double[] y5 = rows[6 * row + 5];
    for (int t = 0; t < count; t++) {
      int p = from + t * step;
      double x0 = source[p];
      double x1 = source[p + tap];
      double x2 = source[p + 2 * tap];
      double x3 = source[p + 3 * tap];
      double even = x0 + A_SQUARED * x2;
      double odd = A * (x1 + A_SQUARED * x3);
      double even2 = x0 + B_SQUARED * x2;
      double odd2 = B * (x1 + B_SQUARED * x3);
      y0[at + t] = x0;
      y1[at + t] = even + odd;
      y2[at + t] = even - odd;
      y3[at + t] = even2 + odd2;
      y4[at + t] = even2 - odd2;
      y5[at + t] = x3;
    }
  }

  @Override
  public final void transformGradient(int count, MemorySegment target, long index, long stride) {
    for (int k = 0; k < INPUTS; k++) {
      gradientColumn(k, count, target, index + k * stride, INPUTS * stride);
    }
  }

  /** Transforms one column of the gradients and stores it, its values {@code step} apart. */
  void gradientColumn(int k, int count, MemorySegment target, long index, long step) {
    double[] x0 = rows[k];
    double[] x1 = rows[6 + k];
    double[] x2 = rows[12 + k];
    double[] x3 = rows[18 + k];
    System.arraycopy(x0, 0, values[0], 0, count);
    gradientMiddle(x0, x1, x2, x3, values[1], values[2], A_SQUARED, A, count);
    gradientMiddle(x0, x1, x2, x3, values[3], values[4], B_SQUARED, B, count);
    System.arraycopy(x3, 0, values[5], 0, count);
    store(INPUTS, count, target, index, step);
  }

  private static void gradientMiddle(
      double[] x0,
      double[] x1,
      double[] x2,
      double[] x3,
      double[] sum,
      double[] difference,
      double squared,
      double factor,
      int count) {
    for (int t = 0; t < count; t++) {
      double even = x0[t] + squared * x2[t];
      double odd = factor * (x1[t] + squared * x3[t]);
      sum[t] = even + odd;
      difference[t] = even - odd;
    }
  }

  private void store(int columns, int count, MemorySegment target, long index, long step) {
    for (int i = 0; i < columns; i++) {
      MemorySegment.copy(
          values[i], 0, target, JAVA_DOUBLE, (index + i * step) * Double.BYTES, count);
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

  @Override
  public final void transformOutput(MemorySegment source, long index, long stride, int count) {
    for (int k = 0; k < INPUTS; k++) {
      outputColumn(k, count, source, index + k * stride, INPUTS * stride);
    }
  }

  /** Loads one column of the products, its values {@code step} apart, and transforms it. */
  void outputColumn(int k, int count, MemorySegment source, long index, long step) {
    for (int i = 0; i < INPUTS; i++) {
      MemorySegment.copy(
          source, JAVA_DOUBLE, (index + i * step) * Double.BYTES, values[i], 0, count);
    }
    double[] x1 = values[1];
    double[] x2 = values[2];
    double[] x3 = values[3];
    double[] x4 = values[4];
    outputEven(values[0], x1, x2, x3, x4, rows[k], rows[12 + k], count);
    outputOdd(x1, x2, x3, x4, values[5], rows[6 + k], rows[18 + k], count);
  }

  private static void outputEven(
      double[] x0,
      double[] x1,
      double[] x2,
      double[] x3,
      double[] x4,
      double[] y0,
      double[] y2,
      int count) {
    for (int t = 0; t < count; t++) {
      double one = x1[t] + x2[t];
      double two = x3[t] + x4[t];
      y0[t] = x0[t] + one + two;
      y2[t] = A_SQUARED * one + B_SQUARED * two;
    }
  }

  private static void outputOdd(
      double[] x1,
      double[] x2,
      double[] x3,
      double[] x4,
      double[] x5,
      double[] y1,
      double[] y3,
      int count) {
    for (int t = 0; t < count; t++) {
      double one = x1[t] - x2[t];
      double two = x3[t] - x4[t];
      y1[t] = A * one + B * two;
      y3[t] = A_CUBED * one + B_CUBED * two + x5[t];
    }
  }

  @Override
  public void outputRow(
      int row,
      int at,
      int count,
      MemorySegment bias,
      long channel,
      Epilogue epilogue,
      int valid,
      MemorySegment output,
      long index,
      long step) {
    double start = bias == null ? 0 : bias.getAtIndex(JAVA_DOUBLE, channel);
    outputLine(row, at, count, start);
    watch(line, watched, valid);
    if (epilogue == Epilogue.RELU) {
      rectify(line, valid);
    }
    if (step == 1) {
      MemorySegment.copy(line, 0, output, JAVA_DOUBLE, index * Double.BYTES, valid);
    } else {
      for (int i = 0; i < valid; i++) {
        output.setAtIndex(JAVA_DOUBLE, index + i * step, line[i]);
      }
    }
  }

  /** Transforms tiles along one of their rows into the row of the image. */
  void outputLine(int row, int at, int count, double bias) {
    double[] x0 = rows[6 * row];
    double[] x1 = rows[6 * row + 1];
    double[] x2 = rows[6 * row + 2];
    double[] x3 = rows[6 * row + 3];
    double[] x4 = rows[6 * row + 4];
    double[] x5 = rows[6 * row + 5];
    double[] y = line;
    for (int t = 0; t < count; t++) {
      double one = x1[at + t] + x2[at + t];
      double two = x3[at + t] + x4[at + t];
      double three = x1[at + t] - x2[at + t];
      double four = x3[at + t] - x4[at + t];
      y[4 * t] = x0[at + t] + one + two + bias;
      y[4 * t + 1] = A * three + B * four + bias;
      y[4 * t + 2] = A_SQUARED * one + B_SQUARED * two + bias;
      y[4 * t + 3] = A_CUBED * three + B_CUBED * four + x5[at + t] + bias;
    }
  }

  private static void rectify(double[] y, int count) {
    for (int i = 0; i < count; i++) {
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
