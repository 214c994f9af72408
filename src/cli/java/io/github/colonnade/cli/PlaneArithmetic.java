package io.github.colonnade.cli;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * Arithmetic on planes element by element, in arrays of a few thousand, which stay in the cache.
 */
final class PlaneArithmetic {
  private static final int CHUNK = 4096;

  /** Between these, squares have neither vanished nor overflowed. */
  private static final double LEAST_SQUARES = 0x1p-900;

  private static final double MOST_SQUARES = 0x1p900;

  private PlaneArithmetic() {}

  /**
   * Computes the length of the vector that some tensors of as many elements are at each, right
   * where squares would overflow or vanish too.
   *
   * @param parts the vector's components, F64 or F32. Not modified.
   * @param lengths of as many elements. Overwritten; may be one of them.
   */
  static void magnitude(List<Tensor> parts, Tensor lengths) {
    double[][] values = new double[parts.size()][CHUNK];
    double[] sums = new double[CHUNK];
    long count = lengths.elementCount();
    for (long at = 0; at < count; at += CHUNK) {
      int length = (int) Math.min(CHUNK, count - at);
      Arrays.fill(sums, 0);
      for (int part = 0; part < values.length; part++) {
        double[] each = values[part];
        read(parts.get(part), at, each, length);
        for (int i = 0; i < length; i++) {
          sums[i] += each[i] * each[i];
        }
      }
      for (int i = 0; i < length; i++) {
        sums[i] =
            sums[i] > LEAST_SQUARES && sums[i] < MOST_SQUARES
                ? Math.sqrt(sums[i])
                : hypot(values, i);
      }
      write(lengths, at, sums, length);
    }
  }

  private static double hypot(double[][] values, int at) {
    double length = 0;
    for (double[] each : values) {
      length = Math.hypot(length, each[at]);
    }
    return length;
  }

  /**
   * Puts in what is missing from the sums of a kernel where pixels are transparent: it counts as
   * the mean of what can be seen.
   *
   * @param seen the kernel's sums of a colour times its opacity. Overwritten with the results.
   * @param total the same of the taps' sizes; may be {@code seen}
   * @param seenOpacity the kernel's sums of the opacity
   * @param totalOpacity the same of the taps' sizes; may be {@code seenOpacity}
   * @param own the colour, for where nothing can be seen
   * @param sum the sum of the taps
   */
  static void fillHidden(
      Tensor seen, Tensor total, Tensor seenOpacity, Tensor totalOpacity, Tensor own, double sum) {
    double[] colours = new double[CHUNK];
    double[] means = new double[CHUNK];
    double[] opacities = new double[CHUNK];
    double[] totals = new double[CHUNK];
    double[] owns = new double[CHUNK];
    long count = seen.elementCount();
    for (long at = 0; at < count; at += CHUNK) {
      int length = (int) Math.min(CHUNK, count - at);
      read(seen, at, colours, length);
      read(total, at, means, length);
      read(seenOpacity, at, opacities, length);
      read(totalOpacity, at, totals, length);
      read(own, at, owns, length);
      for (int i = 0; i < length; i++) {
        double mean = totals[i] > 0 ? means[i] / totals[i] : owns[i];
        colours[i] += mean * (sum - opacities[i]);
      }
      write(seen, at, colours, length);
    }
  }

  private static void read(Tensor tensor, long at, double[] values, int count) {
    MemorySegment from = tensor.segment();
    if (tensor.dtype() == DType.F64) {
      MemorySegment.copy(from, ValueLayout.JAVA_DOUBLE, at * Double.BYTES, values, 0, count);
    } else {
      for (int i = 0; i < count; i++) {
        values[i] = from.getAtIndex(ValueLayout.JAVA_FLOAT, at + i);
      }
    }
  }

  private static void write(Tensor tensor, long at, double[] values, int count) {
    MemorySegment to = tensor.segment();
    if (tensor.dtype() == DType.F64) {
      MemorySegment.copy(values, 0, to, ValueLayout.JAVA_DOUBLE, at * Double.BYTES, count);
    } else {
      for (int i = 0; i < count; i++) {
        to.setAtIndex(ValueLayout.JAVA_FLOAT, at + i, (float) values[i]);
      }
    }
  }
}
