package io.github.colonnade;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.parallel.TileTask;
import io.github.colonnade.internal.pool.AdaptiveAxis;
import io.github.colonnade.internal.pool.PoolGeometry;
import java.util.Arrays;

/**
 * What all pools have in common: {@code [N, C, H, W] → [N, C, OH, OW]}, each plane on its own.
 *
 * <p>Immutable and safe to share between threads. The result's bits do not depend on the number of
 * threads.
 */
public abstract sealed class Pooling2d permits MaxPooling2d, AvgPooling2d {
  private final int threads;

  Pooling2d(int threads) {
    this.threads = (int) Shapes.requirePositive("threads", threads);
  }

  /** {@return the threads that a call uses at most, the caller's included} */
  public final int threads() {
    return threads;
  }

  /**
   * Returns the shape of the output.
   *
   * @param inputShape {@code N, C, H, W}
   * @return {@code N, C, OH, OW}
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public final long[] outputShape(long... inputShape) {
    return outputShape(geometry(inputShape), inputShape);
  }

  /** Returns the windows, or throws if the input's shape is wrong or has none. */
  final PoolGeometry geometry(long... inputShape) {
    return geometry("input", inputShape);
  }

  /** As {@link #geometry(long...)} for an operand of the input's shape. */
  final PoolGeometry geometry(String operand, long... shape) {
    requirePlanes(operand, shape);
    PoolGeometry geometry = place(shape[0] * shape[1], shape[2], shape[3]);
    Shapes.byteSize("output", DType.I64, outputShape(geometry, shape));
    return geometry;
  }

  /** Places the windows. */
  abstract PoolGeometry place(long planes, long inH, long inW);

  static long[] outputShape(PoolGeometry geometry, long... inputShape) {
    return new long[] {
      inputShape[0], inputShape[1], geometry.vertical().outputs(), geometry.horizontal().outputs()
    };
  }

  /** Returns windows that share the planes out as evenly as may be. */
  static PoolGeometry adaptive(long planes, long inH, long inW, long outH, long outW) {
    requireProduct("H", inH, outH);
    requireProduct("W", inW, outW);
    return new PoolGeometry(planes, new AdaptiveAxis(inH, outH), new AdaptiveAxis(inW, outW));
  }

  private static void requireProduct(String axis, long size, long outputs) {
    if (Math.multiplyHigh(size, outputs) != 0 || size * outputs < 0) {
      throw new IllegalArgumentException(
          "input: " + axis + " of " + size + " times " + outputs + " windows does not fit a long");
    }
  }

  /** Checks a shape for {@code [N, C, H, W]} with pixels. */
  static void requirePlanes(String operand, long... shape) {
    if (shape.length != 4 || shape[2] == 0 || shape[3] == 0) {
      throw new IllegalArgumentException(
          operand
              + ": shape is "
              + Arrays.toString(shape)
              + ", must be [N, C, H, W] with H and W of at least 1");
    }
    Shapes.byteSize(operand, DType.I64, shape);
  }

  /** Checks that operators compute in the operand's type, and returns it. */
  static ElementType requireFloatingPoint(String operand, Tensor tensor) {
    if (tensor == null) {
      throw new NullPointerException(operand);
    }
    if (!tensor.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          operand + ": is " + tensor.dtype() + ", must be F64 or F32");
    }
    return Operands.elementType(tensor.dtype());
  }

  final void run(TileTask task) {
    Execution.run(task, threads);
  }
}
