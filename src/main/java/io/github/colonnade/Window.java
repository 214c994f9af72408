package io.github.colonnade;

import io.github.colonnade.internal.conv.Axis;

/** Places kernels along the axes of an image, checked: what does not fit says so. */
final class Window {
  private Window() {}

  /**
   * Places the kernel of a convolution along one axis.
   *
   * @param axis {@code H} or {@code W}, for messages
   * @param size elements of the input
   * @param kernel taps
   * @param stride elements from one position to the next
   * @param dilation elements from one tap to the next
   * @param padding zeros around the input
   * @throws IllegalArgumentException if the kernel is larger than the padded input, or a size does
   *     not fit a long
   */
  static Axis of(String axis, long size, long kernel, long stride, long dilation, Padding padding) {
    return of(axis, size, kernel, stride, dilation, padding, false);
  }

  /**
   * Places a kernel along one axis, that of a pool in ceil mode too.
   *
   * @param axis {@code H} or {@code W}, for messages
   * @param size elements of the input
   * @param kernel taps
   * @param stride elements from one position to the next
   * @param dilation elements from one tap to the next
   * @param padding padding around the input
   * @param ceilMode whether a last position that hangs over the padded input counts, if it starts
   *     before the padding behind the input
   * @throws IllegalArgumentException if the kernel is larger than the padded input, or a size does
   *     not fit a long
   */
  static Axis of(
      String axis,
      long size,
      long kernel,
      long stride,
      long dilation,
      Padding padding,
      boolean ceilMode) {
    try {
      long extent = Math.addExact(Math.multiplyExact(kernel - 1, dilation), 1);
      if (padding instanceof Padding.Same same) {
        return same(size, kernel, stride, dilation, extent, same);
      }
      Padding.Explicit sides = (Padding.Explicit) padding;
      boolean vertical = axis.equals("H");
      long before = vertical ? sides.top() : sides.left();
      long after = vertical ? sides.bottom() : sides.right();
      long padded = Math.addExact(size, Math.addExact(before, after));
      if (ceilMode) {
        Math.addExact(padded, Math.addExact(extent, stride)); // how far a position may reach
      }
      long overhang = ceilMode ? stride - 1 : 0;
      long last = Math.floorDiv(padded - extent + overhang, stride);
      if (last < 0) {
        throw new IllegalArgumentException(
            "kernel"
                + axis
                + ": spans "
                + extent
                + " with its dilation, the padded input has "
                + padded);
      }
      if (ceilMode && last * stride >= size + before) {
        last--;
      }
      return new Axis(size, kernel, stride, dilation, before, after, last + 1);
    } catch (ArithmeticException overflow) {
      throw new IllegalArgumentException(
          "input: " + axis + " of " + size + " with padding and kernel does not fit a long",
          overflow);
    }
  }

  private static Axis same(
      long size, long kernel, long stride, long dilation, long extent, Padding.Same rule) {
    long outputs = Math.ceilDiv(size, stride);
    long covered = Math.addExact(Math.multiplyExact(Math.max(0, outputs - 1), stride), extent);
    long total = Math.max(0, covered - size);
    long before = rule == Padding.Same.UPPER ? total / 2 : total - total / 2;
    return new Axis(size, kernel, stride, dilation, before, total - before, outputs);
  }
}
