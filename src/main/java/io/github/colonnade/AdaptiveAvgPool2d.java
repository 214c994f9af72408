package io.github.colonnade;

import io.github.colonnade.internal.pool.AverageRule;
import io.github.colonnade.internal.pool.PoolGeometry;
import java.io.ObjectStreamException;
import java.io.Serial;
import java.util.Objects;

/**
 * Average pooling to a given output size, {@code [N, C, H, W] → [N, C, OH, OW]}.
 *
 * <p>Window {@code (i, j)} holds the rows from {@code ⌊i·H / OH⌋} to before {@code ⌈(i + 1)·H /
 * OH⌉} and the columns likewise; windows overlap where a size is no multiple, and repeat where the
 * output is the larger.
 */
public final class AdaptiveAvgPool2d extends AvgPooling2d {
  @Serial private static final long serialVersionUID = 1;

  private final OutputSize size;

  private AdaptiveAvgPool2d(OutputSize size, int threads) {
    super(threads);
    this.size = size;
  }

  /**
   * Makes a pool to a given output size, with threads as of {@link PlanOptions#defaults}.
   *
   * @param outputH height of the output
   * @param outputW width of the output
   * @return an immutable pool
   * @throws IllegalArgumentException if one is below 1
   */
  public static AdaptiveAvgPool2d of(long outputH, long outputW) {
    return new AdaptiveAvgPool2d(
        new OutputSize(outputH, outputW), PlanOptions.defaults().threads());
  }

  /** {@return global pooling: one window that holds the whole plane} */
  public static AdaptiveAvgPool2d global() {
    return of(1, 1);
  }

  /**
   * Returns this pool with another number of threads; the result's bits do not depend on it.
   *
   * @param threads threads at most, the caller's included
   * @return a new pool
   * @throws IllegalArgumentException if {@code threads} is below 1
   */
  public AdaptiveAvgPool2d withThreads(int threads) {
    return new AdaptiveAvgPool2d(size, threads);
  }

  private record Told(OutputSize size, int threads) implements Form {
    private AdaptiveAvgPool2d build() {
      return new AdaptiveAvgPool2d(Objects.requireNonNull(size, "size"), threads);
    }

    @Serial
    private Object readResolve() throws ObjectStreamException {
      return rebuild(this::build);
    }
  }

  @Override
  Form form() {
    return new Told(size, threads());
  }

  @Override
  PoolGeometry place(String operand, long planes, long inH, long inW) {
    return size.divide(operand, planes, inH, inW);
  }

  @Override
  AverageRule rule() {
    return new AverageRule(false, 0);
  }

  /** Returns the output size, such as {@code AdaptiveAvgPool2d[7×7]}. */
  @Override
  public String toString() {
    return "AdaptiveAvgPool2d[" + size + "]";
  }
}
