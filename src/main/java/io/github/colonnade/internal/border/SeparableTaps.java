package io.github.colonnade.internal.border;

/** The taps of a separable filter in both types; nobody changes them. */
public final class SeparableTaps {
  final double[] verticalF64;
  final double[] horizontalF64;
  final float[] verticalF32;
  final float[] horizontalF32;

  /**
   * Rounds taps to single precision as well.
   *
   * @param vertical taps along a column. Not modified.
   * @param horizontal taps along a row. Not modified.
   */
  public SeparableTaps(double[] vertical, double[] horizontal) {
    verticalF64 = vertical.clone();
    horizontalF64 = horizontal.clone();
    verticalF32 = rounded(vertical);
    horizontalF32 = rounded(horizontal);
  }

  /** Returns whether no tap is too large for single precision. */
  public boolean fitSinglePrecision() {
    return allFinite(verticalF32) && allFinite(horizontalF32);
  }

  private static boolean allFinite(float... taps) {
    for (float tap : taps) {
      if (!Float.isFinite(tap)) {
        return false;
      }
    }
    return true;
  }

  private static float[] rounded(double[] taps) {
    float[] rounded = new float[taps.length];
    for (int i = 0; i < taps.length; i++) {
      rounded[i] = (float) taps[i];
    }
    return rounded;
  }
}
