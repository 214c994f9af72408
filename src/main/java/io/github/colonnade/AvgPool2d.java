package io.github.colonnade;

import io.github.colonnade.internal.pool.AverageRule;
import io.github.colonnade.internal.pool.PoolGeometry;
import java.io.ObjectStreamException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * Average pooling under a sliding window, {@code [N, C, H, W] → [N, C, OH, OW]}.
 *
 * <p>{@code y[n, c, oh, ow] = Σ x[n, c, oh·strideH − padTop + kh, ow·strideW − padLeft + kw] /
 * divisor} over the kernel's taps, where {@code x} is zero outside its plane. The divisor is the
 * number of taps in the padded input, or of those in the input alone, or one given number. {@link
 * PoolingRule} says how many windows there are.
 */
public final class AvgPool2d extends AvgPooling2d {
  @Serial private static final long serialVersionUID = 1;

  private final PoolBuilder.Sliding windows;
  private final transient AverageRule average;

  private AvgPool2d(Builder builder) {
    super(builder.threads());
    this.windows = builder.sliding();
    boolean countPadding =
        builder.countIncludePad == null
            ? builder.rule() == PoolingRule.PYTORCH
            : builder.countIncludePad;
    this.average = new AverageRule(countPadding, builder.divisorOverride);
  }

  /**
   * Starts an average pool with a stride as large as the kernel and no padding.
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

  private record Told(
      PoolBuilder.Sliding windows, boolean countIncludePad, long divisor, int threads)
      implements Form {

    private AvgPool2d build() {
      long kernelH = windows.window().vertical().kernel();
      long kernelW = windows.window().horizontal().kernel();
      Builder told =
          windows.tell(builder(kernelH, kernelW)).countIncludePad(countIncludePad).threads(threads);
      return (divisor == 0 ? told : told.divisorOverride(divisor)).build();
    }

    @Serial
    private Object readResolve() throws ObjectStreamException {
      return rebuild(this::build);
    }
  }

  @Override
  Form form() {
    return new Told(windows, average.countPadding(), average.fixed(), threads());
  }

  @Override
  PoolGeometry place(String operand, long planes, long inH, long inW) {
    return windows.place(operand, planes, inH, inW);
  }

  @Override
  AverageRule rule() {
    return average;
  }

  /** Returns the geometry, such as {@code AvgPool2d[kernel 3×3, stride 2×2, …]}. */
  @Override
  public String toString() {
    String divisor = average.countPadding() ? "padding counts" : "padding does not count";
    return "AvgPool2d["
        + windows
        + ", "
        + (average.fixed() == 0 ? divisor : "divisor " + average.fixed())
        + "]";
  }

  /** Collects the geometry of an average pool. */
  public static final class Builder extends PoolBuilder<Builder> {
    private @Nullable Boolean countIncludePad;
    private long divisorOverride;

    private Builder(long kernelH, long kernelW) {
      super(kernelH, kernelW);
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * Sets whether taps in the padding count for the divisor; left out, {@link #rule} decides.
     *
     * @param countIncludePad true to divide by the taps in the padded input, false by those in the
     *     input
     * @return this builder
     */
    public Builder countIncludePad(boolean countIncludePad) {
      this.countIncludePad = countIncludePad;
      return this;
    }

    /**
     * Sets one divisor for all windows. A negative one is allowed, as in PyTorch.
     *
     * @param divisor what every sum is divided by
     * @return this builder
     * @throws IllegalArgumentException if it is 0
     */
    public Builder divisorOverride(long divisor) {
      if (divisor == 0) {
        throw new IllegalArgumentException("divisorOverride: is 0, must not be 0");
      }
      this.divisorOverride = divisor;
      return this;
    }

    /**
     * Makes the pool.
     *
     * @return an immutable pool
     * @throws IllegalArgumentException if the rule does not allow that much padding
     */
    public AvgPool2d build() {
      return new AvgPool2d(this);
    }
  }
}
