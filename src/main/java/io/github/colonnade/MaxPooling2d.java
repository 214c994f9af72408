package io.github.colonnade;

import static io.github.colonnade.Operands.requireDisjoint;
import static io.github.colonnade.Operands.requireFloatingPoint;
import static io.github.colonnade.Operands.requireInput;
import static io.github.colonnade.Operands.requireOutput;
import static io.github.colonnade.Operands.requireReadable;
import static io.github.colonnade.Operands.shareable;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.pool.PoolGeometry;
import io.github.colonnade.internal.pool.Pooling;
import java.lang.foreign.Arena;

/**
 * Max pooling, {@code [N, C, H, W] → [N, C, OH, OW]}: {@code y = max x} over each window.
 *
 * <p>Padding counts as −∞ and never holds a maximum; a window that holds no pixel at all has the
 * maximum −∞ and the index −1. The first of equal values wins. NaN wins over all, the first one
 * over later ones. Indices are flat positions {@code ih·W + iw} in the plane of {@code H×W}.
 */
public abstract sealed class MaxPooling2d extends Pooling2d permits MaxPool2d, AdaptiveMaxPool2d {

  MaxPooling2d(int threads) {
    super(threads);
  }

  /**
   * The result of max pooling.
   *
   * @param output the maxima, {@code [N, C, OH, OW]}
   * @param indices their positions, {@link DType#I64} of the same shape
   */
  public record Maxima(Tensor output, Tensor indices) {}

  /**
   * Computes the maximum of each window.
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
        Pooling.maxForward(
            geometry, type, shareable(input.segment()), shareable(output.segment()), null));
  }

  /**
   * Computes the maximum of each window and its position.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param output {@code [N, C, OH, OW]} of the input's type. Overwritten; must not overlap the
   *     others.
   * @param indices {@code [N, C, OH, OW]} of {@link DType#I64}. Overwritten; must not overlap the
   *     others.
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public final void forward(Tensor input, Tensor output, Tensor indices) {
    ElementType type = requireFloatingPoint("input", input);
    PoolGeometry geometry = requireForward(input, output);
    requireOutput("indices", indices, DType.I64, output.shape());
    requireDisjoint("indices", indices, "input", input);
    requireDisjoint("indices", indices, "output", output);
    long staged = Staging.bytes(input, output, indices);
    if (staged > 0) {
      Staging.run(
          staged, copies -> forward(copies.in(input), copies.out(output), copies.out(indices)));
      return;
    }
    run(
        Pooling.maxForward(
            geometry,
            type,
            shareable(input.segment()),
            shareable(output.segment()),
            shareable(indices.segment())));
  }

  /**
   * Computes the maximum of each window in one line.
   *
   * @param arena owner of the output
   * @param input {@code [N, C, H, W]}. Not modified.
   * @return the maxima, {@code [N, C, OH, OW]}
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public final Tensor forward(Arena arena, Tensor input) {
    Tensor output = allocateOutput(arena, input);
    forward(input, output);
    return output;
  }

  /**
   * Computes the maximum of each window and its position, in one line.
   *
   * @param arena owner of both outputs
   * @param input {@code [N, C, H, W]}. Not modified.
   * @return the maxima and their indices
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public final Maxima forwardWithIndices(Arena arena, Tensor input) {
    Tensor output = allocateOutput(arena, input);
    Tensor indices = Tensor.allocate(arena, DType.I64, output.shape());
    forward(input, output, indices);
    return new Maxima(output, indices);
  }

  /**
   * Computes the gradient, finding the maxima again: each window's gradient goes to where its
   * maximum is; where several meet, they are summed.
   *
   * @param input what the forward pass read, {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, C, OH, OW]} of the input's type. Not modified.
   * @param gradInput {@code [N, C, H, W]} of the input's type. Overwritten; must not overlap the
   *     others.
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public final void backward(Tensor input, Tensor gradOutput, Tensor gradInput) {
    ElementType type = requireFloatingPoint("input", input);
    PoolGeometry geometry = geometry("input", "gradOutput", input.shape());
    requireReadable("input", input);
    requireInput("gradOutput", gradOutput, input.dtype(), outputShape(geometry, input.shape()));
    requireOutput("gradInput", gradInput, input.dtype(), input.shape());
    requireDisjoint("gradInput", gradInput, "input", input);
    requireDisjoint("gradInput", gradInput, "gradOutput", gradOutput);
    long staged = Staging.bytes(input, gradOutput, gradInput);
    if (staged > 0) {
      Staging.run(
          staged,
          copies -> backward(copies.in(input), copies.in(gradOutput), copies.out(gradInput)));
      return;
    }
    run(
        Pooling.maxBackward(
            geometry,
            type,
            shareable(input.segment()),
            shareable(gradOutput.segment()),
            shareable(gradInput.segment())));
  }

  /**
   * Computes the gradient in one line, looking for the maxima once more.
   *
   * @param arena owner of the result
   * @param input what the forward pass read, {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, C, OH, OW]} of the input's type. Not modified.
   * @return the input's gradient, {@code [N, C, H, W]}
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public final Tensor backward(Arena arena, Tensor input, Tensor gradOutput) {
    requireFloatingPoint("input", input);
    Tensor gradInput = Tensor.allocate(arena, input.dtype(), input.shape());
    backward(input, gradOutput, gradInput);
    return gradInput;
  }

  /**
   * Computes the gradient from the indices that the forward pass wrote: each window's gradient goes
   * to its index; where several meet, they are summed.
   *
   * @param indices {@code [N, C, OH, OW]} of {@link DType#I64}, each a position in the plane, or −1
   *     for none. Not modified.
   * @param gradOutput {@code [N, C, OH, OW]}. Not modified.
   * @param gradInput {@code [N, C, H, W]} of the gradient's type; its shape is the input's.
   *     Overwritten; must not overlap the others.
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public final void backwardFromIndices(Tensor indices, Tensor gradOutput, Tensor gradInput) {
    ElementType type = requireFloatingPoint("gradInput", gradInput);
    PoolGeometry geometry = requireBackward(gradOutput, gradInput);
    requireInput("indices", indices, DType.I64, gradOutput.shape());
    requireDisjoint("gradInput", gradInput, "indices", indices);
    long staged = Staging.bytes(indices, gradOutput, gradInput);
    if (staged > 0) {
      Staging.run(
          staged,
          copies ->
              backwardFromIndices(
                  copies.in(indices), copies.in(gradOutput), copies.out(gradInput)));
      return;
    }
    Operands.requireIndices("indices", indices, -1, geometry.inPlane(), threads());
    run(
        Pooling.maxBackwardFromIndices(
            geometry,
            type,
            shareable(indices.segment()),
            shareable(gradOutput.segment()),
            shareable(gradInput.segment())));
  }
}
