package io.github.colonnade;

import static io.github.colonnade.Operands.requireDisjoint;
import static io.github.colonnade.Operands.requireInput;
import static io.github.colonnade.Operands.requireOutput;
import static io.github.colonnade.Operands.shareable;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.pool.PoolGeometry;
import io.github.colonnade.internal.pool.Pooling;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Max pooling, {@code [N, C, H, W] → [N, C, OH, OW]}: {@code y = max x} over each window.
 *
 * <p>Padding counts as −∞ and is never where a maximum lies; a window that holds no pixel at all
 * has the maximum −∞ and the index −1. The first of equal values wins. NaN wins over all, the first
 * one over later ones. Indices are flat positions {@code ih·W + iw} in the plane of {@code H×W}.
 */
public abstract sealed class MaxPooling2d extends Pooling2d permits MaxPool2d, AdaptiveMaxPool2d {

  MaxPooling2d(int threads) {
    super(threads);
  }

  /**
   * What max pooling found.
   *
   * @param output the maxima, {@code [N, C, OH, OW]}
   * @param indices where they lie, {@link DType#I64} of the same shape
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
    PoolGeometry geometry = geometry(input.shape());
    requireForward(geometry, input, output);
    run(
        Pooling.maxForward(
            geometry, type, shareable(input.segment()), shareable(output.segment()), null));
  }

  /**
   * Computes the maximum of each window, and where it lies.
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
    PoolGeometry geometry = geometry(input.shape());
    requireForward(geometry, input, output);
    requireOutput("indices", indices, DType.I64, output.shape());
    requireDisjoint("indices", indices, "input", input);
    requireDisjoint("indices", indices, "output", output);
    run(
        Pooling.maxForward(
            geometry,
            type,
            shareable(input.segment()),
            shareable(output.segment()),
            shareable(indices.segment())));
  }

  private static void requireForward(PoolGeometry geometry, Tensor input, Tensor output) {
    requireInput("input", input, input.dtype(), input.shape());
    requireOutput("output", output, input.dtype(), outputShape(geometry, input.shape()));
    requireDisjoint("output", output, "input", input);
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
   * Computes the maximum of each window, and where it lies, in one line.
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

  private Tensor allocateOutput(Arena arena, Tensor input) {
    requireFloatingPoint("input", input);
    return Tensor.allocate(arena, input.dtype(), outputShape(input.shape()));
  }

  /**
   * Computes the gradient, looking for the maxima once more: each window's gradient goes to where
   * its maximum lies, where several meet they are summed.
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
    PoolGeometry geometry = geometry(input.shape());
    requireInput("input", input, input.dtype(), input.shape());
    requireInput("gradOutput", gradOutput, input.dtype(), outputShape(geometry, input.shape()));
    requireOutput("gradInput", gradInput, input.dtype(), input.shape());
    requireDisjoint("gradInput", gradInput, "input", input);
    requireDisjoint("gradInput", gradInput, "gradOutput", gradOutput);
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
   * to its index, where several meet they are summed.
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
    PoolGeometry geometry = geometry("gradInput", gradInput.shape());
    long[] outputShape = outputShape(geometry, gradInput.shape());
    requireInput("indices", indices, DType.I64, outputShape);
    requireInput("gradOutput", gradOutput, gradInput.dtype(), outputShape);
    requireOutput("gradInput", gradInput, gradInput.dtype(), gradInput.shape());
    requireDisjoint("gradInput", gradInput, "indices", indices);
    requireDisjoint("gradInput", gradInput, "gradOutput", gradOutput);
    Operands.requireIndices("indices", indices, -1, geometry.inPlane());
    MemorySegment positions = shareable(indices.segment());
    run(
        Pooling.maxBackwardFromIndices(
            geometry,
            type,
            positions,
            shareable(gradOutput.segment()),
            shareable(gradInput.segment())));
  }
}
