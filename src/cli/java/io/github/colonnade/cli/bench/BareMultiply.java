package io.github.colonnade.cli.bench;

import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.MatrixMultiply;
import io.github.colonnade.Tensor;
import java.util.List;

/**
 * The bare matrix multiply that a layer comes down to when nothing is lowered: a number of calls of
 * {@code [m, k] · [k, n]}.
 *
 * @param m rows of the result
 * @param k length of the sums
 * @param n columns of the result
 * @param calls with the same operands
 */
public record BareMultiply(long m, long k, long n, long calls) {
  /** The column matrix, however large the layer. */
  private static final long MOST_COLUMN_BYTES = 512L << 20;

  /**
   * Returns the multiplies of a pass, all the batch's pixels side by side, once for each group.
   * Forward: {@code [O/groups, K] · [K, pixels]}, where {@code K = C/groups·KH·KW}. Backward, for
   * the input's gradient {@code [K, O/groups] · [O/groups, pixels]}, for the weights' {@code
   * [O/groups, pixels] · [pixels, K]}.
   */
  public static List<BareMultiply> of(Layer layer, Conv2dPlan plan, DType dtype, BenchPass pass) {
    long plane = plan.outputShape()[2] * plan.outputShape()[3];
    long images = layer.n();
    while (images > 1
        && (layer.n() % images != 0
            || layer.depth() * plane * images * dtype.byteSize() > MOST_COLUMN_BYTES)) {
      images--;
    }
    long calls = layer.groups() * (layer.n() / images);
    long rows = layer.o() / layer.groups();
    long pixels = plane * images;
    long depth = layer.depth();
    return pass == BenchPass.FORWARD
        ? List.of(new BareMultiply(rows, depth, pixels, calls))
        : List.of(
            new BareMultiply(depth, rows, pixels, calls),
            new BareMultiply(rows, pixels, depth, calls));
  }

  /** Returns the shape of the left operand. */
  public long[] shapeOfA() {
    return new long[] {m, k};
  }

  /** Returns the shape of the right operand. */
  public long[] shapeOfB() {
    return new long[] {k, n};
  }

  /** Returns the shape of the result. */
  public long[] shapeOfC() {
    return new long[] {m, n};
  }

  /** Multiplies, as often as the layer does. */
  public void run(Tensor a, Tensor b, Tensor c, int threads) {
    for (long call = 0; call < calls; call++) {
      MatrixMultiply.multiply(a, b, c, threads);
    }
  }
}
