package io.github.colonnade;

/**
 * A kernel sliding along one axis.
 *
 * @param padBefore zeros before the first element
 * @param outputs positions of the kernel
 */
record Window(long padBefore, long outputs) {

  /**
   * Places a kernel along one axis.
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
  static Window of(
      String axis, long size, long kernel, long stride, long dilation, Padding padding) {
    try {
      long extent = Math.addExact(Math.multiplyExact(kernel - 1, dilation), 1);
      if (padding instanceof Padding.Same same) {
        long outputs = Math.ceilDiv(size, stride);
        long covered = Math.addExact(Math.multiplyExact(Math.max(0, outputs - 1), stride), extent);
        long total = Math.max(0, covered - size);
        return new Window(same == Padding.Same.UPPER ? total / 2 : total - total / 2, outputs);
      }
      Padding.Explicit sides = (Padding.Explicit) padding;
      boolean vertical = axis.equals("H");
      long before = vertical ? sides.top() : sides.left();
      long after = vertical ? sides.bottom() : sides.right();
      long padded = Math.addExact(size, Math.addExact(before, after));
      if (extent > padded) {
        throw new IllegalArgumentException(
            "kernel"
                + axis
                + ": spans "
                + extent
                + " with its dilation, the padded input has "
                + padded);
      }
      return new Window(before, (padded - extent) / stride + 1);
    } catch (ArithmeticException overflow) {
      throw new IllegalArgumentException(
          "input: " + axis + " of " + size + " with padding and kernel does not fit a long",
          overflow);
    }
  }
}
