package io.github.colonnade;

/**
 * Zeros around an input: given on four sides, or derived from its size by a rule. It is never
 * negative: where the stride steps over more than the kernel spans, a rule adds none and the pixels
 * between are not read, as in TensorFlow and ONNX. PyTorch has such a rule for stride 1 alone.
 */
public sealed interface Padding {

  /** No padding. */
  Padding VALID = new Explicit(0, 0, 0, 0);

  /**
   * As much as makes the output {@code ceil(input / stride)}, any odd row or column below and to
   * the right: ONNX's SAME_UPPER, TensorFlow's SAME.
   */
  Padding SAME_UPPER = Same.UPPER;

  /** As {@link #SAME_UPPER}, any odd row or column above and to the left: ONNX's SAME_LOWER. */
  Padding SAME_LOWER = Same.LOWER;

  /**
   * The same on all four sides.
   *
   * @param size rows and columns of zeros
   * @return the padding
   * @throws IllegalArgumentException if {@code size} is negative
   */
  static Padding of(long size) {
    return new Explicit(size, size, size, size);
  }

  /**
   * The same above and below, and the same left and right.
   *
   * @param vertical rows of zeros above, and below
   * @param horizontal columns of zeros left, and right
   * @return the padding
   * @throws IllegalArgumentException if a size is negative
   */
  static Padding of(long vertical, long horizontal) {
    return new Explicit(vertical, horizontal, vertical, horizontal);
  }

  /**
   * On four sides.
   *
   * @param top rows of zeros above
   * @param left columns of zeros left
   * @param bottom rows of zeros below
   * @param right columns of zeros right
   * @return the padding
   * @throws IllegalArgumentException if a size is negative
   */
  static Padding of(long top, long left, long bottom, long right) {
    return new Explicit(top, left, bottom, right);
  }

  /**
   * Padding given on four sides.
   *
   * @param top rows of zeros above
   * @param left columns of zeros left
   * @param bottom rows of zeros below
   * @param right columns of zeros right
   */
  record Explicit(long top, long left, long bottom, long right) implements Padding {
    /** Checks that no side is negative. */
    public Explicit {
      Operands.requireNotNegative("padTop", top);
      Operands.requireNotNegative("padLeft", left);
      Operands.requireNotNegative("padBottom", bottom);
      Operands.requireNotNegative("padRight", right);
    }

    /** Returns such as {@code top 1, left 2, bottom 1, right 2}, or VALID. */
    @Override
    public String toString() {
      return equals(VALID)
          ? "VALID"
          : "top " + top + ", left " + left + ", bottom " + bottom + ", right " + right;
    }
  }

  /** Padding that keeps the output at {@code ceil(input / stride)}. */
  enum Same implements Padding {
    /** The odd row or column goes below and to the right. */
    UPPER,
    /** The odd row or column goes above and to the left. */
    LOWER;

    /** Returns {@code SAME_UPPER} or {@code SAME_LOWER}. */
    @Override
    public String toString() {
      return "SAME_" + name();
    }
  }
}
