package io.github.colonnade.cli;

import io.github.colonnade.Pad2d;

/** What lies beyond the border of an image. */
enum Boundary {
  /** Black: zeros. */
  FILL(Pad2d.Mode.CONSTANT, Long.MAX_VALUE),
  /** The image mirrored about its outermost pixels, which do not repeat: NumPy's reflect. */
  REFLECT(Pad2d.Mode.REFLECT, -1),
  /** The outermost pixels, over and over: NumPy's edge. */
  REPLICATE(Pad2d.Mode.REPLICATE, Long.MAX_VALUE),
  /** The opposite side. */
  WRAP(Pad2d.Mode.CIRCULAR, 0);

  private final Pad2d.Mode mode;

  /** How far the border may reach beyond the image's size. */
  private final long slack;

  Boundary(Pad2d.Mode mode, long slack) {
    this.mode = mode;
    this.slack = slack;
  }

  /** Returns what the library calls it. */
  Pad2d.Mode mode() {
    return mode;
  }

  /** Checks that a border can be made from the image, to say so in the command line's words. */
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
}
