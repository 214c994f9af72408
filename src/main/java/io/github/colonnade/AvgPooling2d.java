package io.github.colonnade;

import static io.github.colonnade.Operands.requireFloatingPoint;
import static io.github.colonnade.Operands.shareable;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.pool.AverageRule;
import io.github.colonnade.internal.pool.PoolGeometry;
import io.github.colonnade.internal.pool.Pooling;
import java.lang.foreign.Arena;
import java.util.Objects;

/**
 * Average pooling, {@code [N, C, H, W] → [N, C, OH, OW]}: {@code y = Σ x / divisor} over each
 * window. A window that holds no pixel at all has the average 0.
 */
public abstract sealed class AvgPooling2d extends Pooling2d permits AvgPool2d, AdaptiveAvgPool2d {

  AvgPooling2d(int threads) {
    super(threads);
  }

  abstract AverageRule rule();

  /**
   * Computes the average of each window.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param output {@code [N, C, OH, OW]} of the input's type. Overwritten; must not overlap the
   *     input.
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public final void forward(Tensor input, Tensor output) {
    ElementType type = requireFloatingPoint("input", input);
    PoolGeometry geometry = requireForward(input, output);
    long staged = Staging.bytes(input, output);
    if (staged > 0) {
      Staging.run(staged, copies -> forward(copies.in(input), copies.out(output)));
      return;
    }
    run(
        Pooling.averageForward(
            geometry, rule(), type, shareable(input.segment()), shareable(output.segment())));
  }

  /**
   * Computes the average of each window in one line.
   *
   * @param arena owner of the output
   * @param input {@code [N, C, H, W]}. Not modified.
   * @return the averages, {@code [N, C, OH, OW]}
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public final Tensor forward(Arena arena, Tensor input) {
    Tensor output = allocateOutput(arena, input);
    forward(input, output);
    return output;
  }

  /**
   * Computes the gradient: every pixel of a window gets the window's gradient over its divisor,
   * where windows overlap, the shares are summed.
   *
   * @param gradOutput {@code [N, C, OH, OW]}. Not modified.
   * @param gradInput {@code [N, C, H, W]} of the gradient's type; its shape is the input's.
   *     Overwritten; must not overlap the gradient.
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public final void backward(Tensor gradOutput, Tensor gradInput) {
    ElementType type = requireFloatingPoint("gradInput", gradInput);
    PoolGeometry geometry = requireBackward(gradOutput, gradInput);
    long staged = Staging.bytes(gradOutput, gradInput);
    if (staged > 0) {
      Staging.run(staged, copies -> backward(copies.in(gradOutput), copies.out(gradInput)));
      return;
    }
    run(
        Pooling.averageBackward(
            geometry,
            rule(),
            type,
            shareable(gradOutput.segment()),
            shareable(gradInput.segment())));
  }

  /**
   * Computes the gradient in one line.
   *
   * @param arena owner of the result
   * @param gradOutput {@code [N, C, OH, OW]}. Not modified.
   * @param inputShape {@code N, C, H, W}
   * @return the input's gradient, {@code [N, C, H, W]}
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public final Tensor backward(Arena arena, Tensor gradOutput, long... inputShape) {
    requireFloatingPoint("gradOutput", gradOutput);
    geometry("input", "gradOutput", Objects.requireNonNull(inputShape, "inputShape"));
    Tensor gradInput = Tensor.allocate(arena, gradOutput.dtype(), inputShape);
    backward(gradOutput, gradInput);
    return gradInput;
  }
}
