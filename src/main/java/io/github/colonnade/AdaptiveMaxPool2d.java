package io.github.colonnade;

import io.github.colonnade.internal.pool.PoolGeometry;
import java.io.ObjectStreamException;
import java.io.Serial;
import java.util.Objects;

/**
 * Max pooling to a given output size, {@code [N, C, H, W] → [N, C, OH, OW]}.
 *
 * <p>Window {@code (i, j)} holds the rows from {@code ⌊i·H / OH⌋} to before {@code ⌈(i + 1)·H /
 * OH⌉} and the columns likewise; windows overlap where a size is no multiple, and repeat where the
 * output is the larger.
 */
public final class AdaptiveMaxPool2d extends MaxPooling2d {
  @Serial private static final long serialVersionUID = 1;

  private final OutputSize size;

  private AdaptiveMaxPool2d(OutputSize size, int threads) {
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
  public static AdaptiveMaxPool2d of(long outputH, long outputW) {
    return new AdaptiveMaxPool2d(
        new OutputSize(outputH, outputW), PlanOptions.defaults().threads());
  }

  /** {@return global pooling: one window that holds the whole plane} */
  public static AdaptiveMaxPool2d global() {
    return of(1, 1);
  }

  /**
   * Returns this pool with another number of threads; the result's bits do not depend on it.
   *
   * @param threads threads at most, the caller's included
   * @return a new pool
   * @throws IllegalArgumentException if {@code threads} is below 1
   */
  public AdaptiveMaxPool2d withThreads(int threads) {
    return new AdaptiveMaxPool2d(size, threads);
  }

  private record Told(OutputSize size, int threads) implements Form {
    private AdaptiveMaxPool2d build() {
      return new AdaptiveMaxPool2d(Objects.requireNonNull(size, "size"), threads);
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

  /** Returns the output size, such as {@code AdaptiveMaxPool2d[7×7]}. */
  @Override
  public String toString() {
    return "AdaptiveMaxPool2d[" + size + "]";
  }
}
