package io.github.colonnade;

import static io.github.colonnade.Shapes.requirePositive;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.pool.PoolGeometry;
import io.github.colonnade.internal.pool.SlidingAxis;
import java.util.Objects;

/**
 * Collects the geometry of a pool whose windows slide: the part that max and average pools share.
 *
 * @param <B> the builder itself
 */
public abstract sealed class PoolBuilder<B extends PoolBuilder<B>>
    permits MaxPool2d.Builder, AvgPool2d.Builder {
  private final long kernelH;
  private final long kernelW;
  private long strideH;
  private long strideW;
  private Padding padding = Padding.VALID;
  private boolean ceilMode;
  private PoolingRule rule = PoolingRule.PYTORCH;
  private int threads = PlanOptions.defaults().threads();

  PoolBuilder(long kernelH, long kernelW) {
    this.kernelH = requirePositive("kernelH", kernelH);
    this.kernelW = requirePositive("kernelW", kernelW);
  }

  abstract B self();

  /**
   * Sets the same stride both ways; left out, {@link #rule} decides.
   *
   * @param stride input pixels from one window to the next
   * @return this builder
   * @throws IllegalArgumentException if it is below 1
   */
  public B stride(long stride) {
    return stride(stride, stride);
  }

  /**
   * Sets the stride; left out, {@link #rule} decides.
   *
   * @param strideH input rows from one window to the next
   * @param strideW input columns from one window to the next
   * @return this builder
   * @throws IllegalArgumentException if one is below 1
   */
  public B stride(long strideH, long strideW) {
    this.strideH = requirePositive("strideH", strideH);
    this.strideW = requirePositive("strideW", strideW);
    return self();
  }

  /**
   * Sets the padding.
   *
   * @param padding padding around the input; {@link #rule} says how much there may be
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

  /**
   * Sets whether a last window counts that hangs over the padded input.
   *
   * @param ceilMode true to round the number of windows up, false (the default) to round it down
   * @return this builder
   */
  public B ceilMode(boolean ceilMode) {
    this.ceilMode = ceilMode;
    return self();
  }

  /**
   * Sets whose rules hold.
   *
   * @param rule {@link PoolingRule#PYTORCH} is the default
   * @return this builder
   */
  public B rule(PoolingRule rule) {
    this.rule = Objects.requireNonNull(rule, "rule");
    return self();
  }

  /**
   * Sets how many threads a call uses; the result's bits do not depend on it.
   *
   * @param threads threads at most, the caller's included; by default a thread for each processor
   * @return this builder
   * @throws IllegalArgumentException if it is below 1
   */
  public B threads(int threads) {
    this.threads = (int) requirePositive("threads", threads);
    return self();
  }

  final PoolingRule rule() {
    return rule;
  }

  final int threads() {
    return threads;
  }

  final Sliding sliding(long dilationH, long dilationW) {
    boolean own = strideH == 0;
    long defaultH = rule == PoolingRule.ONNX ? 1 : kernelH;
    long defaultW = rule == PoolingRule.ONNX ? 1 : kernelW;
    Sliding sliding =
        new Sliding(
            kernelH,
            kernelW,
            own ? defaultH : strideH,
            own ? defaultW : strideW,
            dilationH,
            dilationW,
            padding,
            ceilMode,
            rule);
    if (padding instanceof Padding.Explicit sides) {
      sliding.requireAllowed("padTop", sides.top(), "kernelH", kernelH);
      sliding.requireAllowed("padLeft", sides.left(), "kernelW", kernelW);
      sliding.requireAllowed("padBottom", sides.bottom(), "kernelH", kernelH);
      sliding.requireAllowed("padRight", sides.right(), "kernelW", kernelW);
    }
    return sliding;
  }

  /** The windows before the input's size is known. */
  record Sliding(
      long kernelH,
      long kernelW,
      long strideH,
      long strideW,
      long dilationH,
      long dilationW,
      Padding padding,
      boolean ceilMode,
      PoolingRule rule) {

    PoolGeometry place(long planes, long inH, long inW) {
      return new PoolGeometry(
          planes,
          axis("H", inH, kernelH, strideH, dilationH),
          axis("W", inW, kernelW, strideW, dilationW));
    }

    private SlidingAxis axis(String axis, long size, long kernel, long stride, long dilation) {
      Axis placed = Window.of(axis, size, kernel, stride, dilation, padding, ceilMode);
      // Explicit padding was checked before; what a rule derives is known only here.
      requireAllowed("padding: " + axis, placed.padBefore(), "kernel" + axis, kernel);
      requireAllowed("padding: " + axis, placed.padAfter(), "kernel" + axis, kernel);
      return new SlidingAxis(placed);
    }

    private void requireAllowed(String name, long pad, String kernelName, long kernel) {
      if (rule == PoolingRule.PYTORCH && pad > kernel / 2) {
        throw new IllegalArgumentException(
            name
                + ": is "
                + pad
                + ", must be at most "
                + kernel / 2
                + ", half of "
                + kernelName
                + " (PoolingRule.ONNX has no such limit)");
      }
    }

    @Override
    public String toString() {
      return "kernel "
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
          + ", padding "
          + padding
          + (ceilMode ? ", ceil mode, " : ", ")
          + rule;
    }
  }
}
