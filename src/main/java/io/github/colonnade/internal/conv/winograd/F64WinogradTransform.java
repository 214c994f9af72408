package io.github.colonnade.internal.conv.winograd;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Portable loops over arrays; the single-precision twin is derived from this file by the build.
 *
 * <p>Each loop writes one or two rows: longer ones C2 does not vectorise.
 */
class F64WinogradTransform implements WinogradTransform {
  private static final double ONE = 1;
  private static final double SIXTH = ONE / 6;
  private static final double TWELFTH = ONE / 12;
  private static final double TWENTY_FOURTH = ONE / 24;
  private static final double HALF = ONE / 2;
  private static final double QUARTER = ONE / 4;

  /** A multiple of every vector's length. */
  private static final int WHOLE = 16;

  /** m. */
  final int m;

  /** m + 2, the inputs along one side of a tile, and its frequencies. */
  final int a;

  double[][] rows = {};
  double[][] half = {};
  private double[] plane = {};

  F64WinogradTransform(int outputs) {
    this.m = outputs;
    this.a = outputs + 2;
  }

  @Override
  public ElementType type() {
    return ElementType.F64;
  }

  @Override
  public int outputs() {
    return m;
  }

  @Override
  public void reserve(int count, int planeElements) {
    if (rows.length == 0 || rows[0].length < count) {
      // Whole vectors, which the Vector API reads and writes faster than the rest of one.
      int length = Math.ceilDiv(count, WHOLE) * WHOLE;
      rows = new double[a * a][length];
      half = new double[a * a][length];
    }
    int most = Math.max(planeElements, m * count);
    if (plane.length < most) {
      plane = new double[most];
    }
  }

  @Override
  public long bytes() {
    return (2L * a * a * rows[0].length + plane.length) * Double.BYTES;
  }

  @Override
  public void loadRow(MemorySegment input, long index, int at, int before, int inside, int after) {
    int from = at + before;
    Arrays.fill(plane, at, from, 0);
    MemorySegment.copy(input, JAVA_DOUBLE, index * Double.BYTES, plane, from, inside);
    Arrays.fill(plane, from + inside, from + inside + after, 0);
  }

  @Override
  public void gather(int from, int rowTap, int tap, int step, int at, int count) {
    for (int i = 0; i < a; i++) {
      int row = from + i * rowTap;
      if (m == 4) {
        gatherSix(i * 6, row, tap, step, at, count);
      } else {
        gatherFour(i * 4, row, tap, step, at, count);
      }
    }
  }

  private void gatherSix(int r, int from, int tap, int step, int at, int count) {
    double[] source = plane;
    double[] d0 = rows[r];
    double[] d1 = rows[r + 1];
    double[] d2 = rows[r + 2];
    double[] d3 = rows[r + 3];
    double[] d4 = rows[r + 4];
    double[] d5 = rows[r + 5];
    for (int t = 0; t < count; t++) {
      int p = from + t * step;
      d0[at + t] = source[p];
      d1[at + t] = source[p + tap];
      d2[at + t] = source[p + 2 * tap];
      d3[at + t] = source[p + 3 * tap];
      d4[at + t] = source[p + 4 * tap];
      d5[at + t] = source[p + 5 * tap];
    }
  }

  private void gatherFour(int r, int from, int tap, int step, int at, int count) {
    double[] source = plane;
    double[] d0 = rows[r];
    double[] d1 = rows[r + 1];
    double[] d2 = rows[r + 2];
    double[] d3 = rows[r + 3];
    for (int t = 0; t < count; t++) {
      int p = from + t * step;
      d0[at + t] = source[p];
      d1[at + t] = source[p + tap];
      d2[at + t] = source[p + 2 * tap];
      d3[at + t] = source[p + 3 * tap];
    }
  }

  @Override
  public final void transformInput(int count, MemorySegment target, long index, long stride) {
    for (int j = 0; j < a; j++) {
      inputLine(rows, j, a, half, j, a, count);
    }
    transformInputAcross(count, target, index, stride);
  }

  /** Transforms the rows of the half transformed tiles and stores them. */
  void transformInputAcross(int count, MemorySegment target, long index, long stride) {
    for (int i = 0; i < a; i++) {
      inputLine(half, i * a, 1, rows, i * a, 1, count);
    }
    for (int f = 0; f < a * a; f++) {
      store(rows[f], count, target, index + f * stride);
    }
  }

  private void inputLine(
      double[][] x, int from, int step, double[][] y, int to, int toStep, int count) {
    if (m == 4) {
      inputSix(x, from, step, y, to, toStep, count);
    } else {
      inputFour(x, from, step, y, to, toStep, count);
    }
  }

  private static void inputSix(
      double[][] x, int from, int step, double[][] y, int to, int toStep, int count) {
    double[] x1 = x[from + step];
    double[] x2 = x[from + 2 * step];
    double[] x3 = x[from + 3 * step];
    double[] x4 = x[from + 4 * step];
    inputEnd(x[from], x2, x4, y[to], count);
    inputMiddle(x1, x2, x3, x4, y[to + toStep], y[to + 2 * toStep], 4, 1, count);
    inputMiddle(x1, x2, x3, x4, y[to + 3 * toStep], y[to + 4 * toStep], 1, 2, count);
    inputEnd(x1, x3, x[from + 5 * step], y[to + 5 * toStep], count);
  }

  private static void inputEnd(double[] x0, double[] x2, double[] x4, double[] y, int count) {
    for (int t = 0; t < count; t++) {
      y[t] = 4 * x0[t] - 5 * x2[t] + x4[t];
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

  private static void inputFour(
      double[][] x, int from, int step, double[][] y, int to, int toStep, int count) {
    double[] x0 = x[from];
    double[] x1 = x[from + step];
    double[] x2 = x[from + 2 * step];
    double[] x3 = x[from + 3 * step];
    double[] y0 = y[to];
    double[] y1 = y[to + toStep];
    double[] y2 = y[to + 2 * toStep];
    double[] y3 = y[to + 3 * toStep];
    for (int t = 0; t < count; t++) {
      y0[t] = x0[t] - x2[t];
      y1[t] = x1[t] + x2[t];
    }
    for (int t = 0; t < count; t++) {
      y2[t] = x2[t] - x1[t];
      y3[t] = x1[t] - x3[t];
    }
  }

  @Override
  public void transformWeights(
      MemorySegment weight,
      long first,
      long step,
      boolean rotated,
      int count,
      MemorySegment target,
      long index,
      long stride) {
    for (int k = 0; k < 9; k++) {
      double[] row = rows[rotated ? 8 - k : k];
      for (int i = 0; i < count; i++) {
        row[i] = weight.getAtIndex(JAVA_DOUBLE, first + i * step + k);
      }
    }
    for (int j = 0; j < 3; j++) {
      weightLine(rows, j, 3, half, j, 3, count);
    }
    for (int i = 0; i < a; i++) {
      weightLine(half, i * 3, 1, rows, i * a, 1, count);
    }
    for (int f = 0; f < a * a; f++) {
      store(rows[f], count, target, index + f * stride);
    }
  }

  private void weightLine(
      double[][] x, int from, int step, double[][] y, int to, int toStep, int count) {
    double[] x0 = x[from];
    double[] x1 = x[from + step];
    double[] x2 = x[from + 2 * step];
    double[] y0 = y[to];
    double[] y1 = y[to + toStep];
    double[] y2 = y[to + 2 * toStep];
    double first = m == 4 ? QUARTER : 1;
    double ones = m == 4 ? -SIXTH : HALF;
    for (int t = 0; t < count; t++) {
      y0[t] = first * x0[t];
    }
    for (int t = 0; t < count; t++) {
      double even = ones * (x0[t] + x2[t]);
      double odd = ones * x1[t];
      y1[t] = even + odd;
      y2[t] = even - odd;
    }
    if (m == 4) {
      double[] y3 = y[to + 3 * toStep];
      double[] y4 = y[to + 4 * toStep];
      for (int t = 0; t < count; t++) {
        double even = TWENTY_FOURTH * x0[t] + SIXTH * x2[t];
        double odd = TWELFTH * x1[t];
        y3[t] = even + odd;
        y4[t] = even - odd;
      }
    }
    System.arraycopy(x2, 0, y[to + (a - 1) * toStep], 0, count);
  }

  @Override
  public final void transformOutput(
      MemorySegment source, long index, long stride, int count, MemorySegment bias, long channel) {
    transformOutputDown(source, index, stride, count);
    double start = bias == null ? 0 : bias.getAtIndex(JAVA_DOUBLE, channel);
    for (int y = 0; y < m; y++) {
      outputLine(half, y * a, 1, rows, y * m, 1, start, count);
    }
    for (int i = 0; i < m * m; i += 4) {
      watch(rows[i], rows[i + 1], rows[i + 2], rows[i + 3], watched(), count);
    }
  }

  /** Returns the array that no output's transform uses: zeros where all outputs were finite. */
  private double[] watched() {
    return half[a * a - 1];
  }

  @Override
  public void beginOutputs(int count) {
    Arrays.fill(watched(), 0, count, 0);
  }

  private static void watch(
      double[] y0, double[] y1, double[] y2, double[] y3, double[] watched, int count) {
    for (int t = 0; t < count; t++) {
      // Zero times what is not finite is NaN.
      watched[t] += (0 * y0[t] + 0 * y1[t]) + (0 * y2[t] + 0 * y3[t]);
    }
  }

  @Override
  public boolean outputsAreFinite(int count) {
    double sum = 0;
    for (int t = 0; t < count; t++) {
      sum += watched()[t];
    }
    return sum == 0;
  }

  /** Loads products and transforms their columns. */
  void transformOutputDown(MemorySegment source, long index, long stride, int count) {
    for (int f = 0; f < a * a; f++) {
      MemorySegment.copy(
          source, JAVA_DOUBLE, (index + f * stride) * Double.BYTES, rows[f], 0, count);
    }
    for (int j = 0; j < a; j++) {
      outputLine(rows, j, a, half, j, a, 0, count);
    }
  }

  private void outputLine(
      double[][] x, int from, int step, double[][] y, int to, int toStep, double bias, int count) {
    if (m == 4) {
      outputSix(x, from, step, y, to, toStep, bias, count);
    } else {
      outputFour(x, from, step, y, to, toStep, bias, count);
    }
  }

  private static void outputSix(
      double[][] x, int from, int step, double[][] y, int to, int toStep, double bias, int count) {
    double[] x0 = x[from];
    double[] x1 = x[from + step];
    double[] x2 = x[from + 2 * step];
    double[] x3 = x[from + 3 * step];
    double[] x4 = x[from + 4 * step];
    double[] x5 = x[from + 5 * step];
    double[] y0 = y[to];
    double[] y1 = y[to + toStep];
    double[] y2 = y[to + 2 * toStep];
    double[] y3 = y[to + 3 * toStep];
    for (int t = 0; t < count; t++) {
      double one = x1[t] + x2[t] + bias;
      double two = x3[t] + x4[t];
      y0[t] = x0[t] + one + two;
      y2[t] = one + 4 * two;
    }
    for (int t = 0; t < count; t++) {
      double one = x1[t] - x2[t] + bias;
      double two = x3[t] - x4[t];
      y1[t] = one + 2 * two;
      y3[t] = one + 8 * two + x5[t];
    }
  }

  private static void outputFour(
      double[][] x, int from, int step, double[][] y, int to, int toStep, double bias, int count) {
    double[] x0 = x[from];
    double[] x1 = x[from + step];
    double[] x2 = x[from + 2 * step];
    double[] x3 = x[from + 3 * step];
    double[] y0 = y[to];
    double[] y1 = y[to + toStep];
    for (int t = 0; t < count; t++) {
      y0[t] = x0[t] + (x1[t] + x2[t]) + bias;
      y1[t] = (x1[t] - x2[t]) - x3[t] + bias;
    }
  }

  @Override
  public void scatter(
      int row, int at, int count, int valid, MemorySegment output, long index, long step) {
    double[] line = plane;
    double[] y0 = rows[row * m];
    double[] y1 = rows[row * m + 1];
    if (m == 4) {
      double[] y2 = rows[row * m + 2];
      double[] y3 = rows[row * m + 3];
      for (int t = 0; t < count; t++) {
        line[4 * t] = y0[at + t];
        line[4 * t + 1] = y1[at + t];
        line[4 * t + 2] = y2[at + t];
        line[4 * t + 3] = y3[at + t];
      }
    } else {
      for (int t = 0; t < count; t++) {
        line[2 * t] = y0[at + t];
        line[2 * t + 1] = y1[at + t];
      }
    }
    if (step == 1) {
      store(line, valid, output, index);
    } else {
      for (int i = 0; i < valid; i++) {
        output.setAtIndex(JAVA_DOUBLE, index + i * step, line[i]);
      }
    }
  }

  private static void store(double[] row, int count, MemorySegment target, long index) {
    MemorySegment.copy(row, 0, target, JAVA_DOUBLE, index * Double.BYTES, count);
  }
}
