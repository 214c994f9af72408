package io.github.colonnade;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Pooling once more, as its definition reads: every window lists its taps, and nothing is shared
 * with the library but tensors.
 */
record PoolLoops(Axis vertical, Axis horizontal) {

  /**
   * The windows along one axis.
   *
   * @param size elements of the input
   * @param taps the taps of each window that lie inside the input
   * @param padded how many taps of each window lie inside the padded input
   */
  record Axis(long size, List<long[]> taps, List<Long> padded) {

    static Axis sliding(
        long size, long kernel, long stride, long dilation, long before, long after, boolean ceil) {
      long extent = (kernel - 1) * dilation + 1;
      Axis axis = new Axis(size, new ArrayList<>(), new ArrayList<>());
      long reach = size + after + (ceil ? stride - 1 : 0);
      for (long start = -before; start + extent <= reach; start += stride) {
        boolean last = start + stride + extent > reach;
        // Several may start in the padding behind; the rule drops the last one alone.
        if (!(ceil && last && start >= size)) {
          axis.add(start, kernel, dilation, after);
        }
      }
      return axis;
    }

    static Axis same(long size, long kernel, long stride, long dilation, boolean upper) {
      Axis axis = new Axis(size, new ArrayList<>(), new ArrayList<>());
      long count = (size + stride - 1) / stride;
      long missing = Math.max(0, (count - 1) * stride + (kernel - 1) * dilation + 1 - size);
      long before = upper ? missing / 2 : (missing + 1) / 2;
      for (long i = 0; i < count; i++) {
        axis.add(i * stride - before, kernel, dilation, missing - before);
      }
      return axis;
    }

    static Axis adaptive(long size, long outputs) {
      Axis axis = new Axis(size, new ArrayList<>(), new ArrayList<>());
      for (long i = 0; i < outputs; i++) {
        long start = (long) Math.floor((double) (i * size) / outputs);
        long end = (long) Math.ceil((double) ((i + 1) * size) / outputs);
        axis.add(start, end - start, 1, 0);
      }
      return axis;
    }

    private void add(long start, long kernel, long dilation, long after) {
      long[] all = new long[Math.toIntExact(kernel)];
      Arrays.setAll(all, k -> start + k * dilation);
      taps.add(Arrays.stream(all).filter(t -> t >= 0 && t < size).toArray());
      padded.add(Arrays.stream(all).filter(t -> t < size + after).count());
    }

    int outputs() {
      return taps.size();
    }
  }

  /** What a divisor is made of: the number of taps in the input and in the padded input. */
  interface Divisor {
    double of(long inside, long padded);
  }

  /** Visits the windows of one plane after the other, in C order. */
  private interface Visitor {
    void window(int output, long[] pixels, long padded);
  }

  private void forEachWindow(long planes, Visitor visitor) {
    int output = 0;
    for (long plane = 0; plane < planes; plane++) {
      for (int oh = 0; oh < vertical.outputs(); oh++) {
        for (int ow = 0; ow < horizontal.outputs(); ow++) {
          List<Long> pixels = new ArrayList<>();
          for (long ih : vertical.taps.get(oh)) {
            for (long iw : horizontal.taps.get(ow)) {
              pixels.add((plane * vertical.size + ih) * horizontal.size + iw);
            }
          }
          visitor.window(
              output++,
              pixels.stream().mapToLong(Long::longValue).toArray(),
              vertical.padded.get(oh) * horizontal.padded.get(ow));
        }
      }
    }
  }

  int outputs(long planes) {
    return Math.toIntExact(planes * vertical.outputs() * horizontal.outputs());
  }

  /** Returns the position of each maximum in the whole input, −1 for none. */
  long[] argMax(double... input) {
    long planes = input.length / (vertical.size * horizontal.size);
    long[] found = new long[outputs(planes)];
    forEachWindow(
        planes,
        (output, pixels, padded) -> {
          long best = -1;
          for (long pixel : pixels) {
            if (best < 0 || beats(input[(int) pixel], input[(int) best])) {
              best = pixel;
            }
          }
          found[output] = best;
        });
    return found;
  }

  private static boolean beats(double value, double best) {
    return !Double.isNaN(best) && (Double.isNaN(value) || value > best);
  }

  /** Returns each average. */
  double[] average(Divisor divisor, double... input) {
    long planes = input.length / (vertical.size * horizontal.size);
    double[] averages = new double[outputs(planes)];
    forEachWindow(
        planes,
        (output, pixels, padded) -> {
          double sum = 0;
          for (long pixel : pixels) {
            sum += input[(int) pixel];
          }
          averages[output] = pixels.length == 0 ? 0 : sum / divisor.of(pixels.length, padded);
        });
    return averages;
  }

  /** Returns what each pixel gets from the gradients of an average. */
  double[] averageGradient(long planes, Divisor divisor, double... gradOutput) {
    double[] gradient = new double[Math.toIntExact(planes * vertical.size * horizontal.size)];
    forEachWindow(
        planes,
        (output, pixels, padded) -> {
          for (long pixel : pixels) {
            gradient[(int) pixel] += gradOutput[output] / divisor.of(pixels.length, padded);
          }
        });
    return gradient;
  }
}
