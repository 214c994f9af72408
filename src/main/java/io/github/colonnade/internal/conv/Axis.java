package io.github.colonnade.internal.conv;

/**
 * A kernel that slides along one axis of an image, from one output to the next.
 *
 * @param size elements of the input
 * @param kernel taps
 * @param stride elements from one output to the next
 * @param dilation elements from one tap to the next
 * @param padBefore positions of padding before the first element; negative in some adjoints
 * @param padAfter positions of padding after the last element; negative in some adjoints
 * @param outputs positions of the kernel
 */
public record Axis(
    long size,
    long kernel,
    long stride,
    long dilation,
    long padBefore,
    long padAfter,
    long outputs) {

  /** Returns the elements from the first tap to the last. */
  public long reach() {
    return (kernel - 1) * dilation;
  }

  /** Returns the element that a tap reads for an output, perhaps in the padding. */
  public long position(long output, long tap) {
    return output * stride - padBefore + tap * dilation;
  }

  /** Returns the first output whose element for {@code tap} is not before the input. */
  public long firstInside(long tap) {
    return clampedCeilDiv(padBefore - tap * dilation);
  }

  /** Returns the output from which on the element for {@code tap} is behind the input. */
  public long firstBeyond(long tap) {
    return clampedCeilDiv(size + padBefore - tap * dilation);
  }

  private long clampedCeilDiv(long dividend) {
    return Math.clamp(Math.ceilDiv(dividend, stride), 0, outputs);
  }

  /**
   * Returns the axis of the adjoint at stride 1, from output to input: the kernel turned around,
   * with as much padding as makes the outputs of one the inputs of the other.
   */
  public Axis adjoint() {
    assert stride == 1;
    long before = reach() - padBefore;
    long after = reach() - padAfter;
    return new Axis(/* size= */ outputs, kernel, 1, dilation, before, after, /* outputs= */ size);
  }

  /** Returns whether each output is computed from the element at its own place alone. */
  boolean isPointwise() {
    return kernel == 1 && stride == 1 && padBefore == 0 && outputs == size;
  }

  /**
   * Returns whether the kernel's one position has each tap on an element of its own, all of them.
   */
  boolean isCovered() {
    return kernel == size && outputs == 1 && padBefore == 0 && reach() == size - 1;
  }
}
