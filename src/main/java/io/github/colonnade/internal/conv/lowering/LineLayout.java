package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.RowKernels;

/**
 * The lines of a channel that some output pixels read, on the heap, and their views: what one
 * column of the kernel reads of each line, a row of the output long. A view holds the lines of a
 * phase of the rows one below the other, those of several images side by side, so that every tap in
 * its column reads adjacent elements.
 *
 * <p>Where the pixels of one remainder, a phase of the line, are no more than a row of the output,
 * a view is a phase shifted.
 */
final class LineLayout {
  /** Elements that the lines of one channel, a view of them, or all phases may take. */
  private static final double MOST_ELEMENTS = 1 << 15;

  /** Pixels of an output's row from which on it pays to split lines that one tap reads. */
  private static final long LONG_ROW = 16;

  /** Pixels of lines to which long columns are added that fit no phase. */
  private static final double MOST_SCATTERED = 3000;

  /** Phases that a line is split into at most. */
  private static final long MOST_PHASES = 64;

  private final ConvGeometry geometry;
  private final boolean fitsPhases;
  private final int[] phasePixels;
  private final boolean[] readsPhase;

  /** Lays out lines of some sizes. */
  LineLayout(ConvGeometry geometry) {
    this.geometry = geometry;
    long stride = geometry.strideW();
    fitsPhases = stride <= MOST_PHASES && Math.ceilDiv(geometry.inW(), stride) <= geometry.outW();
    int phases = fitsPhases ? (int) stride : 0;
    phasePixels = new int[phases];
    readsPhase = new boolean[phases];
    for (int phase = 0; phase < phases; phase++) {
      phasePixels[phase] = (int) Math.max(0, Math.ceilDiv(geometry.inW() - phase, stride));
    }
    for (long kw = 0; kw < Math.min(geometry.kernelW(), phases); kw++) {
      readsPhase[phase(kw)] = true;
    }
  }

  ConvGeometry geometry() {
    return geometry;
  }

  /**
   * Returns whether it pays to prepare the lines, so many output pixels at a time, and they fit:
   * the kernel reads every pixel several times, or the lines are split quickly.
   */
  boolean suits(long pixels) {
    boolean readOften = geometry.kernelPlane() >= 2.0 * geometry.strideH() * geometry.strideW();
    boolean quick =
        isSplit()
            && 2 * geometry.kernelH() >= geometry.strideH()
            && (geometry.kernelPlane() > 1 || geometry.outW() >= LONG_ROW);
    return (readOften || quick) && pixels >= geometry.outW() && fits(pixels);
  }

  /**
   * Returns whether columns, so many output pixels at a time, are added faster run by run: long
   * ones that no phase takes whole, to more lines than stay in the first-level cache. Lines of 1808
   * pixels took 0.78 to 1 of the time of runs, of 5120 1.1 to 1.4, on an Intel Xeon (family 6 model
   * 167).
   */
  boolean suitsRuns(long pixels) {
    return geometry.strideW() == 1
        && geometry.outW() >= RowKernels.LONG_RUN
        && !fitsPhases
        && mostLines(geometry, pixels) * geometry.inW() > MOST_SCATTERED;
  }

  private boolean fits(long pixels) {
    double lines = mostLines(geometry, pixels);
    double viewed = Math.max(lines, geometry.strideH() + lines) * geometry.outW();
    double most = Math.max(lines * geometry.inW(), viewed * Math.max(1, phasePixels.length / 2));
    return most * images(geometry, pixels) <= MOST_ELEMENTS;
  }

  /** Returns the most lines that this many adjacent output pixels of one image read. */
  static double mostLines(ConvGeometry geometry, long pixels) {
    double rows = Math.min(geometry.outH(), Math.ceilDiv(pixels, Math.max(1, geometry.outW())) + 1);
    return (rows - 1) * geometry.strideH() + (geometry.kernelH() - 1.0) * geometry.dilationH() + 1;
  }

  /** Returns the images whose lines lie side by side. */
  private static double images(ConvGeometry geometry, long pixels) {
    PanelOrder order = new PanelOrder(geometry, pixels);
    return order.isInterleaved() ? order.images() : 1;
  }

  /** Returns whether the views are the lines shifted, all at once. */
  boolean isShifted() {
    return PanelOrder.keepsWidth(geometry);
  }

  /** Returns whether the pixels of a phase are no more than those of a row of the output. */
  boolean fitsPhases() {
    return fitsPhases;
  }

  /** Returns whether lines are split into several such phases. */
  boolean isSplit() {
    return fitsPhases && geometry.strideW() > 1;
  }

  /**
   * Returns the most elements of all arrays with which images are lowered.
   *
   * @param pixels output pixels at a time
   */
  long loweringElements(long pixels) {
    int lines = (int) mostLines(geometry, pixels);
    long view = viewElements(lines);
    return (lines * geometry.inW() + view + (isSplit() ? phases() * view : 0))
        * (long) images(geometry, pixels);
  }

  /**
   * Returns the most elements of all arrays with which columns are added to images.
   *
   * @param pixels output pixels at a time
   */
  long col2imElements(long pixels) {
    int lines = (int) mostLines(geometry, pixels);
    long images = (long) images(geometry, pixels);
    long read = lines * geometry.inW() * images;
    long view = viewElements(lines) * images;
    long room = view + 2 * geometry.outW();
    return read + view + Math.max(read, room) + (fitsPhases ? phases() * room : 0);
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

  /** Returns how many phases a line has, or 0 where they do not fit. */
  int phases() {
    return phasePixels.length;
  }

  /** Returns the phase that a column of the kernel reads. */
  int phase(long kw) {
    return (int) Math.floorMod(firstPixel(kw), geometry.strideW());
  }

  /** Returns the pixel of that phase, perhaps beside it, that the column reads first. */
  long shift(long kw) {
    return Math.floorDiv(firstPixel(kw), geometry.strideW());
  }

  /** Returns the pixels of a phase. */
  int phasePixels(int phase) {
    return phasePixels[phase];
  }

  /** Returns whether the kernel reads a phase. */
  boolean readsPhase(int phase) {
    return readsPhase[phase];
  }

  /** Returns how many phases the rows have: lines from one row of the output to the next. */
  int rowPhases() {
    return (int) geometry.strideH();
  }

  /** Returns whether the kernel reads the lines of a phase of the rows. */
  boolean readsRowPhase(int phase) {
    for (long kh = 0; kh < Math.min(geometry.kernelH(), rowPhases()); kh++) {
      if (kh * geometry.dilationH() % rowPhases() == phase) {
        return true;
      }
    }
    return false;
  }

  /** Returns the lines of each phase of the rows, the last of which may be missing. */
  int phaseLines(int lines) {
    return Math.ceilDiv(lines, rowPhases());
  }

  /** Returns which of the lines of a phase of the rows is the first within the image. */
  int firstRow(int rowPhase, LineRange range) {
    return row(rowPhase, range.first(), range.count());
  }

  /** Returns which of the lines of a phase of the rows is the first below the image. */
  int lastRow(int rowPhase, LineRange range) {
    return row(rowPhase, range.beyond(), range.count());
  }

  private int row(int rowPhase, int line, int lines) {
    return Math.clamp(Math.ceilDiv(line - rowPhase, rowPhases()), 0, phaseLines(lines));
  }

  /** Returns where the pixels of a phase begin in a line of an image, a row of a phase of rows. */
  int pixel(int phase, int rowPhase, int row, int image, LineRange range) {
    int line = image * range.count() + rowPhase + row * rowPhases();
    return line * (int) geometry.inW() + phase;
  }

  /** Returns the rows of an image's view. */
  int viewRows(int lines) {
    return rowPhases() * phaseLines(lines);
  }

  /** Returns the elements of an image's view. */
  int viewElements(int lines) {
    return viewRows(lines) * (int) geometry.outW();
  }

  /** Returns where in a view a row of the kernel begins to read, in rows of the output. */
  int viewRow(long kh, int lines) {
    int down = (int) (kh * geometry.dilationH());
    return down % rowPhases() * phaseLines(lines) + down / rowPhases();
  }
}
