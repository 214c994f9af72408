package io.github.colonnade;

import static io.github.colonnade.Operands.requirePositive;

import java.util.Objects;

/**
 * Collects the geometry of a window that slides over images: what convolutions, lowerings and pools
 * have in common. A dilation is {@link DilatedBuilder}'s, which average pools do not have.
 *
 * @param <B> the builder itself
 */
public abstract sealed class WindowBuilder<B extends WindowBuilder<B>>
    permits ConvBuilder, Im2col.Builder, PoolBuilder {
  private final long kernelH;
  private final long kernelW;

  /** 0 if left out. */
  private long strideH;

  private long strideW;
  private long dilationH = 1;
  private long dilationW = 1;
  private Padding padding = Padding.VALID;

  WindowBuilder(long kernelH, long kernelW) {
    this.kernelH = requirePositive("kernelH", kernelH);
    this.kernelW = requirePositive("kernelW", kernelW);
  }

  abstract B self();

  /**
   * Sets the same stride both ways. Left out, it is 1; that of a pool is what its {@link
   * PoolBuilder#rule} says.
   *
   * @param stride pixels from one position of the window to the next: pixels of the input, or of a
   *     transposed convolution's output
   * @return this builder
   * @throws IllegalArgumentException if it is below 1
   */
  public B stride(long stride) {
    return stride(stride, stride);
  }

  /**
   * Sets the stride. Left out, it is 1; that of a pool is what its {@link PoolBuilder#rule} says.
   *
   * @param strideH rows from one position of the window to the next: rows of the input, or of a
   *     transposed convolution's output
   * @param strideW columns from one position of the window to the next, likewise
   * @return this builder
   * @throws IllegalArgumentException if one is below 1
   */
  public B stride(long strideH, long strideW) {
    this.strideH = requirePositive("strideH", strideH);
    this.strideW = requirePositive("strideW", strideW);
    return self();
  }

  /**
   * Sets the padding; left out, there is none.
   *
   * @param padding around the input: zeros, of max pools −∞; {@link PoolBuilder#rule} says how much
   *     a pool's may be
   * @return this builder
   */
  public B padding(Padding padding) {
    this.padding = Objects.requireNonNull(padding, "padding");
    return self();
  }

  /**
   * Sets the same padding on all four sides.
   *
   * @param size rows and columns of padding
   * @return this builder
   * @throws IllegalArgumentException if it is negative
   */
  public B padding(long size) {
    return padding(Padding.of(size));
  }

  /** Sets the dilation, for builders that offer it. */
  final B dilate(long dilationH, long dilationW) {
    this.dilationH = requirePositive("dilationH", dilationH);
    this.dilationW = requirePositive("dilationW", dilationW);
    return self();
  }

  final long kernelH() {
    return kernelH;
  }

  final long kernelW() {
    return kernelW;
  }

  /** Returns the window, of stride 1 if none was set. */
  final Window window() {
    return window(1, 1);
  }

  /** Returns the window, of the given stride if none was set. */
  final Window window(long defaultStrideH, long defaultStrideW) {
    boolean own = strideH == 0;
    return new Window(
        new WindowAxis("H", kernelH, own ? defaultStrideH : strideH, dilationH, padding),
        new WindowAxis("W", kernelW, own ? defaultStrideW : strideW, dilationW, padding));
  }
}
