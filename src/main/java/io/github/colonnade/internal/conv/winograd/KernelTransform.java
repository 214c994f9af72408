package io.github.colonnade.internal.conv.winograd;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * The transform of 3×3 kernels, {@code G g Gᵀ}, and the one back from the products of tiles and
 * gradients to a gradient of the kernels, with {@link WinogradTransform}'s points. Both compute in
 * double precision whatever the type, and round once. Used by one thread at a time.
 */
final class KernelTransform {
  /** Kernels transformed in one go: few enough to stay in the first-level cache. */
  static final int RUN = 64;

  private static final int PLANE = 9;
  private static final int SIDE = 3;
  private static final double A = 0.75;
  private static final double B = 1.5;

  /** One over the product of a point's distances from all others: of 0, of ±3/4, of ±3/2. */
  private static final double SCALE_0 = 1 / (A * A * B * B);

  private static final double SCALE_A = 1 / (2 * A * A * (A * A - B * B));
  private static final double SCALE_B = 1 / (2 * B * B * (B * B - A * A));

  private final double[][] kernel = new double[PLANE][RUN];
  private final double[][] half = new double[WinogradTransform.INPUTS * SIDE][RUN];
  private final double[][] values = new double[WinogradTransform.INPUTS][RUN];
  private final double[] scratch = new double[PLANE * RUN];
  private final float[] single = new float[PLANE * RUN];

  /** Returns the bytes of the arrays. */
  static long bytes() {
    long rows = 2 * PLANE + WinogradTransform.INPUTS * (SIDE + 1);
    return rows * RUN * Double.BYTES + PLANE * RUN * Float.BYTES;
  }

  /**
   * Loads kernels that lie side by side.
   *
   * @param weight memory that holds them
   * @param first element of the first one
   * @param count kernels, at most {@link #RUN}
   */
  void load(ElementType type, MemorySegment weight, long first, int count) {
    load(type, weight, first, scratch, PLANE * count);
  }

  /**
   * Transforms kernels that were loaded.
   *
   * @param rotated whether each is rotated by 180°
   * @param count kernels, at most {@link #RUN}
   * @param target where values go by frequency, {@code stride} apart, a frequency's side by side
   */
  void transform(
      ElementType type, boolean rotated, int count, MemorySegment target, long index, long stride) {
    for (int k = 0; k < PLANE; k++) {
      pick(scratch, k, kernel[rotated ? PLANE - 1 - k : k], count);
    }
    for (int j = 0; j < SIDE; j++) {
      line(kernel, j, SIDE, half, j, SIDE, count);
    }
    int last = WinogradTransform.INPUTS - 1;
    for (int i = 0; i <= last; i++) {
      // The last line of three is that of the kernel.
      double[][] source = i < last ? half : kernel;
      int from = i < last ? SIDE * i : PLANE - SIDE;
      line(source, from, 1, values, 0, 1, count);
      long first = index + (long) WinogradTransform.INPUTS * i * stride;
      for (int j = 0; j < last; j++) {
        store(type, values[j], count, target, first + j * stride);
      }
      store(type, source[from + 2], count, target, first + last * stride);
    }
  }

  private static void pick(double[] kernels, int first, double[] row, int count) {
    for (int i = 0; i < count; i++) {
      row[i] = kernels[PLANE * i + first];
    }
  }

  /** Transforms three rows into all of six but the last, which is the last of the three. */
  private static void line(
      double[][] x, int from, int step, double[][] y, int to, int toStep, int count) {
    double[] x0 = x[from];
    double[] x1 = x[from + step];
    double[] x2 = x[from + 2 * step];
    scaled(x0, SCALE_0, y[to], count);
    pair(x0, x1, x2, A, SCALE_A, y[to + toStep], y[to + 2 * toStep], count);
    pair(x0, x1, x2, B, SCALE_B, y[to + 3 * toStep], y[to + 4 * toStep], count);
  }

  private static void scaled(double[] x, double scale, double[] y, int count) {
    for (int i = 0; i < count; i++) {
      y[i] = scale * x[i];
    }
  }

  private static void pair(
      double[] x0,
      double[] x1,
      double[] x2,
      double point,
      double scale,
      double[] sum,
      double[] difference,
      int count) {
    double odds = point * scale;
    double evens = point * odds;
    for (int i = 0; i < count; i++) {
      double even = scale * x0[i] + evens * x2[i];
      double odd = odds * x1[i];
      sum[i] = even + odd;
      difference[i] = even - odd;
    }
  }

  /**
   * Transforms products back to gradients of kernels that lie side by side, and writes these.
   *
   * @param source products by frequency, {@code stride} apart
   * @param count kernels, at most {@link #RUN}
   * @param target where the gradients go, nine elements each
   * @return whether all gradients are finite
   */
  boolean transformBack(
      ElementType type,
      MemorySegment source,
      long index,
      long stride,
      int count,
      MemorySegment target,
      long targetIndex) {
    int inputs = WinogradTransform.INPUTS;
    for (int j = 0; j < inputs; j++) {
      for (int i = 0; i < inputs; i++) {
        load(type, source, index + (inputs * i + j) * stride, values[i], count);
      }
      lineBack(values, 0, half, j, inputs, count);
    }
    for (int i = 0; i < SIDE; i++) {
      lineBack(half, i * inputs, kernel, i * SIDE, 1, count);
    }
    for (int k = 0; k < PLANE; k++) {
      put(kernel[k], scratch, k, count);
    }
    store(type, scratch, PLANE * count, target, targetIndex);
    return areFinite(type, scratch, PLANE * count);
  }

  private static boolean areFinite(ElementType type, double[] row, int count) {
    double most = type == ElementType.F64 ? Double.MAX_VALUE : Float.MAX_VALUE;
    boolean finite = true;
    for (int i = 0; i < count; i++) {
      finite &= Math.abs(row[i]) <= most;
    }
    return finite;
  }

  private static void put(double[] row, double[] kernels, int k, int count) {
    for (int i = 0; i < count; i++) {
      kernels[PLANE * i + k] = row[i];
    }
  }

  private static void lineBack(
      double[][] x, int from, double[][] y, int to, int toStep, int count) {
    double[] x1 = x[from + 1];
    double[] x2 = x[from + 2];
    double[] x3 = x[from + 3];
    double[] x4 = x[from + 4];
    evenBack(x[from], x1, x2, x3, x4, y[to], count);
    oddBack(x1, x2, x3, x4, y[to + toStep], count);
    lastBack(x1, x2, x3, x4, x[from + 5], y[to + 2 * toStep], count);
  }

  private static void evenBack(
      double[] x0, double[] x1, double[] x2, double[] x3, double[] x4, double[] y, int count) {
    for (int i = 0; i < count; i++) {
      y[i] = SCALE_0 * x0[i] + SCALE_A * (x1[i] + x2[i]) + SCALE_B * (x3[i] + x4[i]);
    }
  }

  private static void oddBack(
      double[] x1, double[] x2, double[] x3, double[] x4, double[] y, int count) {
    for (int i = 0; i < count; i++) {
      y[i] = A * SCALE_A * (x1[i] - x2[i]) + B * SCALE_B * (x3[i] - x4[i]);
    }
  }

  private static void lastBack(
      double[] x1, double[] x2, double[] x3, double[] x4, double[] x5, double[] y, int count) {
    for (int i = 0; i < count; i++) {
      y[i] = A * A * SCALE_A * (x1[i] + x2[i]) + B * B * SCALE_B * (x3[i] + x4[i]) + x5[i];
    }
  }

  private void load(ElementType type, MemorySegment source, long index, double[] row, int count) {
    if (type == ElementType.F64) {
      MemorySegment.copy(source, JAVA_DOUBLE, index * Double.BYTES, row, 0, count);
    } else {
      MemorySegment.copy(source, JAVA_FLOAT, index * Float.BYTES, single, 0, count);
      widen(single, row, count);
    }
  }

  private static void widen(float[] x, double[] y, int count) {
    for (int i = 0; i < count; i++) {
      y[i] = x[i];
    }
  }

  private void store(ElementType type, double[] row, int count, MemorySegment target, long index) {
    if (type == ElementType.F64) {
      MemorySegment.copy(row, 0, target, JAVA_DOUBLE, index * Double.BYTES, count);
    } else {
      narrow(row, single, count);
      MemorySegment.copy(single, 0, target, JAVA_FLOAT, index * Float.BYTES, count);
    }
  }

  private static void narrow(double[] x, float[] y, int count) {
    for (int i = 0; i < count; i++) {
      y[i] = (float) x[i];
    }
  }
}
