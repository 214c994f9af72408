package io.github.colonnade.internal.pool;

import io.github.colonnade.internal.conv.Axis;

/**
 * How sliding windows are cut into blocks, whose pixels are held in arrays: some rows of windows of
 * one plane or, where planes are small, some whole planes. It follows from the shapes alone.
 *
 * <p>An array holds the padded planes, or the padded rows under the rows of windows, one below the
 * other, {@code pitch} elements each: so a tap lies equally far from the first tap of its window in
 * all windows.
 *
 * @param planes planes of the operands
 * @param vertical windows down the rows
 * @param horizontal windows along the columns
 * @param pitch elements of a padded row
 * @param height padded rows of a block, in each of its planes
 * @param rows rows of windows of a block, in each of its planes
 * @param blockPlanes planes of a block
 */
record WindowBlocks(
    long planes, Axis vertical, Axis horizontal, int pitch, int height, int rows, int blockPlanes) {
  /** Elements of a block, where rows are short enough: with all arrays, they about fit L1. */
  private static final int ELEMENTS = 2048;

  /** Elements of a block at most. */
  private static final int MOST_ELEMENTS = 1 << 14;

  /** Taps of a window at most: each is a pass over all windows of a block. */
  private static final int MOST_TAPS = 64;

  private static final long COPY = 24;
  private static final long TAP = 2;

  /** Returns the blocks, or null if windows do not slide or are too large. */
  static WindowBlocks of(PoolGeometry geometry) {
    return geometry.vertical() instanceof SlidingAxis vertical
            && geometry.horizontal() instanceof SlidingAxis horizontal
        ? of(geometry.planes(), vertical.axis(), horizontal.axis())
        : null;
  }

  private static WindowBlocks of(long planes, Axis vertical, Axis horizontal) {
    long pitch = padded(horizontal);
    long reach = vertical.reach() + 1;
    if (vertical.kernel() > MOST_TAPS
        || horizontal.kernel() > MOST_TAPS
        || vertical.kernel() * horizontal.kernel() > MOST_TAPS
        || pitch > MOST_ELEMENTS
        || Math.max(reach, vertical.stride()) > MOST_ELEMENTS / pitch) {
      return null;
    }
    long height = padded(vertical);
    if (height <= ELEMENTS / pitch) {
      int blockPlanes = (int) Math.clamp(ELEMENTS / (pitch * height), 1, Math.max(1, planes));
      int rows = (int) vertical.outputs();
      return new WindowBlocks(
          planes, vertical, horizontal, (int) pitch, (int) height, rows, blockPlanes);
    }
    long most = Math.max(1, (ELEMENTS / pitch - reach) / vertical.stride() + 1);
    long rows = Math.ceilDiv(vertical.outputs(), Math.ceilDiv(vertical.outputs(), most));
    // So many that the next block begins at the last or behind it.
    height = Math.max((rows - 1) * vertical.stride() + reach, rows * vertical.stride());
    return new WindowBlocks(planes, vertical, horizontal, (int) pitch, (int) height, (int) rows, 1);
  }

  /** Returns the elements of an axis from the first of padding to the last that a window has. */
  private static long padded(Axis axis) {
    return axis.padBefore()
        + Math.max(axis.size(), axis.position(axis.outputs() - 1, 0) + axis.reach() + 1);
  }

  /** Returns the blocks of a plane, or of the planes that a block has. */
  long blocksOfPlane() {
    return Math.ceilDiv(vertical.outputs(), rows);
  }

  /** Returns the planes, counted by as many as a block has. */
  long planeGroups() {
    return Math.ceilDiv(planes, blockPlanes);
  }

  /** Returns the blocks of all planes. */
  long count() {
    return planeGroups() * blocksOfPlane();
  }

  /** Returns the taps of a window. */
  int taps() {
    return (int) (vertical.kernel() * horizontal.kernel());
  }

  /** Returns the pixels that a block looks at, about. */
  double cost() {
    return (double) height * pitch * blockPlanes
        + (double) blockPlanes * rows * horizontal.outputs() * taps();
  }

  /**
   * Returns whether windows lie in arrays as their first taps do: side by side, with some between
   * the rows that nobody asks for.
   */
  boolean dense() {
    return vertical.stride() == 1
        && horizontal.stride() == 1
        && 2L * rows >= height
        && 2 * horizontal.outputs() >= pitch;
  }

  /**
   * Returns whether it pays to take the rows under windows together before the columns. Each row
   * costs a copy, about {@code COPY} elements; a tap of a window {@code TAP}. Measured on an AMD
   * EPYC (Zen 3).
   */
  boolean rowsFirst() {
    long outputs = horizontal.outputs();
    long rowsThenColumns = vertical.kernel() * (COPY + pitch) + TAP * horizontal.kernel() * outputs;
    return dense() || rowsThenColumns < TAP * taps() * outputs;
  }

  /** Returns the place of the first window of a row among those of a block. */
  int window(int plane, int row) {
    return dense()
        ? (plane * height + row) * pitch
        : (plane * rows + row) * (int) horizontal.outputs();
  }

  /** Returns the places up to the last window of some rows of some planes. */
  int windows(int somePlanes, int someRows) {
    return window(somePlanes - 1, someRows - 1) + (int) horizontal.outputs();
  }
}
