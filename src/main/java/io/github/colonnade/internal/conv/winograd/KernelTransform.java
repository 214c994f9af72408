package io.github.colonnade.internal.conv.winograd;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The transform of 3×3 kernels, {@code G g Gᵀ}, and the one back from the products of tiles and
 * gradients to a gradient of the kernels, with {@link WinogradTransform}'s points. Both compute in
 * double precision whatever the type, and round once. Used by one thread at a time.
 *
 * <p>Kernels are transformed {@link #RUN} at a time, with zeros behind those asked for: offsets
 * that are constant let C2 vectorise a loop that reads and writes several rows of one array.
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

  private static final double ODD_A = A * SCALE_A;
  private static final double ODD_B = B * SCALE_B;
  private static final double EVEN_A = A * ODD_A;
  private static final double EVEN_B = B * ODD_B;

  private static final int LINE = WinogradTransform.INPUTS * RUN;

  /** Where kernels side by side begin: behind their columns. */
  private static final int KERNELS = SIDE * LINE;

  private final ElementType type;

  /**
   * Three columns of the kernels, each with their elements or its frequencies one after another; in
   * double precision kernels too, or their frequencies.
   */
  private final double[] doubles;

  /** In single precision: kernels, or their frequencies. */
  private final float[] floats;

  /** A transform of kernels of one type. */
  KernelTransform(ElementType type) {
    this.type = type;
    int values = WinogradTransform.INPUTS * LINE;
    doubles = new double[type == ElementType.F64 ? values : KERNELS];
    floats = new float[type == ElementType.F64 ? 0 : values];
  }

  /** Returns the bytes of the arrays. */
  static long bytes(ElementType type) {
    long values = WinogradTransform.INPUTS * LINE * type.bytes();
    return type == ElementType.F64 ? values : values + KERNELS * (long) Double.BYTES;
  }

  /**
   * Loads kernels that lie side by side.
   *
   * @param weight memory that holds them
   * @param first element of the first one
   * @param at where the first one goes, of {@link #RUN}
   * @param count kernels
   * @param rotated whether each is rotated by 180°
   */
  void load(MemorySegment weight, long first, int at, int count, boolean rotated) {
    copyIn(weight, first, KERNELS, PLANE * count);
    for (int k = 0; k < PLANE; k++) {
      int from = KERNELS + (rotated ? PLANE - 1 - k : k);
      int to = k % SIDE * LINE + k / SIDE * RUN + at;
      if (type == ElementType.F64) {
        pick(doubles, from, doubles, to, count);
      } else {
        pick(floats, from, doubles, to, count);
      }
    }
  }

  private static void pick(double[] kernels, int from, double[] row, int to, int count) {
    for (int i = 0; i < count; i++) {
      row[to + i] = kernels[PLANE * i + from];
    }
  }

  private static void pick(float[] kernels, int from, double[] row, int to, int count) {
    for (int i = 0; i < count; i++) {
      row[to + i] = kernels[PLANE * i + from];
    }
  }

  /** Transforms the first kernels, so many, that were loaded. */
  void transform(int count) {
    if (count < RUN) {
      // What lies behind is transformed too: again and again, it would become denormal.
      for (int k = 0; k < PLANE; k++) {
        int row = k % SIDE * LINE + k / SIDE * RUN;
        Arrays.fill(doubles, row + count, row + RUN, 0);
      }
    }
    for (int j = 0; j < SIDE; j++) {
      transformColumn(doubles, j * LINE);
    }
    if (type == ElementType.F64) {
      transformRows(doubles, doubles);
    } else {
      transformRows(doubles, floats);
    }
  }

  /**
   * Stores kernels that were transformed.
   *
   * @param at the first one
   * @param count kernels
   * @param target where values go by frequency, {@code stride} apart, a frequency's side by side
   */
  void store(int at, int count, MemorySegment target, long index, long stride) {
    for (int i = 0; i < WinogradTransform.INPUTS; i++) {
      for (int j = 0; j < WinogradTransform.INPUTS; j++) {
        long to = index + (WinogradTransform.INPUTS * i + j) * stride;
        copyOut(j * LINE + i * RUN + at, target, to, count);
      }
    }
  }

  // C2 vectorises differences of products in such loops, but not all of their sums, nor the
  // rounding of fused ones.
  private static void transformColumn(double[] x, int from) {
    for (int i = from; i < from + RUN; i++) {
      double x0 = x[i];
      double x1 = x[i + RUN];
      double x2 = x[i + 2 * RUN];
      double evenA = SCALE_A * x0 - -EVEN_A * x2;
      double evenB = SCALE_B * x0 - -EVEN_B * x2;
      x[i] = SCALE_0 * x0;
      x[i + RUN] = evenA - -ODD_A * x1;
      x[i + 2 * RUN] = evenA - ODD_A * x1;
      x[i + 3 * RUN] = evenB - -ODD_B * x1;
      x[i + 4 * RUN] = evenB - ODD_B * x1;
      x[i + 5 * RUN] = x2;
    }
  }

  private static void transformRows(double[] x, double[] y) {
    for (int i = 0; i < LINE; i++) {
      double x0 = x[i];
      double x1 = x[i + LINE];
      double x2 = x[i + 2 * LINE];
      double evenA = SCALE_A * x0 - -EVEN_A * x2;
      double evenB = SCALE_B * x0 - -EVEN_B * x2;
      y[i] = SCALE_0 * x0;
      y[i + LINE] = evenA - -ODD_A * x1;
      y[i + 2 * LINE] = evenA - ODD_A * x1;
      y[i + 3 * LINE] = evenB - -ODD_B * x1;
      y[i + 4 * LINE] = evenB - ODD_B * x1;
      y[i + 5 * LINE] = x2;
    }
  }

  private static void transformRows(double[] x, float[] y) {
    for (int i = 0; i < LINE; i++) {
      double x0 = x[i];
      double x1 = x[i + LINE];
      double x2 = x[i + 2 * LINE];
      double evenA = SCALE_A * x0 - -EVEN_A * x2;
      double evenB = SCALE_B * x0 - -EVEN_B * x2;
      y[i] = (float) (SCALE_0 * x0);
      y[i + LINE] = (float) (evenA - -ODD_A * x1);
      y[i + 2 * LINE] = (float) (evenA - ODD_A * x1);
      y[i + 3 * LINE] = (float) (evenB - -ODD_B * x1);
      y[i + 4 * LINE] = (float) (evenB - ODD_B * x1);
      y[i + 5 * LINE] = (float) x2;
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
      MemorySegment source,
      long index,
      long stride,
      int count,
      MemorySegment target,
      long targetIndex) {
    for (int f = 0; f < WinogradTransform.FREQUENCIES; f++) {
      copyIn(source, index + f * stride, f * RUN, count);
    }
    if (type == ElementType.F64) {
      columnsBack(doubles, doubles);
    } else {
      columnsBack(floats, doubles);
    }
    for (int i = 0; i < SIDE; i++) {
      rowBack(doubles, i * LINE);
    }
    for (int k = 0; k < PLANE; k++) {
      int from = k / SIDE * LINE + k % SIDE * RUN;
      if (type == ElementType.F64) {
        put(doubles, from, doubles, KERNELS + k, count);
      } else {
        put(doubles, from, floats, KERNELS + k, count);
      }
    }
    copyOut(KERNELS, target, targetIndex, PLANE * count);
    return type == ElementType.F64
        ? areFinite(doubles, KERNELS, PLANE * count)
        : areFinite(floats, KERNELS, PLANE * count);
  }

  private static void columnsBack(double[] x, double[] y) {
    for (int i = 0; i < LINE; i++) {
      double x0 = x[i];
      double x1 = x[i + LINE];
      double x2 = x[i + 2 * LINE];
      double x3 = x[i + 3 * LINE];
      double x4 = x[i + 4 * LINE];
      double x5 = x[i + 5 * LINE];
      y[i] = firstBack(x0, x1, x2, x3, x4);
      y[i + LINE] = secondBack(x1, x2, x3, x4);
      y[i + 2 * LINE] = lastBack(x1, x2, x3, x4, x5);
    }
  }

  private static void columnsBack(float[] x, double[] y) {
    for (int i = 0; i < LINE; i++) {
      double x0 = x[i];
      double x1 = x[i + LINE];
      double x2 = x[i + 2 * LINE];
      double x3 = x[i + 3 * LINE];
      double x4 = x[i + 4 * LINE];
      double x5 = x[i + 5 * LINE];
      y[i] = firstBack(x0, x1, x2, x3, x4);
      y[i + LINE] = secondBack(x1, x2, x3, x4);
      y[i + 2 * LINE] = lastBack(x1, x2, x3, x4, x5);
    }
  }

  private static void rowBack(double[] x, int from) {
    for (int i = from; i < from + RUN; i++) {
      double x0 = x[i];
      double x1 = x[i + RUN];
      double x2 = x[i + 2 * RUN];
      double x3 = x[i + 3 * RUN];
      double x4 = x[i + 4 * RUN];
      double x5 = x[i + 5 * RUN];
      x[i] = firstBack(x0, x1, x2, x3, x4);
      x[i + RUN] = secondBack(x1, x2, x3, x4);
      x[i + 2 * RUN] = lastBack(x1, x2, x3, x4, x5);
    }
  }

  private static double firstBack(double x0, double x1, double x2, double x3, double x4) {
    return Math.fma(SCALE_B, x3 + x4, Math.fma(SCALE_A, x1 + x2, SCALE_0 * x0));
  }

  private static double secondBack(double x1, double x2, double x3, double x4) {
    return Math.fma(ODD_B, x3 - x4, ODD_A * (x1 - x2));
  }

  private static double lastBack(double x1, double x2, double x3, double x4, double x5) {
    return Math.fma(EVEN_B, x3 + x4, Math.fma(EVEN_A, x1 + x2, x5));
  }

  private static void put(double[] row, int from, double[] kernels, int to, int count) {
    for (int i = 0; i < count; i++) {
      kernels[PLANE * i + to] = row[from + i];
    }
  }

  private static void put(double[] row, int from, float[] kernels, int to, int count) {
    for (int i = 0; i < count; i++) {
      kernels[PLANE * i + to] = (float) row[from + i];
    }
  }

  private static boolean areFinite(double[] row, int from, int count) {
    boolean finite = true;
    for (int i = from; i < from + count; i++) {
      finite &= Math.abs(row[i]) <= Double.MAX_VALUE;
    }
    return finite;
  }

  private static boolean areFinite(float[] row, int from, int count) {
    boolean finite = true;
    for (int i = from; i < from + count; i++) {
      finite &= Math.abs(row[i]) <= Float.MAX_VALUE;
    }
    return finite;
  }

  private void copyIn(MemorySegment source, long index, int to, int count) {
    if (type == ElementType.F64) {
      MemorySegment.copy(source, JAVA_DOUBLE, index * Double.BYTES, doubles, to, count);
    } else {
      MemorySegment.copy(source, JAVA_FLOAT, index * Float.BYTES, floats, to, count);
    }
  }

  private void copyOut(int from, MemorySegment target, long index, int count) {
    if (type == ElementType.F64) {
      MemorySegment.copy(doubles, from, target, JAVA_DOUBLE, index * Double.BYTES, count);
    } else {
      MemorySegment.copy(floats, from, target, JAVA_FLOAT, index * Float.BYTES, count);
    }
  }
}
