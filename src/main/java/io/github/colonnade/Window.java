package io.github.colonnade;

/** A kernel that slides over images, before their size is known. */
record Window(WindowAxis vertical, WindowAxis horizontal) {

  Padding padding() {
    return vertical.padding();
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
