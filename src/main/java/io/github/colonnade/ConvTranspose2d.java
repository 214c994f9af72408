package io.github.colonnade;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Objects;

/**
 * Transposed convolution, {@code [N, C, H, W] → [N, O, OH, OW]} with weights {@code [C, O/groups,
 * KH, KW]}: the adjoint of a {@link Conv2d} from O to C channels, plus a bias. Also called
 * deconvolution, or fractionally strided convolution.
 *
 * <p>{@code OH = (H − 1)·strideH − padTop − padBottom + (KH − 1)·dilationH + 1 + outputPaddingH},
 * likewise {@code OW}: PyTorch's meaning of padding and output padding, which adds rows below and
 * columns to the right that the kernel reaches only where the padding let it. {@link
 * Builder#outputSize} asks for a size instead, ONNX's {@code output_shape} without its automatic
 * padding.
 *
 * <p>Immutable and safe to share between threads.
 */
public final class ConvTranspose2d {
  private final long inChannels;
  private final long outChannels;
  private final long kernelH;
  private final long kernelW;
  private final long strideH;
  private final long strideW;
  private final long dilationH;
  private final long dilationW;
  private final long groups;
  private final Padding.Explicit padding;
  private final long outputPaddingH;
  private final long outputPaddingW;
  private final long outputH;
  private final long outputW;
  private final PlanOptions options;

  private ConvTranspose2d(Builder builder) {
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
    this.outputPaddingH = builder.outputPaddingH;
    this.outputPaddingW = builder.outputPaddingW;
    this.outputH = builder.outputH;
    this.outputW = builder.outputW;
    this.options = builder.options;
  }

  /**
   * Starts a transposed convolution with stride 1, no padding, dilation 1 and one group.
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
   * Plans for inputs of one shape and type, with this operator's options.
   *
   * @param dtype {@link DType#F64} or {@link DType#F32}
   * @param inputShape {@code N, C, H, W}
   * @return an immutable plan, safe to share between threads
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public ConvTranspose2dPlan plan(DType dtype, long... inputShape) {
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
  public ConvTranspose2dPlan plan(PlanOptions options, DType dtype, long... inputShape) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(dtype, "dtype");
    Objects.requireNonNull(inputShape, "inputShape");
    return new ConvTranspose2dPlan(geometry(inputShape.clone()), dtype, options);
  }

  /**
   * Computes the output in one line: plans, and allocates the output.
   *
   * @param arena owner of the output
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight {@code [C, O/groups, KH, KW]} of the input's type. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @return the output, {@code [N, O, OH, OW]}
   * @throws IllegalArgumentException naming the operand, its shape and the shape required
   */
  public Tensor forward(Arena arena, Tensor input, Tensor weight, Tensor bias) {
    Objects.requireNonNull(arena, "arena");
    Operands.requireFloatingPoint("input", Objects.requireNonNull(input, "input"));
    ConvTranspose2dPlan plan = plan(input.dtype(), input.shape());
    plan.requireForward(input, weight, bias);
    Tensor output = Tensor.allocate(arena, input.dtype(), plan.outputShape());
    plan.forward(input, weight, bias, output);
    return output;
  }

  /** The geometry of the convolution whose adjoint this is: its output is our input. */
  private ConvGeometry geometry(long... shape) {
    if (shape.length != 4 || shape[1] != inChannels) {
      throw new IllegalArgumentException(
          "input: shape is " + Arrays.toString(shape) + ", must be [N, " + inChannels + ", H, W]");
    }
    Shapes.elementCount("input", shape);
    Axis vertical =
        axis("H", shape[2], kernelH, strideH, dilationH, padding, outputPaddingH, outputH);
    Axis horizontal =
        axis("W", shape[3], kernelW, strideW, dilationW, padding, outputPaddingW, outputW);
    return new ConvGeometry(shape[0], outChannels, inChannels, groups, vertical, horizontal);
  }

  private static Axis axis(
      String axis,
      long size,
      long kernel,
      long stride,
      long dilation,
      Padding.Explicit padding,
      long extra,
      long wanted) {
    long outputs = outputSize(axis, size, kernel, stride, dilation, padding, extra, wanted);
    long before = axis.equals("H") ? padding.top() : padding.left();
    // Less than the padding where output padding adds what the kernel reaches of it.
    long after = (size - 1) * stride + (kernel - 1) * dilation + 1 - outputs - before;
    return new Axis(
        /* size= */ outputs, kernel, stride, dilation, before, after, /* outputs= */ size);
  }

  /** Returns the size along one axis, or throws where the padding leaves nothing of it. */
  private static long outputSize(
      String axis,
      long size,
      long kernel,
      long stride,
      long dilation,
      Padding.Explicit padding,
      long extra,
      long wanted) {
    if (size < 1) {
      throw new IllegalArgumentException("input: " + axis + " is " + size + ", must be at least 1");
    }
    try {
      long reach = Math.multiplyExact(size - 1, stride);
      long extent = Math.addExact(Math.multiplyExact(kernel - 1, dilation), 1);
      long pad =
          axis.equals("H")
              ? Math.addExact(padding.top(), padding.bottom())
              : Math.addExact(padding.left(), padding.right());
      long least = Math.subtractExact(Math.addExact(reach, extent), pad);
      // The most that output padding could make, or all that a long holds.
      long slack = Math.min(Math.max(stride, dilation) - 1, Long.MAX_VALUE - Math.max(0, least));
      long result = wanted > 0 ? least + slack : Math.addExact(least, extra);
      if (result < 1) {
        throw new IllegalArgumentException(
            "output: its " + axis + " would be " + result + ", must be at least 1 (less padding)");
      }
      if (wanted > 0 && (wanted < least || wanted > result)) {
        throw new IllegalArgumentException(
            "output"
                + axis
                + ": is "
                + wanted
                + ", must be from "
                + Math.max(1, least)
                + " to "
                + result);
      }
      return wanted > 0 ? wanted : result;
    } catch (ArithmeticException overflow) {
      throw new IllegalArgumentException(
          "output: its " + axis + " for an input of " + size + " does not fit a long", overflow);
    }
  }

  /** Collects the geometry of a transposed convolution. */
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
    private Padding.Explicit padding = new Padding.Explicit(0, 0, 0, 0);
    private long outputPaddingH;
    private long outputPaddingW;
    private long outputH;
    private long outputW;
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
     * @param stride output pixels from one input pixel to the next
     * @return this builder
     */
    public Builder stride(long stride) {
      return stride(stride, stride);
    }

    /**
     * Sets the stride.
     *
     * @param strideH output rows from one input row to the next
     * @param strideW output columns from one input column to the next
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
     * @param dilation output pixels from one kernel tap to the next
     * @return this builder
     */
    public Builder dilation(long dilation) {
      return dilation(dilation, dilation);
    }

    /**
     * Sets the dilation.
     *
     * @param dilationH output rows from one kernel row to the next
     * @param dilationW output columns from one kernel column to the next
     * @return this builder
     */
    public Builder dilation(long dilationH, long dilationW) {
      this.dilationH = Shapes.requirePositive("dilationH", dilationH);
      this.dilationW = Shapes.requirePositive("dilationW", dilationW);
      return this;
    }

    /**
     * Sets the number of groups of channels.
     *
     * @param groups a divisor of both channel counts
     * @return this builder
     */
    public Builder groups(long groups) {
      this.groups = Shapes.requirePositive("groups", groups);
      return this;
    }

    /**
     * Sets the padding: what is cut from the output on each side.
     *
     * @param padding given on four sides, or {@link Padding#VALID}
     * @return this builder
     * @throws IllegalArgumentException if the padding is a rule, which would need an output size
     */
    public Builder padding(Padding padding) {
      Objects.requireNonNull(padding, "padding");
      if (!(padding instanceof Padding.Explicit sides)) {
        throw new IllegalArgumentException(
            "padding: is SAME_" + padding + ", must be given on four sides or VALID");
      }
      this.padding = sides;
      return this;
    }

    /**
     * Sets the same padding on all four sides.
     *
     * @param size rows and columns cut from each side
     * @return this builder
     */
    public Builder padding(long size) {
      return padding(Padding.of(size));
    }

    /**
     * Adds rows below and columns to the right, which makes the output's size that of a strided
     * convolution's input where several sizes fit.
     *
     * @param outputPaddingH rows, less than strideH or dilationH
     * @param outputPaddingW columns, less than strideW or dilationW
     * @return this builder
     */
    public Builder outputPadding(long outputPaddingH, long outputPaddingW) {
      this.outputPaddingH = requireNotNegative("outputPaddingH", outputPaddingH);
      this.outputPaddingW = requireNotNegative("outputPaddingW", outputPaddingW);
      return this;
    }

    /**
     * Asks for a size of the output, in place of output padding.
     *
     * @param outputH height, one that {@link #outputPadding} could make
     * @param outputW width, one that {@link #outputPadding} could make
     * @return this builder
     */
    public Builder outputSize(long outputH, long outputW) {
      this.outputH = Shapes.requirePositive("outputH", outputH);
      this.outputW = Shapes.requirePositive("outputW", outputW);
      return this;
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
     * Makes the operator.
     *
     * @return an immutable transposed convolution
     * @throws IllegalArgumentException if a channel count is no multiple of the groups, or an
     *     output padding is neither below its stride nor below its dilation
     */
    public ConvTranspose2d build() {
      Shapes.requireDivisible("inChannels", inChannels, groups);
      Shapes.requireDivisible("outChannels", outChannels, groups);
      Shapes.byteSize("weight", DType.F64, inChannels, outChannels / groups, kernelH, kernelW);
      requireBelow("outputPaddingH", outputPaddingH, strideH, dilationH);
      requireBelow("outputPaddingW", outputPaddingW, strideW, dilationW);
      return new ConvTranspose2d(this);
    }

    private static void requireBelow(String name, long value, long stride, long dilation) {
      if (value >= stride && value >= dilation) {
        throw new IllegalArgumentException(
            name
                + ": is "
                + value
                + ", must be less than stride "
                + stride
                + " or dilation "
                + dilation);
      }
    }

    private static long requireNotNegative(String name, long value) {
      if (value < 0) {
        throw new IllegalArgumentException(name + ": is " + value + ", must not be negative");
      }
      return value;
    }
  }
}
