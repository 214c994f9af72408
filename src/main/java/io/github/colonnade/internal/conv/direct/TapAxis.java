package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.Axis;
import java.util.Arrays;

/**
 * One axis of a convolution as sums of shifted lines. Pixels that lie a stride apart form a phase;
 * within phases every tap of the kernel is a plain shift: {@code target[i] += w[k] · source[i +
 * shift(k)]}, source and target in the phases of {@code k}. So strides and dilations leave no
 * strided arithmetic.
 *
 * <p>Index {@code i} of phase {@code p} is the pixel {@code i · stride + p + origin}; those outside
 * the image are zeros to read and nothing to write.
 */
final class TapAxis {
  private final long targets;
  private final long step;
  private final long reach;
  private final Side source;
  private final Side target;
  private final int[] sourcePhase;
  private final int[] targetPhase;
  private final long[] shift;
  private final View[] views;
  private final int[] view;

  /**
   * The pixels that one end of the taps lies on.
   *
   * @param size pixels of the image
   * @param stride pixels from one index to the next
   * @param origin pixel of index 0 in phase 0
   * @param phases those that taps read or write, ascending
   */
  @SuppressWarnings("ArrayRecordComponent") // A table that nobody compares.
  record Side(long size, long stride, long origin, long[] phases) {
    /** Returns the pixel of an index that is inside the image. */
    long pixel(long index, int phase) {
      return index * stride + phases[phase] + origin;
    }

    /** Returns the first index from {@code from} on that is not before the image, at most to. */
    long firstInside(long from, long to, int phase) {
      return Math.clamp(index(-phases[phase] - origin), from, to);
    }

    /** Returns the first index from {@code from} on that is behind the image, at most to. */
    long firstBeyond(long from, long to, int phase) {
      return Math.clamp(index(size - phases[phase] - origin), from, to);
    }

    /** Returns whether every pixel is in a phase. */
    boolean readsEveryPixel() {
      return phases.length == stride;
    }

    private long index(long pixels) {
      // Divisions take as long as copying a short row.
      return stride == 1 ? pixels : Math.ceilDiv(pixels, stride);
    }
  }

  /**
   * A line as some taps read it.
   *
   * @param phase index of its phase
   * @param shift elements that it is shifted by
   */
  record View(int phase, long shift) {}

  private TapAxis(
      long targets,
      long step,
      Side source,
      Side target,
      int[] sourcePhase,
      int[] targetPhase,
      long[] shift) {
    this.targets = targets;
    this.step = step;
    this.reach = Arrays.stream(shift).max().orElse(0);
    this.source = source;
    this.target = target;
    this.sourcePhase = sourcePhase;
    this.targetPhase = targetPhase;
    this.shift = shift;
    View[] all = new View[shift.length];
    for (int k = 0; k < all.length; k++) {
      all[k] = new View(sourcePhase[k], shift[k]);
    }
    this.views = Arrays.stream(all).distinct().toArray(View[]::new);
    this.view = Arrays.stream(all).mapToInt(Arrays.asList(views)::indexOf).toArray();
  }

  /** From input to output: an output reads the phases of the input. */
  static TapAxis forward(Axis axis) {
    long[] phase = phases(axis);
    long[] shift = new long[phase.length];
    for (int k = 0; k < shift.length; k++) {
      shift[k] = k * axis.dilation() / axis.stride();
    }
    long[] phases = distinct(phase);
    return new TapAxis(
        axis.outputs(),
        1,
        new Side(axis.size(), axis.stride(), -axis.padBefore(), phases),
        new Side(axis.outputs(), 1, 0, new long[1]),
        indices(phase, phases),
        new int[shift.length],
        shift);
  }

  /** As {@link #forward}, at every pixel: each {@link #step}-th target is an output. */
  static TapAxis forwardAtEveryPixel(Axis axis) {
    long[] shift = new long[Math.toIntExact(axis.kernel())];
    for (int k = 0; k < shift.length; k++) {
      shift[k] = k * axis.dilation();
    }
    return new TapAxis(
        (axis.outputs() - 1) * axis.stride() + 1,
        axis.stride(),
        new Side(axis.size(), 1, -axis.padBefore(), new long[1]),
        new Side(axis.outputs(), 1, 0, new long[1]),
        new int[shift.length],
        new int[shift.length],
        shift);
  }

  /** From the output's gradient to the input's: the phases of the input read the gradient. */
  static TapAxis adjoint(Axis axis) {
    long stride = axis.stride();
    long pad = axis.padBefore();
    long reach = axis.reach() / stride;
    long first = pad / stride;
    long beyond = (pad + axis.size() - 1) / stride + 1;
    long[] phase = phases(axis);
    long[] shift = new long[phase.length];
    for (int k = 0; k < shift.length; k++) {
      shift[k] = reach - k * axis.dilation() / stride;
    }
    long[] phases = distinct(phase);
    return new TapAxis(
        beyond - first,
        1,
        new Side(axis.outputs(), 1, first - reach, new long[1]),
        new Side(axis.size(), stride, first * stride - pad, phases),
        new int[shift.length],
        indices(phase, phases),
        shift);
  }

  /** Returns the phase of the input that each tap joins. */
  private static long[] phases(Axis axis) {
    long[] phase = new long[Math.toIntExact(axis.kernel())];
    for (int k = 0; k < phase.length; k++) {
      phase[k] = k * axis.dilation() % axis.stride();
    }
    return phase;
  }

  private static long[] distinct(long[] phase) {
    return Arrays.stream(phase).sorted().distinct().toArray();
  }

  private static int[] indices(long[] phase, long[] phases) {
    return Arrays.stream(phase).mapToInt(each -> Arrays.binarySearch(phases, each)).toArray();
  }

  /** Returns the indices of a target phase. */
  long targets() {
    return targets;
  }

  /** Returns the targets from one that is kept to the next. */
  long step() {
    return step;
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

  /** Returns the index of the phase that a tap reads. */
  int sourcePhase(int tap) {
    return sourcePhase[tap];
  }

  /** Returns the index of the phase that a tap writes. */
  int targetPhase(int tap) {
    return targetPhase[tap];
  }

  /** Returns what taps read, each once. */
  View[] views() {
    return views;
  }

  /** Returns the index of the view that a tap reads. */
  int view(int tap) {
    return view[tap];
  }

  /** Returns whether every pixel of the target is in a phase that some tap writes. */
  boolean writesEveryPixel() {
    return target.phases.length == target.stride;
  }
}
