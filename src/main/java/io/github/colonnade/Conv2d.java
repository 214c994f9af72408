package io.github.colonnade;

import io.github.colonnade.internal.conv.ConvGeometry;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Two-dimensional convolution, {@code [N, C, H, W] → [N, O, OH, OW]}: a cross-correlation with
 * weights {@code [O, C/groups, KH, KW]}, as every deep-learning framework has it.
 *
 * <p>{@code y[n, o, oh, ow] = b[o] + Σ w[o, c, kh, kw] · x[n, c, oh·strideH − padTop +
 * kh·dilationH, ow·strideW − padLeft + kw·dilationW]}, where {@code x} is zero outside its plane.
 * For any other border, pad with {@link Pad2d} first, then convolve with {@link Padding#VALID}.
 *
 * <p>Immutable and safe to share between threads. {@link #plan} decides everything that depends on
 * the input's shape once; the plan then computes without allocating.
 */
public final class Conv2d {
  private static final int MOST_CACHED_PLANS = 64;

  private final long inChannels;
  private final long outChannels;
  private final long kernelH;
  private final long kernelW;
  private final long strideH;
  private final long strideW;
  private final long dilationH;
  private final long dilationW;
  private final long groups;
  private final Padding padding;
  private final PlanOptions options;
  private final ConcurrentMap<PlanKey, Conv2dPlan> plans = new ConcurrentHashMap<>();

  private Conv2d(Builder builder) {
    this.inChannels = builder.inChannels;
    this.outChannels = builder.outChannels;
    this.kernelH = builder.kernelH;
    this.kernelW = builder.kernelW;
    this.strideH = builder.strideH;
    this.strideW = builder.strideW;
    this.dilationH = builder.dilationH;
    this.dilationW = builder.dilationW;
    this.groups = builder.groups;
    this.padding = builder.padding;
    this.options = builder.options;
  }

  private record PlanKey(DType dtype, long n, long h, long w) {}

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
    // Cloned, so that what was checked stays what is used.
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
    Conv2dPlan plan = cachedPlan(Objects.requireNonNull(input, "input"));
    plan.requireForward(input, weight, bias);
    Tensor output = Tensor.allocate(arena, input.dtype(), plan.outputShape());
    plan.forward(input, weight, bias, output);
    return output;
  }

  private Conv2dPlan cachedPlan(Tensor input) {
    Operands.requireFloatingPoint("input", input);
    requireInputShape(input.shape());
    PlanKey key = new PlanKey(input.dtype(), input.size(0), input.size(2), input.size(3));
    Conv2dPlan plan = plans.get(key);
    if (plan == null) {
      plan = plan(input.dtype(), input.shape());
      if (plans.size() >= MOST_CACHED_PLANS) {
        plans.clear();
      }
      plans.put(key, plan);
    }
    return plan;
  }

  private void requireInputShape(long... shape) {
    if (shape.length != 4 || shape[1] != inChannels) {
      throw new IllegalArgumentException(
          "input: shape is " + Arrays.toString(shape) + ", must be [N, " + inChannels + ", H, W]");
    }
    Shapes.elementCount("input", shape);
  }

  private ConvGeometry geometry(long... shape) {
    requireInputShape(shape);
    return new ConvGeometry(
        shape[0],
        inChannels,
        outChannels,
        groups,
        Window.of("H", shape[2], kernelH, strideH, dilationH, padding),
        Window.of("W", shape[3], kernelW, strideW, dilationW, padding));
  }

  /** Returns the geometry, such as {@code Conv2d[64 → 128, kernel 3×3, stride 2×2, …]}. */
  @Override
  public String toString() {
    return "Conv2d["
        + inChannels
        + " → "
        + outChannels
        + ", kernel "
        + kernelH
        + "×"
        + kernelW
        + ", stride "
        + strideH
        + "×"
        + strideW
        + ", dilation "
        + dilationH
        + "×"
        + dilationW
        + ", groups "
        + groups
        + ", padding "
        + padding
        + "]";
  }

  /** Collects the geometry of a convolution. */
  public static final class Builder {
    private final long inChannels;
    private final long outChannels;
    private final long kernelH;
    private final long kernelW;
    private long strideH = 1;
    private long strideW = 1;
    private long dilationH = 1;
    private long dilationW = 1;
    private long groups = 1;
    private Padding padding = Padding.VALID;
    private PlanOptions options = PlanOptions.defaults();

    private Builder(long inChannels, long outChannels, long kernelH, long kernelW) {
      this.inChannels = Shapes.requirePositive("inChannels", inChannels);
      this.outChannels = Shapes.requirePositive("outChannels", outChannels);
      this.kernelH = Shapes.requirePositive("kernelH", kernelH);
      this.kernelW = Shapes.requirePositive("kernelW", kernelW);
    }

    /**
     * Sets the same stride both ways.
     *
     * @param stride input pixels from one output pixel to the next
     * @return this builder
     */
    public Builder stride(long stride) {
      return stride(stride, stride);
    }

    /**
     * Sets the stride.
     *
     * @param strideH input rows from one output row to the next
     * @param strideW input columns from one output column to the next
     * @return this builder
     */
    public Builder stride(long strideH, long strideW) {
      this.strideH = Shapes.requirePositive("strideH", strideH);
      this.strideW = Shapes.requirePositive("strideW", strideW);
      return this;
    }

    /**
     * Sets the same dilation both ways.
     *
     * @param dilation input pixels from one kernel tap to the next
     * @return this builder
     */
    public Builder dilation(long dilation) {
      return dilation(dilation, dilation);
    }

    /**
     * Sets the dilation.
     *
     * @param dilationH input rows from one kernel row to the next
     * @param dilationW input columns from one kernel column to the next
     * @return this builder
     */
    public Builder dilation(long dilationH, long dilationW) {
      this.dilationH = Shapes.requirePositive("dilationH", dilationH);
      this.dilationW = Shapes.requirePositive("dilationW", dilationW);
      return this;
    }

    /**
     * Sets the number of groups of channels; as many as input channels make a depthwise
     * convolution.
     *
     * @param groups a divisor of both channel counts
     * @return this builder
     */
    public Builder groups(long groups) {
      this.groups = Shapes.requirePositive("groups", groups);
      return this;
    }

    /**
     * Sets the padding.
     *
     * @param padding zeros around the input
     * @return this builder
     */
    public Builder padding(Padding padding) {
      this.padding = Objects.requireNonNull(padding, "padding");
      return this;
    }

    /**
     * Sets the same padding on all four sides.
     *
     * @param size rows and columns of zeros
     * @return this builder
     */
    public Builder padding(long size) {
      return padding(Padding.of(size));
    }

    /**
     * Sets the options of plans that name none.
     *
     * @param options algorithm, threads and scratch memory
     * @return this builder
     */
    public Builder options(PlanOptions options) {
      this.options = Objects.requireNonNull(options, "options");
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
      Shapes.requireDivisible("inChannels", inChannels, groups);
      Shapes.requireDivisible("outChannels", outChannels, groups);
      Shapes.byteSize("weight", DType.F64, outChannels, inChannels / groups, kernelH, kernelW);
      return new Conv2d(this);
    }
  }
}
