package io.github.colonnade;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.pool.PoolGeometry;
import io.github.colonnade.internal.pool.SlidingAxis;
import java.io.Serializable;
import java.util.Objects;

/**
 * Collects the geometry of a pool whose windows slide: the part that max and average pools share.
 *
 * @param <B> the builder itself
 */
public abstract sealed class PoolBuilder<B extends PoolBuilder<B>> extends WindowBuilder<B>
    permits MaxPool2d.Builder, AvgPool2d.Builder {
  private boolean ceilMode;
  private PoolingRule rule = PoolingRule.PYTORCH;
  private int threads = PlanOptions.defaults().threads();

  PoolBuilder(long kernelH, long kernelW) {
    super(kernelH, kernelW);
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
   * @param threads threads at most, the caller's included; by default as of {@link
   *     PlanOptions#defaults}
   * @return this builder
   * @throws IllegalArgumentException if it is below 1
   */
  public B threads(int threads) {
    this.threads = Operands.requireThreads(threads);
    return self();
  }

  final PoolingRule rule() {
    return rule;
  }

  final int threads() {
    return threads;
  }

  /** Returns the windows, or throws if the rule does not allow the padding given. */
  final Sliding sliding() {
    boolean onnx = rule == PoolingRule.ONNX;
    Window window = window(onnx ? 1 : kernelH(), onnx ? 1 : kernelW());
    Sliding sliding = new Sliding(window, ceilMode, rule);
    if (window.padding() instanceof Padding.Explicit sides) {
      sliding.requireAllowed("padTop", sides.top(), window.vertical());
      sliding.requireAllowed("padLeft", sides.left(), window.horizontal());
      sliding.requireAllowed("padBottom", sides.bottom(), window.vertical());
      sliding.requireAllowed("padRight", sides.right(), window.horizontal());
    }
    return sliding;
  }

  /** The windows before the input's size is known. */
  record Sliding(Window window, boolean ceilMode, PoolingRule rule) implements Serializable {

    /** Tells a builder for a kernel of this size the rest, for it to check. */
    <B extends PoolBuilder<B>> B tell(B builder) {
      return window.tell(builder).ceilMode(ceilMode).rule(rule);
    }

    PoolGeometry place(String operand, long planes, long inH, long inW) {
      return new PoolGeometry(
          planes, place(operand, window.vertical(), inH), place(operand, window.horizontal(), inW));
    }

    Halo halo(Pooling2d pool) {
      return Halo.pooling(
          pool,
          size -> place("input", window.vertical(), size).axis(),
          size -> place("input", window.horizontal(), size).axis(),
          ceilMode);
    }

    private SlidingAxis place(String operand, WindowAxis axis, long size) {
      Axis placed = axis.place(operand, size, ceilMode);
      // Explicit padding was checked before; what a rule derives is known only here.
      requireAllowed("padding: " + axis.name(), placed.padBefore(), axis);
      requireAllowed("padding: " + axis.name(), placed.padAfter(), axis);
      return new SlidingAxis(placed);
    }

    private void requireAllowed(String name, long pad, WindowAxis axis) {
      if (rule == PoolingRule.PYTORCH && pad > axis.kernel() / 2) {
        throw new IllegalArgumentException(
            name
                + ": is "
                + pad
                + ", must be at most "
                + axis.kernel() / 2
                + ", half of kernel"
                + axis.name()
                + " (PoolingRule.ONNX has no such limit)");
      }
    }

    @Override
    public String toString() {
      return window + ", padding " + window.padding() + (ceilMode ? ", ceil mode, " : ", ") + rule;
    }
  }
}
