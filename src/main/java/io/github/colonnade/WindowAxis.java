package io.github.colonnade;

import io.github.colonnade.internal.conv.Axis;
import java.io.Serializable;

/**
 * One axis of a {@link Window}. Placed on an image, what does not fit says so.
 *
 * @param name {@code H} or {@code W}, for messages
 * @param kernel taps
 * @param stride elements from one position to the next
 * @param dilation elements from one tap to the next
 * @param padding padding around the image, on both axes
 */
record WindowAxis(String name, long kernel, long stride, long dilation, Padding padding)
    implements Serializable {

  /** Returns the padding before the first element, where it is given on four sides. */
  long padBefore() {
    Padding.Explicit sides = (Padding.Explicit) padding;
    return isVertical() ? sides.top() : sides.left();
  }

  /** Returns the padding after the last element, where it is given on four sides. */
  long padAfter() {
    Padding.Explicit sides = (Padding.Explicit) padding;
    return isVertical() ? sides.bottom() : sides.right();
  }

  WindowAxis withPadding(Padding other) {
    return new WindowAxis(name, kernel, stride, dilation, other);
  }

  private boolean isVertical() {
    return name.equals("H");
  }

  /** Returns the elements that the kernel spans, or throws if they do not fit a long. */
  long extent() {
    return Math.addExact(Math.multiplyExact(kernel - 1, dilation), 1);
  }

  /** As {@link #place(String, long, boolean)}, with positions inside the padded image alone. */
  Axis place(String image, long size) {
    return place(image, size, false);
  }

  /**
   * Places the kernel on an image.
   *
   * @param image the operand, for messages
   * @param size elements of the image
   * @param ceilMode whether a last position that hangs over the padded image counts, if it starts
   *     before the padding behind the image
   * @throws IllegalArgumentException if the kernel is larger than the padded image, or a size does
   *     not fit a long
   */
  Axis place(String image, long size, boolean ceilMode) {
    try {
      return padding instanceof Padding.Same rule
          ? placeBy(rule, size)
          : placeOnPadded(image, size, ceilMode);
    } catch (ArithmeticException overflow) {
      throw new IllegalArgumentException(
          image + ": " + name + " of " + size + " with padding and kernel does not fit a long",
          overflow);
    }
  }

  private Axis placeOnPadded(String image, long size, boolean ceilMode) {
    long extent = extent();
    long padded = Math.addExact(size, Math.addExact(padBefore(), padAfter()));
    if (ceilMode) {
      Math.addExact(padded, Math.addExact(extent, stride)); // how far a position may reach
    }
    long overhang = ceilMode ? stride - 1 : 0;
    long last = Math.floorDiv(padded - extent + overhang, stride);
    if (last < 0) {
      throw new IllegalArgumentException(
          "kernel"
              + name
              + ": spans "
              + extent
              + " with its dilation, the padded "
              + image
              + " has "
              + padded);
    }
    if (ceilMode && last * stride >= size + padBefore()) {
      last--;
    }
    return axis(size, padBefore(), padAfter(), last + 1);
  }

  private Axis placeBy(Padding.Same rule, long size) {
    long outputs = Math.ceilDiv(size, stride);
    long covered = Math.addExact(Math.multiplyExact(Math.max(0, outputs - 1), stride), extent());
    long total = Math.max(0, covered - size);
    long before = rule == Padding.Same.UPPER ? total / 2 : total - total / 2;
    return axis(size, before, total - before, outputs);
  }

  private Axis axis(long size, long before, long after, long outputs) {
    return new Axis(size, kernel, stride, dilation, before, after, outputs);
  }
}
