package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;

/**
 * The lines of a plane that some rows of the output read, and which of them lie in the image.
 *
 * @param top row of the image that the first is, perhaps above it
 * @param count how many lines
 * @param first the first within the image
 * @param beyond the first below the image
 */
record LineRange(long top, int count, int first, int beyond) {

  /** Returns the lines that some output pixels of an image read. */
  static LineRange of(LineLayout layout, long from, long to) {
    ConvGeometry geometry = layout.geometry();
    long row = from / geometry.outW();
    int count = layout.lines((to - 1) / geometry.outW() - row + 1);
    long top = row * geometry.strideH() - geometry.padTop();
    int first = Math.clamp(-top, 0, count);
    return new LineRange(top, count, first, Math.clamp(geometry.inH() - top, first, count));
  }

  /** Returns the pixels of the lines within the image. */
  int insidePixels(int width) {
    return (beyond - first) * width;
  }

  /** Returns where the first line within the image begins in its plane. */
  long insideIndex(int width) {
    return (top + first) * width;
  }
}
