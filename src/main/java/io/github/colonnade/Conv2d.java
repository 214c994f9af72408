package io.github.colonnade;

import io.github.colonnade.internal.conv.ConvGeometry;
import java.io.ObjectStreamException;
import java.io.Serial;

/**
 * Two-dimensional convolution, {@code [N, C, H, W] → [N, O, OH, OW]}: a cross-correlation with
 * weights {@code [O, C/groups, KH, KW]}, as in every deep-learning framework.
 *
 * <p>{@code y[n, o, oh, ow] = b[o] + Σ w[o, c, kh, kw] · x[n, c, oh·strideH − padTop +
 * kh·dilationH, ow·strideW − padLeft + kw·dilationW]}, where {@code x} is zero outside its plane.
 * For any other border, pad with {@link Pad2d} first, then convolve with {@link Padding#VALID}.
 *
 * <p>There may be 0 images, as in PyTorch; and, other than there, an input of 0 rows or columns, as
 * long as the kernel fits into its padding. Channels are at least 1: PyTorch refuses an output of 0
 * channels, and makes one of an input of 0 that is empty.
 *
 * <p>A batch through one convolution:
 *
 * {@snippet file="io/github/colonnade/examples/ConvolveBatch.java" region="batch"}
 *
 * <p>A kernel for each channel, then a mix of the channels:
 *
 * {@snippet file="io/github/colonnade/examples/Depthwise.java" region="depthwise"}
 */
public final class Conv2d extends Convolution<Conv2dPlan> {
  @Serial private static final long serialVersionUID = 1;

  private Conv2d(Builder builder) {
    super(builder);
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
   * Returns what this reads beyond an output's place, for {@link Tiles#split}.
   *
   * @return the halo
   */
  public Halo halo() {
    return Halo.sliding(
        this,
        size -> window.vertical().place("input", size),
        size -> window.horizontal().place("input", size));
  }

  /**
   * Returns a convolution with another padding, such as a {@linkplain Tiles.Tile#padding tile's}.
   *
   * @param padding zeros around the input
   * @return a new convolution, otherwise alike
   */
  public Conv2d withPadding(Padding padding) {
    return new Told(inChannels, outChannels, groups, window.withPadding(padding), options).build();
  }

  private record Told(
      long inChannels, long outChannels, long groups, Window window, PlanOptions options)
      implements Form {

    private Conv2d build() {
      long kernelH = window.vertical().kernel();
      long kernelW = window.horizontal().kernel();
      return window
          .tell(builder(inChannels, outChannels, kernelH, kernelW))
          .groups(groups)
          .options(options)
          .build();
    }

    @Serial
    private Object readResolve() throws ObjectStreamException {
      return rebuild(this::build);
    }
  }

  @Override
  Form form() {
    return new Told(inChannels, outChannels, groups, window, options);
  }

  @Override
  Conv2dPlan decide(ConvGeometry geometry, DType dtype, PlanOptions options) {
    return new Conv2dPlan(geometry, dtype, options);
  }

  @Override
  long[] weightChannels() {
    return new long[] {outChannels, inChannels};
  }

  @Override
  ConvGeometry geometry(long... shape) {
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
    return "Conv2d[" + describe() + "]";
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
