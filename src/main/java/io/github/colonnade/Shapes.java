package io.github.colonnade;

import java.util.Arrays;

/** Arithmetic on shapes, checked: what does not fit a {@code long} says so. */
final class Shapes {
  private Shapes() {}

  /** Returns the product of the sizes, or throws naming {@code operand} where one is negative. */
  static long elementCount(String operand, long... shape) {
    long count = 1;
    boolean empty = false;
    for (long size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException(
            operand + ": shape " + Arrays.toString(shape) + " has a negative size");
      }
      empty |= size == 0;
    }
    if (empty) {
      return 0;
    }
    for (long size : shape) {
      if (Math.multiplyHigh(count, size) != 0 || count * size < 0) {
        throw new IllegalArgumentException(
            operand + ": shape " + Arrays.toString(shape) + " has more than 2^63 - 1 elements");
      }
      count *= size;
    }
    return count;
  }

  /** Returns the bytes that {@code shape} takes in {@code dtype}. */
  static long byteSize(String operand, DType dtype, long... shape) {
    long count = elementCount(operand, shape);
    if (count > Long.MAX_VALUE / dtype.byteSize()) {
      throw new IllegalArgumentException(
          operand
              + ": shape "
              + Arrays.toString(shape)
              + " in "
              + dtype
              + " has more than 2^63 - 1 bytes");
    }
    return count * dtype.byteSize();
  }
}
