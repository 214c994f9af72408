package io.github.colonnade.peers;

/** Another order of an array's dimensions. */
final class Layout {
  private final long[] from;
  private final int[] order;

  /**
   * Makes an order.
   *
   * @param from sizes in C order
   * @param order which dimension of {@code from} comes first, second, …
   */
  private Layout(long[] from, int... order) {
    this.from = from;
    this.order = order;
  }

  static Layout plain(long... shape) {
    int[] order = new int[shape.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    return new Layout(shape, order);
  }

  static Layout nchwToNhwc(long... shape) {
    return new Layout(shape, 0, 2, 3, 1);
  }

  static Layout oihwToHwio(long... shape) {
    return new Layout(shape, 2, 3, 1, 0);
  }

  /** {@code [C, M, H, W] → [H, W, C, M]}. */
  static Layout chwToHwc(long... shape) {
    return new Layout(shape, 2, 3, 0, 1);
  }

  /** Returns the sizes in the new order. */
  long[] shape() {
    long[] shape = new long[order.length];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = from[order[i]];
    }
    return shape;
  }

  /** Returns the sizes in the new order. */
  int[] sizes() {
    long[] shape = shape();
    int[] sizes = new int[shape.length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.toIntExact(shape[i]);
    }
    return sizes;
  }

  /** Returns a copy in the new order. */
  double[] apply(double[] values) {
    return moved(values, false);
  }

  /** Returns a copy in the old order. */
  double[] invert(double[] values) {
    return moved(values, true);
  }

  private double[] moved(double[] values, boolean back) {
    int rank = order.length;
    long[] strides = new long[rank];
    long stride = 1;
    for (int i = rank - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= from[i];
    }
    long[] shape = shape();
    long[] index = new long[rank];
    double[] result = new double[values.length];
    int old = 0;
    for (int i = 0; i < values.length; i++) {
      if (back) {
        result[old] = values[i];
      } else {
        result[i] = values[old];
      }
      // Counts up, the last dimension of the new order fastest.
      for (int d = rank - 1; d >= 0; d--) {
        index[d]++;
        old += (int) strides[order[d]];
        if (index[d] < shape[d]) {
          break;
        }
        old -= (int) (shape[d] * strides[order[d]]);
        index[d] = 0;
      }
    }
    return result;
  }
}
