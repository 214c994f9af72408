package io.github.colonnade;

import static io.github.colonnade.Operands.requireDisjoint;
import static io.github.colonnade.Operands.requireFloatingPoint;
import static io.github.colonnade.Operands.requireInput;
import static io.github.colonnade.Operands.requireOutput;
import static io.github.colonnade.Operands.requirePositive;
import static io.github.colonnade.Operands.requireReadable;
import static io.github.colonnade.Operands.requireWritable;
import static io.github.colonnade.Operands.shareable;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.BackwardBias;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvPass;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import java.io.ObjectStreamException;
import java.io.Serial;
import java.lang.foreign.Arena;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A dense layer, {@code [N, I] → [N, O]}: {@code y = x · Wᵀ + b}, with a weight of {@code [O, I]}
 * as in PyTorch. One matrix multiply over the batch for each pass.
 *
 * <p>The input may have any shape {@code [N, …]} with I elements in each of its N rows, such as the
 * {@code [N, C, H, W]} of a pool; nothing is copied. Immutable and safe to share between threads.
 *
 * <p>All arguments are checked before anything is written. Every pass throws
 *
 * <ul>
 *   <li>{@link NullPointerException} naming the operand that is null and must not be;
 *   <li>{@link IllegalArgumentException} naming the operand, its type or shape and the one
 *       required, or the operand that an output overlaps;
 *   <li>{@link IllegalStateException} if an operand's arena is closed;
 *   <li>{@link WrongThreadException} if an operand's arena is confined to another thread.
 * </ul>
 */
@SuppressWarnings("exports") // @Nullable is for who has it.
public final class Linear extends Specification {
  @Serial private static final long serialVersionUID = 1;

  private static final Axis POINT = new Axis(1, 1, 1, 1, 0, 0, 1);

  private final long inFeatures;
  private final long outFeatures;
  private final int threads;

  /** Of the last call; another batch or type has another. */
  private transient volatile @Nullable Plan last;

  private Linear(long inFeatures, long outFeatures, int threads) {
    this.inFeatures = requirePositive("inFeatures", inFeatures);
    this.outFeatures = requirePositive("outFeatures", outFeatures);
    this.threads = Operands.requireThreads(threads);
    Shapes.byteSize("weight", DType.F64, outFeatures, inFeatures);
  }

  /**
   * Makes a dense layer, with threads as of {@link PlanOptions#defaults}.
   *
   * @param inFeatures I, elements of each row of the input
   * @param outFeatures O, elements of each row of the output
   * @return an immutable layer
   * @throws IllegalArgumentException if one is below 1
   */
  public static Linear of(long inFeatures, long outFeatures) {
    return new Linear(inFeatures, outFeatures, PlanOptions.defaults().threads());
  }

  /**
   * Returns this layer with another number of threads; the results' bits do not depend on it.
   *
   * @param threads threads at most, the caller's included
   * @return a new layer
   * @throws IllegalArgumentException if {@code threads} is below 1
   */
  public Linear withThreads(int threads) {
    return new Linear(inFeatures, outFeatures, threads);
  }

  private record Told(long inFeatures, long outFeatures, int threads) implements Form {
    @Serial
    private Object readResolve() throws ObjectStreamException {
      return rebuild(() -> new Linear(inFeatures, outFeatures, threads));
    }
  }

  @Override
  Form form() {
    return new Told(inFeatures, outFeatures, threads);
  }

  /** {@return I, the elements of each row of the input} */
  public long inFeatures() {
    return inFeatures;
  }

  /** {@return O, the elements of each row of the output} */
  public long outFeatures() {
    return outFeatures;
  }

  /** {@return the threads that a call uses at most, the caller's included} */
  public int threads() {
    return threads;
  }

  /** {@return the weight's shape, {@code O, I}} */
  public long[] weightShape() {
    return new long[] {outFeatures, inFeatures};
  }

  /**
   * Computes the output.
   *
   * @param input {@code [N, …]} with I elements a row. Not modified.
   * @param weight {@code [O, I]}. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param output {@code [N, O]}. Overwritten; must not overlap the others.
   */
  public void forward(Tensor input, Tensor weight, @Nullable Tensor bias, Tensor output) {
    ElementType type = requireForward(input, weight, bias);
    requireOutput("output", output, input.dtype(), input.size(0), outFeatures);
    requireDisjoint("output", output, "input", input);
    requireDisjoint("output", output, "weight", weight);
    requireDisjoint("output", output, "bias", bias);
    long staged = Staging.bytes(input, weight, bias, output);
    if (staged > 0) {
      Staging.run(
          staged,
          copies ->
              forward(
                  copies.in(input),
                  copies.in(weight),
                  bias == null ? null : copies.in(bias),
                  copies.out(output)));
      return;
    }
    if (output.elementCount() > 0) {
      plan(type, input.size(0))
          .forward
          .run(
              shareable(input.segment()),
              shareable(weight.segment()),
              bias == null ? null : shareable(bias.segment()),
              shareable(output.segment()),
              null);
    }
  }

  /**
   * Computes the output in one line.
   *
   * @param arena owner of the output
   * @param input {@code [N, …]} with I elements a row. Not modified.
   * @param weight {@code [O, I]}. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @return the output, {@code [N, O]}
   */
  public Tensor forward(Arena arena, Tensor input, Tensor weight, @Nullable Tensor bias) {
    Objects.requireNonNull(arena, "arena");
    requireForward(input, weight, bias);
    Tensor output = Tensor.allocate(arena, input.dtype(), input.size(0), outFeatures);
    forward(input, weight, bias, output);
    return output;
  }

  private ElementType requireForward(Tensor input, Tensor weight, @Nullable Tensor bias) {
    ElementType type = requireFloatingPoint("input", input);
    requireRows("input", input);
    requireReadable("input", input);
    requireInput("weight", weight, input.dtype(), outFeatures, inFeatures);
    if (bias != null) {
      requireInput("bias", bias, input.dtype(), outFeatures);
    }
    return type;
  }

  /** Checks a shape for N rows of so many elements. */
  private void requireRows(String operand, Tensor tensor) {
    boolean rows = tensor.rank() > 0;
    if (rows) {
      long elements = 1;
      for (int i = 1; i < tensor.rank() && elements <= inFeatures; i++) {
        elements *= tensor.size(i);
      }
      rows = elements == inFeatures;
    }
    if (!rows) {
      throw Operands.wrongShape(
          operand, tensor.shape(), "[N, …] with " + inFeatures + " elements a row");
    }
  }

  /**
   * Computes the gradient with respect to the input, {@code gradOutput · W}.
   *
   * @param gradOutput {@code [N, O]}. Not modified.
   * @param weight {@code [O, I]}. Not modified.
   * @param gradInput {@code [N, …]} with I elements a row. Overwritten; must not overlap the
   *     others.
   */
  public void backwardInput(Tensor gradOutput, Tensor weight, Tensor gradInput) {
    ElementType type = requireFloatingPoint("gradInput", gradInput);
    requireRows("gradInput", gradInput);
    requireInput("gradOutput", gradOutput, gradInput.dtype(), gradInput.size(0), outFeatures);
    requireInput("weight", weight, gradInput.dtype(), outFeatures, inFeatures);
    requireWritable("gradInput", gradInput);
    requireDisjoint("gradInput", gradInput, "gradOutput", gradOutput);
    requireDisjoint("gradInput", gradInput, "weight", weight);
    long staged = Staging.bytes(gradOutput, weight, gradInput);
    if (staged > 0) {
      Staging.run(
          staged,
          copies -> backwardInput(copies.in(gradOutput), copies.in(weight), copies.out(gradInput)));
      return;
    }
    if (gradInput.elementCount() > 0) {
      plan(type, gradInput.size(0))
          .backwardInput
          .run(
              shareable(gradOutput.segment()),
              shareable(weight.segment()),
              null,
              shareable(gradInput.segment()),
              null);
    }
  }

  /**
   * Computes the gradient with respect to the weight, {@code gradOutputᵀ · x}, summed over the
   * batch.
   *
   * @param input {@code [N, …]} with I elements a row. Not modified.
   * @param gradOutput {@code [N, O]}. Not modified.
   * @param gradWeights {@code [O, I]}. Overwritten; must not overlap the others.
   */
  public void backwardWeights(Tensor input, Tensor gradOutput, Tensor gradWeights) {
    ElementType type = requireFloatingPoint("input", input);
    requireRows("input", input);
    requireReadable("input", input);
    requireInput("gradOutput", gradOutput, input.dtype(), input.size(0), outFeatures);
    requireOutput("gradWeights", gradWeights, input.dtype(), outFeatures, inFeatures);
    requireDisjoint("gradWeights", gradWeights, "input", input);
    requireDisjoint("gradWeights", gradWeights, "gradOutput", gradOutput);
    long staged = Staging.bytes(input, gradOutput, gradWeights);
    if (staged > 0) {
      Staging.run(
          staged,
          copies ->
              backwardWeights(copies.in(input), copies.in(gradOutput), copies.out(gradWeights)));
      return;
    }
    if (gradOutput.elementCount() == 0) {
      gradWeights.segment().fill((byte) 0);
      return;
    }
    plan(type, input.size(0))
        .backwardWeights
        .run(
            shareable(input.segment()),
            shareable(gradOutput.segment()),
            null,
            shareable(gradWeights.segment()),
            null);
  }

  /**
   * Computes the gradient with respect to the bias, {@code gradOutput} summed over the batch, in
   * double precision.
   *
   * @param gradOutput {@code [N, O]}. Not modified.
   * @param gradBias {@code [O]}. Overwritten; must not overlap {@code gradOutput}.
   */
  public void backwardBias(Tensor gradOutput, Tensor gradBias) {
    ElementType type = requireFloatingPoint("gradOutput", gradOutput);
    if (gradOutput.rank() != 2 || gradOutput.size(1) != outFeatures) {
      throw Operands.wrongShape("gradOutput", gradOutput.shape(), "[N, " + outFeatures + "]");
    }
    requireReadable("gradOutput", gradOutput);
    requireOutput("gradBias", gradBias, gradOutput.dtype(), outFeatures);
    requireDisjoint("gradBias", gradBias, "gradOutput", gradOutput);
    long staged = Staging.bytes(gradOutput, gradBias);
    if (staged > 0) {
      Staging.run(staged, copies -> backwardBias(copies.in(gradOutput), copies.out(gradBias)));
      return;
    }
    BackwardBias sums =
        new BackwardBias(
            gradOutput.size(0),
            outFeatures,
            1,
            type,
            shareable(gradOutput.segment()),
            shareable(gradBias.segment()));
    Execution.run(sums, threads);
  }

  /** The passes for one batch size and type: those of a convolution of 1×1 planes. */
  private record Plan(
      long batch,
      ElementType type,
      PassChoice forward,
      PassChoice backwardInput,
      PassChoice backwardWeights) {}

  private Plan plan(ElementType type, long batch) {
    Plan plan = last;
    if (plan == null || plan.batch != batch || plan.type != type) {
      plan =
          new Plan(
              batch,
              type,
              choice(ConvPass.FORWARD, type, batch),
              choice(ConvPass.BACKWARD_INPUT, type, batch),
              choice(ConvPass.BACKWARD_WEIGHTS, type, batch));
      last = plan;
    }
    return plan;
  }

  private PassChoice choice(ConvPass pass, ElementType type, long batch) {
    ConvGeometry geometry = new ConvGeometry(batch, inFeatures, outFeatures, 1, POINT, POINT);
    double elements =
        (double) batch * inFeatures + (double) batch * outFeatures + geometry.weights();
    PlanOptions options =
        PlanOptions.defaults().withThreads(threads).withAlgorithm(Algorithm.IM2COL);
    return PassChoice.of(
        new ConvProblem(
            pass, geometry, type, options.workspaceCap(elements * type.bytes()), Epilogue.NONE),
        options);
  }

  /** Returns the sizes, such as {@code Linear[512 → 10]}. */
  @Override
  public String toString() {
    return "Linear[" + inFeatures + " → " + outFeatures + "]";
  }
}
