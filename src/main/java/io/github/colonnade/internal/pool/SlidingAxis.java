package io.github.colonnade.internal.pool;

/**
 * Windows of one size, {@code stride} apart, the last of which may hang over the padded input.
 *
 * @param inputs elements along this axis
 * @param outputs windows along this axis; each starts inside the padded input
 * @param kernel taps of a window
 * @param stride elements from one window to the next
 * @param dilation elements from one tap to the next
 * @param padBefore positions of padding before the first element
 * @param padAfter positions of padding behind the last element
 */
public record SlidingAxis(
    long inputs,
    long outputs,
    long kernel,
    long stride,
    long dilation,
    long padBefore,
    long padAfter)
    implements PoolAxis {

  @Override
  public long mostTaps() {
    return Math.min(kernel, inputs);
  }

  @Override
  public long first(long output) {
    long start = start(output);
    return start >= 0 ? start : start + skipped(start) * dilation;
  }

  @Override
  public long count(long output) {
    long start = start(output);
    if (start >= 0) {
      return tapsBefore(inputs, start);
    }
    return Math.max(0, tapsBefore(inputs, start) - skipped(start));
  }

  @Override
  public long reachFrom(long output) {
    return Math.clamp(start(output), 0, inputs);
  }

  @Override
  public long reachEnd(long output) {
    return Math.clamp(start(output) + (kernel - 1) * dilation + 1, 0, inputs);
  }

  /** Returns where a tap lies, inside the input or not. */
  long position(long output, long tap) {
    return start(output) + tap * dilation;
  }

  /** Returns the first window with this tap at a position or behind it. */
  long firstOutput(long tap, long position) {
    return Math.clamp(Math.ceilDiv(position + padBefore - tap * dilation, stride), 0, outputs);
  }

  @Override
  public long countPadded(long output) {
    return tapsBefore(inputs + padAfter, start(output));
  }

  private long start(long output) {
    return output * stride - padBefore;
  }

  /** Returns how many taps lie before the input, whether the window has as many or not. */
  private long skipped(long start) {
    return Math.ceilDiv(-start, dilation);
  }

  private long tapsBefore(long end, long start) {
    if (start + (kernel - 1) * dilation < end) {
      return kernel;
    }
    return Math.max(0, Math.ceilDiv(end - start, dilation));
  }
}
