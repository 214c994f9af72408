package io.github.colonnade;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import java.io.ObjectStreamException;
import java.io.Serial;

/**
 * Transposed convolution, {@code [N, C, H, W] → [N, O, OH, OW]} with weights {@code [C, O/groups,
 * KH, KW]}: the adjoint of a {@link Conv2d} from O to C channels, plus a bias. Also called
 * deconvolution, or fractionally strided convolution.
 *
 * <p>{@code OH = (H − 1)·strideH − padTop − padBottom + (KH − 1)·dilationH + 1 + outputPaddingH},
 * likewise {@code OW}: PyTorch's meaning of padding and output padding, which adds rows below and
 * columns to the right that the kernel reaches only where the padding let it. {@link
 * Builder#outputSize} sets the size instead, as ONNX's {@code output_shape} without its automatic
 * padding.
 *
 * <p>There may be 0 images. As in PyTorch, channels, rows and columns are at least 1.
 */
public final class ConvTranspose2d extends Convolution<ConvTranspose2dPlan> {
  @Serial private static final long serialVersionUID = 1;

  private final long outputPaddingH;
  private final long outputPaddingW;

  /** 0 if it follows from the output padding. */
  private final long outputH;

  private final long outputW;

  private ConvTranspose2d(Builder builder) {
    super(builder);
    this.outputPaddingH = builder.outputPaddingH;
    this.outputPaddingW = builder.outputPaddingW;
    this.outputH = builder.outputH;
    this.outputW = builder.outputW;
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
   * Returns what this reads beyond an output's place, for {@link Tiles#split}. A tile is computed
   * with the {@link Tiles.Tile#padding} and the {@link Builder#outputSize} of its target.
   *
   * @return the halo
   */
  public Halo halo() {
    return Halo.transposed(
        this,
        size -> adjoint(window.vertical(), size, outputPaddingH, outputH),
        size -> adjoint(window.horizontal(), size, outputPaddingW, outputW));
  }

  private record Told(
      long inChannels,
      long outChannels,
      long groups,
      Window window,
      long outputPaddingH,
      long outputPaddingW,
      long outputH,
      long outputW,
      PlanOptions options)
      implements Form {

    private ConvTranspose2d build() {
      long kernelH = window.vertical().kernel();
      long kernelW = window.horizontal().kernel();
      Builder told =
          window
              .tell(builder(inChannels, outChannels, kernelH, kernelW))
              .groups(groups)
              .outputPadding(outputPaddingH, outputPaddingW)
              .options(options);
      return (outputH == 0 && outputW == 0 ? told : told.outputSize(outputH, outputW)).build();
    }

    @Serial
    private Object readResolve() throws ObjectStreamException {
      return rebuild(this::build);
    }
  }

  @Override
  Form form() {
    return new Told(
        inChannels,
        outChannels,
        groups,
        window,
        outputPaddingH,
        outputPaddingW,
        outputH,
        outputW,
        options);
  }

  @Override
  ConvTranspose2dPlan decide(ConvGeometry adjoint, DType dtype, PlanOptions options) {
    return new ConvTranspose2dPlan(adjoint, dtype, options);
  }

  /** The geometry of the convolution whose adjoint this is: its output is our input. */
  @Override
  long[] weightChannels() {
    return new long[] {inChannels, outChannels};
  }

  @Override
  ConvGeometry geometry(long... shape) {
    return new ConvGeometry(
        shape[0],
        outChannels,
        inChannels,
        groups,
        adjoint(window.vertical(), shape[2], outputPaddingH, outputH),
        adjoint(window.horizontal(), shape[3], outputPaddingW, outputW));
  }

  private static Axis adjoint(WindowAxis axis, long size, long extra, long wanted) {
    long outputs = outputSize(axis, size, extra, wanted);
    // Less than the padding where output padding adds what the kernel reaches of it.
    long after = (size - 1) * axis.stride() + axis.extent() - outputs - axis.padBefore();
    return new Axis(
        /* size= */ outputs,
        axis.kernel(),
        axis.stride(),
        axis.dilation(),
        axis.padBefore(),
        after,
        /* outputs= */ size);
  }

  /** Returns the size along one axis, or throws if the padding leaves nothing of it. */
  private static long outputSize(WindowAxis axis, long size, long extra, long wanted) {
    if (size < 1) {
      throw new IllegalArgumentException(
          "input: " + axis.name() + " is " + size + ", must be at least 1");
    }
    try {
      long reach = Math.multiplyExact(size - 1, axis.stride());
      long padding = Math.addExact(axis.padBefore(), axis.padAfter());
      long least = Math.subtractExact(Math.addExact(reach, axis.extent()), padding);
      // The largest size that output padding could give, or the largest long.
      long most = Math.max(axis.stride(), axis.dilation()) - 1;
      long slack = Math.min(most, Long.MAX_VALUE - Math.max(0, least));
      long result = wanted > 0 ? least + slack : Math.addExact(least, extra);
      if (result < 1) {
        throw new IllegalArgumentException(
            "output: its "
                + axis.name()
                + " would be "
                + result
                + ", must be at least 1 (less padding)");
      }
      if (wanted > 0 && (wanted < least || wanted > result)) {
        throw new IllegalArgumentException(
            "output"
                + axis.name()
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
          "output: its " + axis.name() + " for an input of " + size + " does not fit a long",
          overflow);
    }
  }

  /**
   * Returns the geometry, such as {@code ConvTranspose2d[64 → 32, kernel 3×3, stride 2×2, …, output
   * padding 1×1]}.
   */
  @Override
  public String toString() {
    String size =
        outputH > 0
            ? ", output size " + outputH + "×" + outputW
            : ", output padding " + outputPaddingH + "×" + outputPaddingW;
    return "ConvTranspose2d[" + describe() + size + "]";
  }

  /** Collects the geometry of a transposed convolution. */
  public static final class Builder extends ConvBuilder<Builder> {
    private long outputPaddingH;
    private long outputPaddingW;
    private long outputH;
    private long outputW;

    private Builder(long inChannels, long outChannels, long kernelH, long kernelW) {
      super(inChannels, outChannels, kernelH, kernelW);
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * Sets the padding: what is cut from the output on each side.
     *
     * @param padding given on four sides, or {@link Padding#VALID}
     * @return this builder
     * @throws IllegalArgumentException if the padding is a rule, which would need an output size
     */
    @Override
    public Builder padding(Padding padding) {
      if (padding instanceof Padding.Same) {
        throw new IllegalArgumentException(
            "padding: is " + padding + ", must be given on four sides or VALID");
      }
      return super.padding(padding);
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
      this.outputPaddingH = Operands.requireNotNegative("outputPaddingH", outputPaddingH);
      this.outputPaddingW = Operands.requireNotNegative("outputPaddingW", outputPaddingW);
      return this;
    }

    /**
     * Sets the output's size, in place of output padding.
     *
     * @param outputH height, one that {@link #outputPadding} could make
     * @param outputW width, one that {@link #outputPadding} could make
     * @return this builder
     */
    public Builder outputSize(long outputH, long outputW) {
      this.outputH = Operands.requirePositive("outputH", outputH);
      this.outputW = Operands.requirePositive("outputW", outputW);
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
      requireWeight(inChannels(), outChannels());
      requireBelow("outputPaddingH", outputPaddingH, window().vertical());
      requireBelow("outputPaddingW", outputPaddingW, window().horizontal());
      return new ConvTranspose2d(this);
    }

    private static void requireBelow(String name, long value, WindowAxis axis) {
      if (value >= axis.stride() && value >= axis.dilation()) {
        throw new IllegalArgumentException(
            name
                + ": is "
                + value
                + ", must be less than stride "
                + axis.stride()
                + " or dilation "
                + axis.dilation());
      }
    }
  }
}
