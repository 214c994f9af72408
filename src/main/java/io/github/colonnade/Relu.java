package io.github.colonnade;

import static io.github.colonnade.Operands.requireDisjoint;
import static io.github.colonnade.Operands.requireDisjointOrSame;
import static io.github.colonnade.Operands.requireFloatingPoint;
import static io.github.colonnade.Operands.requireInput;
import static io.github.colonnade.Operands.requireOutput;
import static io.github.colonnade.Operands.requireReadable;
import static io.github.colonnade.Operands.shareable;

import io.github.colonnade.internal.conv.BackwardEpilogue;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.conv.ForwardEpilogue;
import io.github.colonnade.internal.memory.ElementType;
import java.io.ObjectStreamException;
import java.io.Serial;
import java.lang.foreign.Arena;
import java.util.Objects;

/**
 * The rectifier, {@code y = max(x, 0)}, of tensors of any shape: what {@link Activation#RELU} does
 * to a convolution's output, with the same bits. −0 stays −0, and NaN stays NaN.
 *
 * <p>A plan's own activation is faster where a convolution comes before. Immutable and safe to
 * share between threads.
 */
public final class Relu extends Specification {
  @Serial private static final long serialVersionUID = 1;

  private final int threads;

  private Relu(int threads) {
    this.threads = Operands.requireThreads(threads);
  }

  /**
   * Makes a rectifier with threads as of {@link PlanOptions#defaults}.
   *
   * @return an immutable rectifier
   */
  public static Relu create() {
    return new Relu(PlanOptions.defaults().threads());
  }

  /**
   * Returns a rectifier with another number of threads; the result's bits do not depend on it.
   *
   * @param threads threads at most, the caller's included
   * @return a new rectifier
   * @throws IllegalArgumentException if {@code threads} is below 1
   */
  public Relu withThreads(int threads) {
    return new Relu(threads);
  }

  private record Told(int threads) implements Form {
    @Serial
    private Object readResolve() throws ObjectStreamException {
      return rebuild(() -> new Relu(threads));
    }
  }

  @Override
  Form form() {
    return new Told(threads);
  }

  /** {@return the threads that a call uses at most, the caller's included} */
  public int threads() {
    return threads;
  }

  /**
   * Rectifies every element.
   *
   * @param input of any shape. Not modified, unless it is the output.
   * @param output of the input's type and shape. Overwritten; may be {@code input}, or lie in all
   *     of its memory, and must not overlap otherwise.
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public void forward(Tensor input, Tensor output) {
    ElementType type = requireFloatingPoint("input", input);
    requireReadable("input", input);
    requireOutput("output", output, input);
    requireDisjointOrSame("output", output, "input", input);
    long staged = Staging.bytes(input, output);
    if (staged > 0) {
      Staging.run(staged, copies -> forward(copies.in(input), copies.out(output)));
      return;
    }
    ForwardEpilogue task =
        new ForwardEpilogue(
            Epilogue.RELU,
            type,
            input.elementCount(),
            shareable(input.segment()),
            shareable(output.segment()));
    Execution.run(task, threads);
  }

  /**
   * Rectifies every element, in one line.
   *
   * @param arena owner of the output
   * @param input of any shape. Not modified.
   * @return the output, of the input's type and shape
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public Tensor forward(Arena arena, Tensor input) {
    requireFloatingPoint("input", input);
    Tensor output = Tensor.allocate(arena, input.dtype(), input.shape());
    forward(input, output);
    return output;
  }

  /**
   * Computes the gradient: zero where the output is zero or less, and {@code gradOutput} elsewhere,
   * which is where the output is NaN as well, as in PyTorch.
   *
   * @param output what the forward pass computed, or its input, which has the same gradient. Not
   *     modified.
   * @param gradOutput of the same type and shape, with respect to the output. Not modified, unless
   *     it is {@code gradInput}.
   * @param gradInput of the same type and shape, with respect to the input. Overwritten; may be
   *     {@code gradOutput}, or lie in all of its memory, and must not overlap otherwise.
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public void backward(Tensor output, Tensor gradOutput, Tensor gradInput) {
    ElementType type = requireFloatingPoint("output", output);
    requireReadable("output", output);
    requireInput("gradOutput", gradOutput, output);
    requireOutput("gradInput", gradInput, output);
    requireDisjoint("gradInput", gradInput, "output", output);
    requireDisjointOrSame("gradInput", gradInput, "gradOutput", gradOutput);
    long staged = Staging.bytes(output, gradOutput, gradInput);
    if (staged > 0) {
      Staging.run(
          staged,
          copies -> backward(copies.in(output), copies.in(gradOutput), copies.out(gradInput)));
      return;
    }
    BackwardEpilogue task =
        new BackwardEpilogue(
            Epilogue.RELU,
            type,
            output.elementCount(),
            shareable(output.segment()),
            shareable(gradOutput.segment()),
            shareable(gradInput.segment()));
    Execution.run(task, threads);
  }

  /**
   * Computes the gradient in one line.
   *
   * @param arena owner of the result
   * @param output what the forward pass computed, or its input. Not modified.
   * @param gradOutput of the same type and shape, with respect to the output. Not modified.
   * @return the input's gradient
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public Tensor backward(Arena arena, Tensor output, Tensor gradOutput) {
    requireFloatingPoint("output", output);
    Objects.requireNonNull(gradOutput, "gradOutput");
    Tensor gradInput = Tensor.allocate(arena, output.dtype(), output.shape());
    backward(output, gradOutput, gradInput);
    return gradInput;
  }

  /** {@return {@code Relu}} */
  @Override
  public String toString() {
    return "Relu";
  }
}
