package io.github.colonnade.internal.pool;

import io.github.colonnade.internal.conv.Axis;

/**
 * Where the windows of a pool lie along one axis. Padding holds no taps: what {@link #first} and
 * {@link #count} name lies inside the input.
 */
public sealed interface PoolAxis permits SlidingAxis, AdaptiveAxis {
  /**
   * Returns windows that divide an axis as evenly as possible.
   *
   * @param inputs elements along the axis
   * @param outputs windows along the axis; its product with {@code inputs} fits a long
   */
  static PoolAxis divide(long inputs, long outputs) {
    if (inputs % outputs != 0) {
      return new AdaptiveAxis(inputs, outputs);
    }
    long each = inputs / outputs;
    return new SlidingAxis(
        new Axis(
            inputs,
            /* kernel= */ each,
            /* stride= */ each,
            /* dilation= */ 1,
            /* padBefore= */ 0,
            /* padAfter= */ 0,
            outputs));
  }

  /** Returns the elements along this axis. */
  long inputs();

  /** Returns the windows along this axis. */
  long outputs();

  /** Returns the elements from one tap to the next. */
  long dilation();

  /** Returns the taps of a window at most. */
  long mostTaps();

  /** Returns the first tap of a window that lies inside the input; any value where none does. */
  long first(long output);

  /** Returns how many taps of a window lie inside the input. */
  long count(long output);

  /**
   * Returns a position inside the input, or its end, that no tap of this or a later window
   * precedes.
   */
  long reachFrom(long output);

  /**
   * Returns a position inside the input, or its end, that each tap of this or an earlier window
   * precedes.
   */
  long reachEnd(long output);

  /** Returns how many taps of a window lie inside the padded input. */
  long countPadded(long output);
}
