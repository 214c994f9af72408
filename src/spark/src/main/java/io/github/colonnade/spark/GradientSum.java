package io.github.colonnade.spark;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.io.Serial;
import java.io.Serializable;

/** Gradients of some rows, summed one after the other in double precision. */
final class GradientSum implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  private final double[] weight;
  private final double[] bias;
  private long rows;

  GradientSum(ConvSpec conv) {
    weight = new double[Math.toIntExact(conv.weight().elementCount())];
    bias = new double[Math.toIntExact(conv.conv().outChannels())];
  }

  /** Adds the gradients of so many rows. */
  void add(Tensor gradWeight, Tensor gradBias, long count) {
    add(gradWeight.toDoubleArray(), weight);
    add(gradBias.toDoubleArray(), bias);
    rows += count;
  }

  /** Adds another sum. */
  void add(GradientSum other) {
    add(other.weight, weight);
    add(other.bias, bias);
    rows += other.rows;
  }

  private static void add(double[] from, double[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] += from[i];
    }
  }

  /** Returns the sums, rounded to the type of the weights. */
  Gradients round(ConvSpec conv) {
    return new Gradients(
        tensor(weight, conv.dtype(), conv.conv().weightShape()),
        tensor(bias, conv.dtype(), conv.conv().outChannels()),
        rows);
  }

  private static Tensor tensor(double[] values, DType dtype, long... shape) {
    Tensor sums = Tensor.of(values, shape);
    return dtype == DType.F64 ? sums : Tensor.of(sums.toFloatArray(), shape);
  }
}
