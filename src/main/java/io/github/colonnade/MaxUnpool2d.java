package io.github.colonnade;

import static io.github.colonnade.Operands.requireDisjoint;
import static io.github.colonnade.Operands.requireFloatingPoint;
import static io.github.colonnade.Operands.requireInput;
import static io.github.colonnade.Operands.requireOutput;
import static io.github.colonnade.Operands.requirePlanes;
import static io.github.colonnade.Operands.requireReadable;
import static io.github.colonnade.Operands.requireWritable;
import static io.github.colonnade.Operands.shareable;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.pool.Pooling;
import java.lang.foreign.Arena;
import java.util.Objects;

/**
 * Puts maxima back where they came from, {@code [N, C, H, W] → [N, C, OH, OW]}: {@code y[n, c,
 * index[n, c, h, w]] = x[n, c, h, w]}, and zero elsewhere.
 *
 * <p>Indices are what {@link MaxPooling2d} reports: flat positions in the plane of {@code OH×OW}.
 * Where an index occurs more than once in a plane, the last value in C order stays. Immutable and
 * safe to share between threads.
 */
public final class MaxUnpool2d {
  private final OutputSize size;
  private final int threads;

  private MaxUnpool2d(OutputSize size, int threads) {
    this.size = size;
    this.threads = Operands.requireThreads(threads);
    Shapes.byteSize("output", DType.I64, size.height(), size.width());
  }

  /**
   * Makes an unpool to a given output size, with threads as of {@link PlanOptions#defaults}.
   *
   * @param outputH height of the output: that of the max pool's input
   * @param outputW width of the output
   * @return an immutable unpool
   * @throws IllegalArgumentException if one is below 1
   */
  public static MaxUnpool2d of(long outputH, long outputW) {
    return new MaxUnpool2d(new OutputSize(outputH, outputW), PlanOptions.defaults().threads());
  }

  /**
   * Returns this unpool with another number of threads; the result's bits do not depend on it.
   *
   * @param threads threads at most, the caller's included
   * @return a new unpool
   * @throws IllegalArgumentException if {@code threads} is below 1
   */
  public MaxUnpool2d withThreads(int threads) {
    return new MaxUnpool2d(size, threads);
  }

  /** {@return the threads that a call uses at most, the caller's included} */
  public int threads() {
    return threads;
  }

  /**
   * Returns the shape of the output.
   *
   * @param inputShape {@code N, C, H, W}
   * @return {@code N, C, OH, OW}
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public long[] outputShape(long... inputShape) {
    Objects.requireNonNull(inputShape, "inputShape");
    return outputShape("input", "output", inputShape);
  }

  /** Returns the shape of {@code result} for an operand of the input's shape. */
  private long[] outputShape(String operand, String result, long... shape) {
    requirePlanes(operand, shape);
    long[] outputShape = {shape[0], shape[1], size.height(), size.width()};
    Shapes.byteSize(result, DType.I64, outputShape);
    return outputShape;
  }

  /**
   * Puts values where their indices say, over zeros.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param indices {@code [N, C, H, W]} of {@link DType#I64}, from 0 to before OH·OW. Not modified.
   * @param output {@code [N, C, OH, OW]} of the input's type. Overwritten; must not overlap the
   *     others.
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public void forward(Tensor input, Tensor indices, Tensor output) {
    ElementType type = requireFloatingPoint("input", input);
    long[] outputShape = outputShape(input.shape());
    requireReadable("input", input);
    requireInput("indices", indices, DType.I64, input.shape());
    requireOutput("output", output, input.dtype(), outputShape);
    requireDisjoint("output", output, "input", input);
    requireDisjoint("output", output, "indices", indices);
    long staged = Staging.bytes(input, indices, output);
    if (staged > 0) {
      Staging.run(
          staged, copies -> forward(copies.in(input), copies.in(indices), copies.out(output)));
      return;
    }
    Operands.requireIndices("indices", indices, 0, size.plane(), threads);
    Execution.run(
        Pooling.unpool(
            input.size(0) * input.size(1),
            input.size(2) * input.size(3),
            size.plane(),
            type,
            shareable(input.segment()),
            shareable(indices.segment()),
            shareable(output.segment())),
        threads);
  }

  /**
   * Puts values where their indices say, in one line.
   *
   * @param arena owner of the output
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param indices {@code [N, C, H, W]} of {@link DType#I64}, from 0 to before OH·OW. Not modified.
   * @return the output, {@code [N, C, OH, OW]}
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public Tensor forward(Arena arena, Tensor input, Tensor indices) {
    requireFloatingPoint("input", input);
    Tensor output = Tensor.allocate(arena, input.dtype(), outputShape(input.shape()));
    forward(input, indices, output);
    return output;
  }

  /**
   * Computes the gradient: each value's is fetched from where its index says, {@code gradInput[n,
   * c, h, w] = gradOutput[n, c, index[n, c, h, w]]}. Where an index occurs more than once in a
   * plane, every value that has it gets the gradient, as in PyTorch, though only one was kept.
   *
   * @param indices {@code [N, C, H, W]} of {@link DType#I64}, from 0 to before OH·OW. Not modified.
   * @param gradOutput {@code [N, C, OH, OW]}. Not modified.
   * @param gradInput {@code [N, C, H, W]} of the gradient's type. Overwritten; must not overlap the
   *     others.
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public void backward(Tensor indices, Tensor gradOutput, Tensor gradInput) {
    ElementType type = requireFloatingPoint("gradInput", gradInput);
    long[] outputShape = outputShape("gradInput", "gradOutput", gradInput.shape());
    requireInput("indices", indices, DType.I64, gradInput.shape());
    requireInput("gradOutput", gradOutput, gradInput.dtype(), outputShape);
    requireWritable("gradInput", gradInput);
    requireDisjoint("gradInput", gradInput, "indices", indices);
    requireDisjoint("gradInput", gradInput, "gradOutput", gradOutput);
    long staged = Staging.bytes(indices, gradOutput, gradInput);
    if (staged > 0) {
      Staging.run(
          staged,
          copies -> backward(copies.in(indices), copies.in(gradOutput), copies.out(gradInput)));
      return;
    }
    Operands.requireIndices("indices", indices, 0, size.plane(), threads);
    Execution.run(
        Pooling.unpoolBackward(
            gradInput.size(0) * gradInput.size(1),
            gradInput.size(2) * gradInput.size(3),
            size.plane(),
            type,
            shareable(indices.segment()),
            shareable(gradOutput.segment()),
            shareable(gradInput.segment())),
        threads);
  }

  /**
   * Computes the gradient in one line.
   *
   * @param arena owner of the result
   * @param indices {@code [N, C, H, W]} of {@link DType#I64}, from 0 to before OH·OW. Not modified.
   * @param gradOutput {@code [N, C, OH, OW]}. Not modified.
   * @return the input's gradient, {@code [N, C, H, W]}
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public Tensor backward(Arena arena, Tensor indices, Tensor gradOutput) {
    requireFloatingPoint("gradOutput", gradOutput);
    long[] inputShape = Objects.requireNonNull(indices, "indices").shape();
    outputShape("indices", "gradOutput", inputShape);
    Tensor gradInput = Tensor.allocate(arena, gradOutput.dtype(), inputShape);
    backward(indices, gradOutput, gradInput);
    return gradInput;
  }

  /** Returns the output size, such as {@code MaxUnpool2d[112×112]}. */
  @Override
  public String toString() {
    return "MaxUnpool2d[" + size + "]";
  }
}
