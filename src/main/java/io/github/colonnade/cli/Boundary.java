package io.github.colonnade.cli;

/** What lies beyond the border of an image. */
enum Boundary {
  /** Black: zeros. */
  FILL(Long.MAX_VALUE),
  /** The image mirrored about its outermost pixels, which do not repeat: NumPy's reflect. */
  REFLECT(-1),
  /** The outermost pixels, over and over: NumPy's edge. */
  REPLICATE(Long.MAX_VALUE),
  /** The opposite side. */
  WRAP(0);

  /** How far the border may reach beyond the image's size. */
  private final long slack;

  Boundary(long slack) {
    this.slack = slack;
  }

  /** Checks that a border can be made from the image. */
  void requireFits(String axis, long border, long size) {
    if (border > 0 && slack != Long.MAX_VALUE && border > size + slack) {
      throw new IllegalArgumentException(
          "--boundary: "
              + Choices.name(this)
              + " takes "
              + border
              + " pixels beyond the border from an image whose "
              + axis
              + " is "
              + size
              + ", must be at most "
              + (size + slack)
              + " (fill and replicate take any number)");
    }
  }

  /** Returns the pixel that stands at {@code index}, or −1 for black. */
  int source(int index, int size) {
    if (index >= 0 && index < size) {
      return index;
    }
    return switch (this) {
      case FILL -> -1;
      case REFLECT -> index < 0 ? -index : 2 * size - 2 - index;
      case REPLICATE -> index < 0 ? 0 : size - 1;
      case WRAP -> Math.floorMod(index, size);
    };
  }
}
