package io.github.colonnade;

import io.github.colonnade.internal.pool.PoolGeometry;
import java.io.ObjectStreamException;
import java.io.Serial;

/**
 * Max pooling under a sliding window, {@code [N, C, H, W] → [N, C, OH, OW]}.
 *
 * <p>{@code y[n, c, oh, ow] = max x[n, c, oh·strideH − padTop + kh·dilationH, ow·strideW − padLeft
 * + kw·dilationW]} over the kernel's taps, where {@code x} is −∞ outside its plane. {@link
 * PoolingRule} says how many windows there are.
 */
public final class MaxPool2d extends MaxPooling2d {
  @Serial private static final long serialVersionUID = 1;

  private final PoolBuilder.Sliding windows;

  private MaxPool2d(Builder builder) {
    super(builder.threads());
    this.windows = builder.sliding();
  }

  /**
   * Starts a max pool with a stride as large as the kernel, no padding and dilation 1.
   *
   * @param kernelH height of the window
   * @param kernelW width of the window
   * @return a builder
   * @throws IllegalArgumentException if one is below 1
   */
  public static Builder builder(long kernelH, long kernelW) {
    return new Builder(kernelH, kernelW);
  }

  /**
   * Returns what this reads beyond an output's place, for {@link Tiles#split}. A tile is computed
   * with its {@link Tiles.Tile#padding} and this pool's rule and ceil mode.
   *
   * @return the halo
   */
  public Halo halo() {
    return windows.halo(this);
  }

  private record Told(PoolBuilder.Sliding windows, int threads) implements Form {
    private MaxPool2d build() {
      long kernelH = windows.window().vertical().kernel();
      long kernelW = windows.window().horizontal().kernel();
      return windows.tell(builder(kernelH, kernelW)).threads(threads).build();
    }

    @Serial
    private Object readResolve() throws ObjectStreamException {
      return rebuild(this::build);
    }
  }

  @Override
  Form form() {
    return new Told(windows, threads());
  }

  @Override
  PoolGeometry place(String operand, long planes, long inH, long inW) {
    return windows.place(operand, planes, inH, inW);
  }

  /** Returns the geometry, such as {@code MaxPool2d[kernel 3×3, stride 2×2, …]}. */
  @Override
  public String toString() {
    return "MaxPool2d[" + windows + "]";
  }

  /** Collects the geometry of a max pool. */
  public static final class Builder extends PoolBuilder<Builder>
      implements DilatedBuilder<Builder> {
    private Builder(long kernelH, long kernelW) {
      super(kernelH, kernelW);
    }

    @Override
    Builder self() {
      return this;
    }

    @Override
    public Builder dilation(long dilationH, long dilationW) {
      return dilate(dilationH, dilationW);
    }

    /**
     * Makes the pool.
     *
     * @return an immutable pool
     * @throws IllegalArgumentException if the rule does not allow that much padding
     */
    public MaxPool2d build() {
      return new MaxPool2d(this);
    }
  }
}
