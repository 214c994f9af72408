package io.github.colonnade;

import static io.github.colonnade.Operands.requireDisjoint;
import static io.github.colonnade.Operands.requireFloatingPoint;
import static io.github.colonnade.Operands.requireInput;
import static io.github.colonnade.Operands.requireOutput;
import static io.github.colonnade.Operands.requireReadable;
import static io.github.colonnade.Operands.requireWritable;

import io.github.colonnade.internal.parallel.TileTask;
import io.github.colonnade.internal.pool.PoolGeometry;
import java.io.Serial;
import java.lang.foreign.Arena;
import java.util.Objects;

/**
 * What all pools have in common: {@code [N, C, H, W] → [N, C, OH, OW]}, each plane on its own.
 *
 * <p>Immutable and safe to share between threads. The result's bits do not depend on the number of
 * threads.
 */
public abstract sealed class Pooling2d extends Specification permits MaxPooling2d, AvgPooling2d {
  @Serial private static final long serialVersionUID = 1;

  private final int threads;

  Pooling2d(int threads) {
    this.threads = Operands.requireThreads(threads);
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
    Objects.requireNonNull(inputShape, "inputShape");
    return outputShape(geometry("input", "output", inputShape), inputShape);
  }

  /**
   * Places the windows, or throws if the shape is wrong or has none.
   *
   * @param operand what has the input's shape, for messages
   * @param result what has the output's shape, for messages
   * @param shape {@code N, C, H, W}
   */
  final PoolGeometry geometry(String operand, String result, long... shape) {
    Operands.requirePlanes(operand, shape);
    PoolGeometry geometry = place(operand, shape[0] * shape[1], shape[2], shape[3]);
    Shapes.byteSize(result, DType.I64, outputShape(geometry, shape));
    return geometry;
  }

  /** Places the windows on an operand of the input's shape. */
  abstract PoolGeometry place(String operand, long planes, long inH, long inW);

  static long[] outputShape(PoolGeometry geometry, long... inputShape) {
    return new long[] {
      inputShape[0], inputShape[1], geometry.vertical().outputs(), geometry.horizontal().outputs()
    };
  }

  /** Checks what every forward pass reads and writes, and places the windows. */
  final PoolGeometry requireForward(Tensor input, Tensor output) {
    PoolGeometry geometry = geometry("input", "output", input.shape());
    requireReadable("input", input);
    requireOutput("output", output, input.dtype(), outputShape(geometry, input.shape()));
    requireDisjoint("output", output, "input", input);
    return geometry;
  }

  /**
   * Checks what a gradient that does not need the input reads and writes, and places the windows.
   */
  final PoolGeometry requireBackward(Tensor gradOutput, Tensor gradInput) {
    long[] inputShape = gradInput.shape();
    PoolGeometry geometry = geometry("gradInput", "gradOutput", inputShape);
    requireInput("gradOutput", gradOutput, gradInput.dtype(), outputShape(geometry, inputShape));
    requireWritable("gradInput", gradInput);
    requireDisjoint("gradInput", gradInput, "gradOutput", gradOutput);
    return geometry;
  }

  /** Allocates the output of a one-line call. */
  final Tensor allocateOutput(Arena arena, Tensor input) {
    requireFloatingPoint("input", input);
    return Tensor.allocate(arena, input.dtype(), outputShape(input.shape()));
  }

  final void run(TileTask task) {
    Execution.run(task, threads);
  }
}
