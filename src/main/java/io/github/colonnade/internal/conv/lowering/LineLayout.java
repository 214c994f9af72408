package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;

/**
 * The lines of a channel that some output pixels read, on the heap: each padded and, under a
 * stride, split into its phases, so that every tap of a row reads adjacent elements.
 *
 * @param geometry sizes
 * @param width elements of one phase of a line: those that a row of the output reads
 */
record LineLayout(ConvGeometry geometry, int width) {
  /** Elements that the lines of one channel may take. */
  private static final double MOST_ELEMENTS = 1 << 15;

  static LineLayout of(ConvGeometry geometry) {
    return new LineLayout(geometry, (int) width(geometry));
  }

  /**
   * Returns whether every pixel is read so often that it pays to prepare it, and the lines fit.
   *
   * @param pixels the most output pixels at a time
   */
  static boolean suits(ConvGeometry geometry, long pixels) {
    return geometry.kernelPlane() >= 2.0 * geometry.strideH() * geometry.strideW()
        && mostLines(geometry, pixels) * geometry.strideW() * width(geometry) <= MOST_ELEMENTS
        && geometry.inW() <= MOST_ELEMENTS;
  }

  /** Returns the most lines that this many adjacent output pixels of one image read. */
  static double mostLines(ConvGeometry geometry, long pixels) {
    double rows = Math.min(geometry.outH(), Math.ceilDiv(pixels, Math.max(1, geometry.outW())) + 1);
    return (rows - 1) * geometry.strideH() + (geometry.kernelH() - 1.0) * geometry.dilationH() + 1;
  }

  private static double width(ConvGeometry geometry) {
    return geometry.outW()
        + Math.floor((geometry.kernelW() - 1.0) * geometry.dilationW() / geometry.strideW());
  }

  int phases() {
    return (int) geometry.strideW();
  }

  /** Returns the elements of a line. */
  int lineElements() {
    return phases() * width;
  }

  /** Returns the most elements of the lines that so many neighbouring output pixels read. */
  long elements(long pixels) {
    return (long) (mostLines(geometry, pixels) * lineElements());
  }

  /** Returns the lines that some rows of the output read. */
  int lines(long rows) {
    return (int)
        ((rows - 1) * geometry.strideH() + (geometry.kernelH() - 1) * geometry.dilationH() + 1);
  }

  /** Returns whether a tap reads this phase. */
  boolean isRead(int phase) {
    for (long kw = 0; kw < geometry.kernelW(); kw++) {
      if (kw * geometry.dilationW() % geometry.strideW() == phase) {
        return true;
      }
    }
    return false;
  }

  /** Returns the pixel of a row that a phase begins with; in the padding where it is negative. */
  private long firstPixel(int phase) {
    return phase - geometry.padLeft();
  }

  /** Returns the first element of a phase that is not padding. */
  int firstInside(int phase) {
    return (int) Math.clamp(Math.ceilDiv(-firstPixel(phase), geometry.strideW()), 0L, width);
  }

  /** Returns the end of those that are not padding. */
  int firstBeyond(int phase) {
    long beyond = Math.ceilDiv(geometry.inW() - firstPixel(phase), geometry.strideW());
    return Math.clamp(beyond, firstInside(phase), width);
  }

  /** Returns the pixel of a row that the first element inside represents. */
  int pixelInside(int phase) {
    return (int) (firstPixel(phase) + firstInside(phase) * geometry.strideW());
  }

  /** Returns the position of a tap's first output pixel in the lines. */
  int offset(long tap) {
    int right = (int) (tap % geometry.kernelW() * geometry.dilationW());
    int down = (int) (tap / geometry.kernelW() * geometry.dilationH());
    return down * lineElements() + right % phases() * width + right / phases();
  }

  /** Returns the elements from a row of the output to the next. */
  int rowStep() {
    return (int) geometry.strideH() * lineElements();
  }
}
