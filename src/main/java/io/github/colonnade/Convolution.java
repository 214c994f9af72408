package io.github.colonnade;

import io.github.colonnade.internal.conv.ConvGeometry;
import java.io.Serial;
import java.lang.foreign.Arena;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A convolution of images, {@code [N, C, H, W] → [N, O, OH, OW]}, transposed or not. {@link #plan}
 * decides everything that depends on the input's shape once; the plan then computes without
 * allocating. Immutable and safe to share between threads.
 *
 * @param <P> its plans
 */
@SuppressWarnings("exports") // @Nullable is for who has it.
public abstract sealed class Convolution<P extends ConvPlan> extends Specification
    permits Conv2d, ConvTranspose2d {
  @Serial private static final long serialVersionUID = 1;

  final long inChannels;
  final long outChannels;
  final long groups;
  final Window window;
  final transient PlanCache<P> plans = new PlanCache<>(this::plan);
  final PlanOptions options;

  Convolution(ConvBuilder<?> builder) {
    this.inChannels = builder.inChannels();
    this.outChannels = builder.outChannels();
    this.groups = builder.groups();
    this.window = builder.window();
    this.options = builder.options();
  }

  /** {@return the channels of an input} */
  public final long inChannels() {
    return inChannels;
  }

  /** {@return the channels of an output} */
  public final long outChannels() {
    return outChannels;
  }

  /** {@return the shape of weights, as {@link ConvPlan#weightShape} has it} */
  public final long[] weightShape() {
    long[] channels = weightChannels();
    return new long[] {
      channels[0], channels[1] / groups, window.vertical().kernel(), window.horizontal().kernel()
    };
  }

  /** Returns the channels that weights begin with: those of one side, then of the other. */
  abstract long[] weightChannels();

  /** {@return the options of plans that are made without any} */
  public final PlanOptions options() {
    return options;
  }

  /**
   * Plans for inputs of one shape and type, with this convolution's options.
   *
   * @param dtype {@link DType#F64} or {@link DType#F32}
   * @param inputShape {@code N, C, H, W}
   * @return an immutable plan, safe to share between threads
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   * @throws UnsatisfiedLinkError if a pass multiplies with OpenBLAS and none can be used; see
   *     {@link OpenBlas#info}. {@link Algorithm#REFERENCE} and {@link Algorithm#DIRECT} need none.
   */
  public P plan(DType dtype, long... inputShape) {
    return plan(options, dtype, inputShape);
  }

  /**
   * Plans for inputs of one shape and type.
   *
   * @param options algorithm, threads and scratch memory
   * @param dtype {@link DType#F64} or {@link DType#F32}
   * @param inputShape {@code N, C, H, W}
   * @return an immutable plan, safe to share between threads
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   * @throws UnsatisfiedLinkError if a pass multiplies with OpenBLAS and none can be used; see
   *     {@link OpenBlas#info}. {@link Algorithm#REFERENCE} and {@link Algorithm#DIRECT} need none.
   */
  public P plan(PlanOptions options, DType dtype, long... inputShape) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(dtype, "dtype");
    Objects.requireNonNull(inputShape, "inputShape");
    // Cloned, so that the sizes checked are the sizes used.
    long[] shape = inputShape.clone();
    Operands.requireChannels("input", inChannels, shape);
    return decide(geometry(shape), dtype, options);
  }

  /** Returns what both kinds have, for people. */
  final String describe() {
    return inChannels
        + " → "
        + outChannels
        + ", "
        + window
        + ", groups "
        + groups
        + ", padding "
        + window.padding();
  }

  /** Returns the geometry of a convolution, of a transposed one that of its adjoint. */
  abstract ConvGeometry geometry(long... inputShape);

  abstract P decide(ConvGeometry geometry, DType dtype, PlanOptions options);

  /**
   * Computes the output in one line: plans, or finds the plan made earlier for this shape, and
   * allocates the output.
   *
   * @param arena owner of the output
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight of the plan's {@link ConvPlan#weightShape} and the input's type. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @return the output, {@code [N, O, OH, OW]}
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public Tensor forward(Arena arena, Tensor input, Tensor weight, @Nullable Tensor bias) {
    Objects.requireNonNull(arena, "arena");
    Operands.requireFloatingPoint("input", input);
    Operands.requireChannels("input", inChannels, input.shape());
    return plans.plan(input).forwardInto(arena, input, weight, bias);
  }
}
