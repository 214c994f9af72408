package io.github.colonnade.internal.border;

/**
 * Sizes of a padding, checked by its creator: {@code [planes, H, W] → [planes, OH, OW]}. A negative
 * side cuts the plane, so that forward a part of it is read.
 *
 * @param planes planes of the batch, all channels counted
 * @param inH height of the input
 * @param inW width of the input
 * @param top rows above
 * @param left columns left
 * @param bottom rows below
 * @param right columns right
 * @param border what the rows and columns around are read from
 */
public record PadGeometry(
    long planes, long inH, long inW, long top, long left, long bottom, long right, Border border) {

  /** Moving fewer elements than this takes less time than handing them to another thread. */
  private static final long TILE_ELEMENTS = 1 << 16;

  /**
   * Returns the geometry that reads a part of planes without a border.
   *
   * @param top first row
   * @param left first column
   */
  public static PadGeometry window(
      long planes, long inH, long inW, long top, long left, long height, long width) {
    return new PadGeometry(
        planes, inH, inW, -top, -left, top + height - inH, left + width - inW, Border.CONSTANT);
  }

  long outH() {
    return top + inH + bottom;
  }

  long outW() {
    return left + inW + right;
  }

  /** Returns the rows of a tile, where a row takes {@code outW} elements. */
  long tileRows() {
    return Math.max(1, TILE_ELEMENTS / outW());
  }
}
