package io.github.colonnade;

import java.io.Serializable;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;

/**
 * An operator's output cut into tiles, each with the part of the input that it is computed from:
 * for planes that are larger than memory, or computed in many places.
 *
 * {@snippet file="io/github/colonnade/examples/TileByTile.java" region="tiles"}
 *
 * <p>A tile is computed by the same operator with {@link Tile#padding} in place of its own: that is
 * what is left of the padding where the input is cut at the plane's edge, and none elsewhere. A
 * {@link ConvTranspose2d} needs {@link ConvTranspose2d.Builder#outputSize} of the target too; max
 * pools count indices in the tile's source. {@link TileRunner} goes through the tiles of planes.
 *
 * <p>The tiles put together have the same bits as the whole, computed by the same algorithm, where
 * an output is summed in an order that its place in the plane has no part in: convolutions by
 * {@link Algorithm#REFERENCE} and {@link Algorithm#DIRECT}, max pools, {@link Pad2d}. That is not
 * so with average pools, which add up wide planes and narrow ones in different orders, and not with
 * {@link Algorithm#IM2COL}, whose columns are cut by the plane's size, and OpenBLAS sums matrices
 * of different sizes in different orders: the last bits may differ. {@link Algorithm#WINOGRAD} and
 * {@link Algorithm#FFT} compute blocks of outputs, whose rounding depends on where a block starts.
 * {@link Algorithm#AUTO} may choose differently for a tile and for the whole: ask {@link
 * ConvPlan#algorithm} of a plan for the whole plane, which takes no memory, and tell the tiles'
 * plans.
 */
public final class Tiles implements Iterable<Tiles.Tile> {
  private final TileAxis vertical;
  private final TileAxis horizontal;
  private final long tileH;
  private final long tileW;
  private final long columns;
  private final long count;

  private Tiles(TileAxis vertical, TileAxis horizontal, long tileH, long tileW) {
    this.vertical = vertical;
    this.horizontal = horizontal;
    this.tileH = tileH;
    this.tileW = tileW;
    this.columns = Math.ceilDiv(horizontal.outputs(), tileW);
    long rows = Math.ceilDiv(vertical.outputs(), tileH);
    // Not more than pixels of the output, which are checked.
    this.count = rows * columns;
  }

  /**
   * A part of a plane.
   *
   * @param top first row
   * @param left first column
   * @param height rows
   * @param width columns
   */
  public record Region(long top, long left, long height, long width) implements Serializable {}

  /**
   * A part of the output and what it is computed from.
   *
   * @param source the part of the input, with the halo, cut at the plane's edge; it has no rows or
   *     columns where the target lies in the padding alone, which convolutions take and pools do
   *     not
   * @param target the part of the output
   * @param padding what the operator needs around the source to compute just the target
   */
  public record Tile(Region source, Region target, Padding.Explicit padding)
      implements Serializable {}

  /**
   * Cuts the output of an operator into square tiles.
   *
   * @param h height of the input's planes
   * @param w width of the input's planes
   * @param tile rows and columns of a tile, as far as the output has so many
   * @param halo the operator's, such as {@link Conv2d#halo}
   * @return the tiles
   * @throws IllegalArgumentException if the operator does not fit the plane, or its halo is larger
   *     than a tile that does not cover the output
   */
  public static Tiles split(long h, long w, long tile, Halo halo) {
    return split(h, w, tile, tile, halo);
  }

  /**
   * Cuts the output of an operator into tiles.
   *
   * @param h height of the input's planes
   * @param w width of the input's planes
   * @param tileH rows of a tile, as far as the output has so many
   * @param tileW columns of a tile, likewise
   * @param halo the operator's, such as {@link Conv2d#halo}
   * @return the tiles
   * @throws IllegalArgumentException if the operator does not fit the plane, or its halo is larger
   *     than a tile that does not cover the output
   */
  public static Tiles split(long h, long w, long tileH, long tileW, Halo halo) {
    Objects.requireNonNull(halo, "halo");
    Operands.requirePositive("tileH", tileH);
    Operands.requirePositive("tileW", tileW);
    Shapes.elementCount("input", h, w);
    TileAxis vertical = halo.vertical(h);
    TileAxis horizontal = halo.horizontal(w);
    Shapes.elementCount("output", vertical.outputs(), horizontal.outputs());
    requireHalo("tileH", tileH, vertical, "height");
    requireHalo("tileW", tileW, horizontal, "width");
    return new Tiles(vertical, horizontal, tileH, tileW);
  }

  private static void requireHalo(String name, long tile, TileAxis axis, String size) {
    if (tile < axis.leastPiece()) {
      throw new IllegalArgumentException(
          name
              + ": is "
              + tile
              + ", must be at least "
              + axis.leastPiece()
              + ", the halo, or the output's "
              + size
              + " of "
              + axis.outputs());
    }
  }

  /** {@return the number of tiles} */
  public long count() {
    return count;
  }

  /** {@return the height of the input's planes} */
  public long inputH() {
    return vertical.inputs();
  }

  /** {@return the width of the input's planes} */
  public long inputW() {
    return horizontal.inputs();
  }

  /** {@return the height of the output's planes} */
  public long outputH() {
    return vertical.outputs();
  }

  /** {@return the width of the output's planes} */
  public long outputW() {
    return horizontal.outputs();
  }

  /**
   * Returns a tile, counted from left to right, then down.
   *
   * @param index from 0 to before {@link #count}
   * @return the tile
   * @throws IndexOutOfBoundsException if there is no such tile
   */
  public Tile get(long index) {
    Objects.checkIndex(index, count);
    long top = index / columns * tileH;
    long left = index % columns * tileW;
    long height = Math.min(tileH, outputH() - top);
    long width = Math.min(tileW, outputW() - left);
    TileAxis.Span rows = vertical.span(top, top + height);
    TileAxis.Span cols = horizontal.span(left, left + width);
    return new Tile(
        new Region(rows.from(), cols.from(), rows.to() - rows.from(), cols.to() - cols.from()),
        new Region(top, left, height, width),
        new Padding.Explicit(rows.padBefore(), cols.padBefore(), rows.padAfter(), cols.padAfter()));
  }

  /** Goes through all tiles, from left to right, then down. */
  @Override
  public Iterator<Tile> iterator() {
    return new Iterator<>() {
      private long next;

      @Override
      public boolean hasNext() {
        return next < count;
      }

      @Override
      public Tile next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return get(next++);
      }
    };
  }

  /** Returns what is cut into what, such as {@code Tiles[1000×800 → 998×798, 16 of 256×256]}. */
  @Override
  public String toString() {
    return "Tiles[" + inputH() + "×" + inputW() + " → " + outputH() + "×" + outputW() + ", " + count
        + " of " + tileH + "×" + tileW + "]";
  }
}
