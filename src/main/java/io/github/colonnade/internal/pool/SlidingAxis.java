package io.github.colonnade.internal.pool;

import io.github.colonnade.internal.conv.Axis;

/**
 * Windows of one size, a stride apart, the last of which may hang over the padded input.
 *
 * @param axis the windows; each starts inside the padded input
 */
public record SlidingAxis(Axis axis) implements PoolAxis {

  @Override
  public long inputs() {
    return axis.size();
  }

  @Override
  public long outputs() {
    return axis.outputs();
  }

  @Override
  public long dilation() {
    return axis.dilation();
  }

  @Override
  public long mostTaps() {
    return Math.min(axis.kernel(), axis.size());
  }

  @Override
  public long first(long output) {
    long start = start(output);
    return start >= 0 ? start : start + skipped(start) * axis.dilation();
  }

  @Override
  public long count(long output) {
    long start = start(output);
    if (start >= 0) {
      return tapsBefore(axis.size(), start);
    }
    return Math.max(0, tapsBefore(axis.size(), start) - skipped(start));
  }

  @Override
  public long reachFrom(long output) {
    return Math.clamp(start(output), 0, axis.size());
  }

  @Override
  public long reachEnd(long output) {
    return Math.clamp(start(output) + axis.reach() + 1, 0, axis.size());
  }

  /** Returns the position of a tap, inside the input or not. */
  long position(long output, long tap) {
    return axis.position(output, tap);
  }

  /** Returns the first window with this tap at a position or behind it. */
  long firstOutput(long tap, long position) {
    long place = position + axis.padBefore() - tap * axis.dilation();
    return Math.clamp(Math.ceilDiv(place, axis.stride()), 0, axis.outputs());
  }

  @Override
  public long countPadded(long output) {
    return tapsBefore(axis.size() + axis.padAfter(), start(output));
  }

  private long start(long output) {
    return axis.position(output, 0);
  }

  /** Returns how many taps lie before the input, whether the window has as many or not. */
  private long skipped(long start) {
    return Math.ceilDiv(-start, axis.dilation());
  }

  private long tapsBefore(long end, long start) {
    if (start + axis.reach() < end) {
      return axis.kernel();
    }
    return Math.max(0, Math.ceilDiv(end - start, axis.dilation()));
  }
}
