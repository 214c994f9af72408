package io.github.colonnade;

import io.github.colonnade.internal.conv.ConvGeometry;
import java.lang.foreign.Arena;
import java.util.Objects;

/**
 * Two-dimensional convolution, {@code [N, C, H, W] → [N, O, OH, OW]}: a cross-correlation with
 * weights {@code [O, C/groups, KH, KW]}, as in every deep-learning framework.
 *
 * <p>{@code y[n, o, oh, ow] = b[o] + Σ w[o, c, kh, kw] · x[n, c, oh·strideH − padTop +
 * kh·dilationH, ow·strideW − padLeft + kw·dilationW]}, where {@code x} is zero outside its plane.
 * For any other border, pad with {@link Pad2d} first, then convolve with {@link Padding#VALID}.
 *
 * <p>Immutable and safe to share between threads. {@link #plan} decides everything that depends on
 * the input's shape once; the plan then computes without allocating.
 */
public final class Conv2d {
  private final long inChannels;
  private final long outChannels;
  private final long groups;
  private final Window window;
  private final PlanOptions options;
  private final PlanCache<Conv2dPlan> plans = new PlanCache<>(this::plan);

  private Conv2d(Builder builder) {
    this.inChannels = builder.inChannels();
    this.outChannels = builder.outChannels();
    this.groups = builder.groups();
    this.window = builder.window();
    this.options = builder.options();
  }

  /**
   * Starts a convolution with stride 1, no padding, dilation 1 and one group.
   *
   * @param inChannels channels of the input
   * @param outChannels channels of the output
   * @param kernelH height of the kernel
   * @param kernelW width of the kernel
   * @return a builder
   */
  public static Builder builder(long inChannels, long outChannels, long kernelH, long kernelW) {
    return new Builder(inChannels, outChannels, kernelH, kernelW);
  }

  /**
   * Plans for inputs of one shape and type, with this convolution's options.
   *
   * @param dtype {@link DType#F64} or {@link DType#F32}
   * @param inputShape {@code N, C, H, W}
   * @return an immutable plan, safe to share between threads
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public Conv2dPlan plan(DType dtype, long... inputShape) {
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
   */
  public Conv2dPlan plan(PlanOptions options, DType dtype, long... inputShape) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(dtype, "dtype");
    Objects.requireNonNull(inputShape, "inputShape");
    // Cloned, so that the sizes checked are the sizes used.
    return new Conv2dPlan(geometry(inputShape.clone()), dtype, options);
  }

  /**
   * Computes {@code y = W ⋆ x + b} in one line: plans, or finds the plan made earlier for this
   * shape, and allocates the output.
   *
   * @param arena owner of the output
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight {@code [O, C/groups, KH, KW]} of the input's type. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @return the output, {@code [N, O, OH, OW]}
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public Tensor forward(Arena arena, Tensor input, Tensor weight, Tensor bias) {
    Objects.requireNonNull(arena, "arena");
    Operands.requireFloatingPoint("input", input);
    Operands.requireChannels("input", inChannels, input.shape());
    return plans.plan(input).forwardInto(arena, input, weight, bias);
  }

  private ConvGeometry geometry(long... shape) {
    Operands.requireChannels("input", inChannels, shape);
    return new ConvGeometry(
        shape[0],
        inChannels,
        outChannels,
        groups,
        window.vertical().place("input", shape[2]),
        window.horizontal().place("input", shape[3]));
  }

  /** Returns the geometry, such as {@code Conv2d[64 → 128, kernel 3×3, stride 2×2, …]}. */
  @Override
  public String toString() {
    return "Conv2d["
        + inChannels
        + " → "
        + outChannels
        + ", "
        + window
        + ", groups "
        + groups
        + ", padding "
        + window.padding()
        + "]";
  }

  /** Collects the geometry of a convolution. */
  public static final class Builder extends ConvBuilder<Builder> {
    private Builder(long inChannels, long outChannels, long kernelH, long kernelW) {
      super(inChannels, outChannels, kernelH, kernelW);
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * Makes the convolution.
     *
     * @return an immutable convolution
     * @throws IllegalArgumentException if a channel count is no multiple of the groups, or the
     *     weight's bytes do not fit a long
     */
    public Conv2d build() {
      requireWeight(outChannels(), inChannels());
      return new Conv2d(this);
    }
  }
}
