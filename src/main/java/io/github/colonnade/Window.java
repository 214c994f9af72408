package io.github.colonnade;

import java.io.Serializable;
import java.util.Objects;

/** A kernel that slides over images, before their size is known. */
record Window(WindowAxis vertical, WindowAxis horizontal) implements Serializable {

  /** Tells a builder for a kernel of this size the rest, for it to check. */
  <B extends WindowBuilder<B>> B tell(B builder) {
    if (!(builder instanceof DilatedBuilder)) {
      requireUndilated(vertical);
      requireUndilated(horizontal);
    }
    return builder
        .dilate(vertical.dilation(), horizontal.dilation())
        .stride(vertical.stride(), horizontal.stride())
        .padding(padding());
  }

  private static void requireUndilated(WindowAxis axis) {
    if (axis.dilation() != 1) {
      throw new IllegalArgumentException(
          "dilation" + axis.name() + ": is " + axis.dilation() + ", must be 1");
    }
  }

  Padding padding() {
    return vertical.padding();
  }

  /** Returns this window under another padding. */
  Window withPadding(Padding padding) {
    Objects.requireNonNull(padding, "padding");
    return new Window(vertical.withPadding(padding), horizontal.withPadding(padding));
  }

  /** Returns kernel, stride and dilation, such as {@code kernel 3×3, stride 2×2, dilation 1×1}. */
  @Override
  public String toString() {
    return "kernel "
        + vertical.kernel()
        + "×"
        + horizontal.kernel()
        + ", stride "
        + vertical.stride()
        + "×"
        + horizontal.stride()
        + ", dilation "
        + vertical.dilation()
        + "×"
        + horizontal.dilation();
  }
}
