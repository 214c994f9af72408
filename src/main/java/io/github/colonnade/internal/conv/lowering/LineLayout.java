package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;

/**
 * The lines of a channel that some output pixels read, on the heap, and their views: what one
 * column of the kernel reads of each line, a row of the output long. A view holds the lines of a
 * phase of the rows one below the other, those of several images side by side, so that every tap in
 * its column reads adjacent elements.
 *
 * @param geometry sizes
 */
record LineLayout(ConvGeometry geometry) {
  /** Elements that the lines of one channel, or a view of them, may take. */
  private static final double MOST_ELEMENTS = 1 << 15;

  /**
   * Returns whether every pixel is read so often that it pays to prepare it, and the lines fit.
   *
   * @param pixels the most output pixels at a time
   */
  static boolean suits(ConvGeometry geometry, long pixels) {
    double lines = mostLines(geometry, pixels);
    double viewed = Math.max(lines, geometry.strideH() + lines) * geometry.outW();
    return geometry.kernelPlane() >= 2.0 * geometry.strideH() * geometry.strideW()
        && Math.max(lines * geometry.inW(), viewed) * images(geometry, pixels) <= MOST_ELEMENTS;
  }

  /** Returns the most lines that this many adjacent output pixels of one image read. */
  static double mostLines(ConvGeometry geometry, long pixels) {
    double rows = Math.min(geometry.outH(), Math.ceilDiv(pixels, Math.max(1, geometry.outW())) + 1);
    return (rows - 1) * geometry.strideH() + (geometry.kernelH() - 1.0) * geometry.dilationH() + 1;
  }

  /** Returns the images whose lines lie side by side. */
  private static double images(ConvGeometry geometry, long pixels) {
    boolean interleaved = new PanelOrder(geometry, pixels).isInterleaved();
    return interleaved ? Math.max(1, pixels / Math.max(1, geometry.outPlane())) : 1;
  }

  /** Returns whether the views are the lines shifted, all at once. */
  boolean isShifted() {
    return PanelOrder.keepsWidth(geometry);
  }

  /**
   * Returns the most elements of all arrays.
   *
   * @param pixels output pixels at a time
   * @param col2im whether columns are added up, which takes another array
   */
  long heapElements(long pixels, boolean col2im) {
    int lines = (int) mostLines(geometry, pixels);
    long read = lines * geometry.inW();
    long view = viewElements(lines);
    return (read + view + (col2im ? Math.max(read, view) : 0)) * (long) images(geometry, pixels);
  }

  /** Returns the lines that some rows of the output read. */
  int lines(long rows) {
    return (int)
        ((rows - 1) * geometry.strideH() + (geometry.kernelH() - 1) * geometry.dilationH() + 1);
  }

  /** Returns the pixel of a line, perhaps beside it, that a column of the kernel reads first. */
  long firstPixel(long kw) {
    return kw * geometry.dilationW() - geometry.padLeft();
  }

  /** Returns the first output for which a column of the kernel reads a pixel of the line. */
  int firstInside(long kw) {
    return Math.clamp(Math.ceilDiv(-firstPixel(kw), geometry.strideW()), 0, (int) geometry.outW());
  }

  /** Returns the end of those outputs. */
  int firstBeyond(long kw) {
    long beyond = Math.ceilDiv(geometry.inW() - firstPixel(kw), geometry.strideW());
    return Math.clamp(beyond, firstInside(kw), (int) geometry.outW());
  }

  /** Returns how many phases the lines have. */
  int phases() {
    return (int) geometry.strideH();
  }

  /** Returns the lines of each phase, the last of which may be missing. */
  int phaseLines(int lines) {
    return Math.ceilDiv(lines, phases());
  }

  /** Returns the elements of an image's view. */
  int viewElements(int lines) {
    return phases() * phaseLines(lines) * (int) geometry.outW();
  }

  /** Returns where in a view a row of the kernel begins to read, in rows of the output. */
  int viewRow(long kh, int lines) {
    int down = (int) (kh * geometry.dilationH());
    return down % phases() * phaseLines(lines) + down / phases();
  }
}
