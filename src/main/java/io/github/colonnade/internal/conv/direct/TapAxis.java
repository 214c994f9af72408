package io.github.colonnade.internal.conv.direct;

import java.util.Arrays;

/**
 * One axis of a convolution as sums of shifted rows. Pixels that lie a stride apart form a phase;
 * within phases every tap of the kernel is a plain shift: {@code target[i] += w[k] · source[i +
 * shift(k)]}, source and target in the phases of {@code k}. So strides and dilations leave no
 * strided arithmetic.
 *
 * <p>Index {@code i} of phase {@code p} is the pixel {@code i · stride + p + origin}; those outside
 * the image are zeros to read and nothing to write.
 */
final class TapAxis {
  private final long targets;
  private final long reach;
  private final Side source;
  private final Side target;
  private final int[] sourcePhase;
  private final int[] targetPhase;
  private final long[] shift;

  /**
   * The pixels that one end of the taps lies on.
   *
   * @param size pixels of the image
   * @param stride pixels from one index to the next
   * @param origin pixel of index 0 in phase 0
   */
  record Side(long size, long stride, long origin) {
    /** Returns the pixel, perhaps outside the image. */
    long pixel(long index, long phase) {
      return index * stride + phase + origin;
    }

    /**
     * Returns the first index from {@code from} whose pixel is not before the image, at most to.
     */
    long firstInside(long from, long to, long phase) {
      return Math.clamp(Math.ceilDiv(-phase - origin, stride), from, to);
    }

    /** Returns the first index from {@code from} whose pixel is behind the image, at most to. */
    long firstBeyond(long from, long to, long phase) {
      return Math.clamp(Math.ceilDiv(size - phase - origin, stride), from, to);
    }
  }

  private TapAxis(
      long targets,
      long reach,
      Side source,
      Side target,
      int[] sourcePhase,
      int[] targetPhase,
      long[] shift) {
    this.targets = targets;
    this.reach = reach;
    this.source = source;
    this.target = target;
    this.sourcePhase = sourcePhase;
    this.targetPhase = targetPhase;
    this.shift = shift;
  }

  /** From input to output: an output reads the phases of the input. */
  static TapAxis forward(
      long inputs, long outputs, long kernel, long stride, long pad, long dilation) {
    long[] shift = new long[(int) kernel];
    int[] phase = new int[(int) kernel];
    for (int k = 0; k < kernel; k++) {
      shift[k] = k * dilation / stride;
      phase[k] = (int) (k * dilation % stride);
    }
    return new TapAxis(
        outputs,
        shift[shift.length - 1],
        new Side(inputs, stride, -pad),
        new Side(outputs, 1, 0),
        phase,
        new int[(int) kernel],
        shift);
  }

  /** From the output's gradient to the input's: the phases of the input read the gradient. */
  static TapAxis adjoint(
      long inputs, long outputs, long kernel, long stride, long pad, long dilation) {
    long reach = (kernel - 1) * dilation / stride;
    long first = pad / stride;
    long beyond = (pad + inputs - 1) / stride + 1;
    long[] shift = new long[(int) kernel];
    int[] phase = new int[(int) kernel];
    for (int k = 0; k < kernel; k++) {
      shift[k] = reach - k * dilation / stride;
      phase[k] = (int) (k * dilation % stride);
    }
    return new TapAxis(
        beyond - first,
        reach,
        new Side(outputs, 1, first - reach),
        new Side(inputs, stride, first * stride - pad),
        new int[(int) kernel],
        phase,
        shift);
  }

  /** Returns the indices of a target phase. */
  long targets() {
    return targets;
  }

  /** Returns the longest shift. */
  long reach() {
    return reach;
  }

  Side source() {
    return source;
  }

  Side target() {
    return target;
  }

  int taps() {
    return shift.length;
  }

  long shift(int tap) {
    return shift[tap];
  }

  int sourcePhase(int tap) {
    return sourcePhase[tap];
  }

  int targetPhase(int tap) {
    return targetPhase[tap];
  }

  /** Returns the source phases that taps read, ascending. */
  int[] sourcePhases() {
    return Arrays.stream(sourcePhase).sorted().distinct().toArray();
  }

  /** Returns the target phases that taps write, ascending. */
  int[] targetPhases() {
    return Arrays.stream(targetPhase).sorted().distinct().toArray();
  }
}
