package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.Kernels;
import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * The transforms of Winograd's minimal filtering F(m×m, 3×3) after Lavin &amp; Gray 2016, {@code Y
 * = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A}, on runs of tiles; and the arrays on the heap that they compute in,
 * since C2 vectorises arithmetic on arrays and not between segments. Used by one thread at a time.
 *
 * <p>Positions and counts are in elements. Transformed values are stored by frequency, {@code
 * stride} apart, a frequency's values side by side.
 */
interface WinogradTransform {
  /** Returns new transforms for tiles of {@code outputs × outputs}. */
  static WinogradTransform of(ElementType type, int outputs) {
    return Kernels.useVectors() ? vectorized(type, outputs) : portable(type, outputs);
  }

  /** Returns transforms in plain Java. */
  static WinogradTransform portable(ElementType type, int outputs) {
    return type == ElementType.F64
        ? new F64WinogradTransform(outputs)
        : new F32WinogradTransform(outputs);
  }

  /** Returns transforms by the Vector API, which must be present. */
  static WinogradTransform vectorized(ElementType type, int outputs) {
    return type == ElementType.F64
        ? new F64VectorWinogradTransform(outputs)
        : new F32VectorWinogradTransform(outputs);
  }

  /** Returns the type of the elements. */
  ElementType type();

  /** Returns m, the outputs along one side of a tile. */
  int outputs();

  /**
   * Makes room.
   *
   * @param count tiles, and weights, of one run
   * @param plane elements of the image that tiles are gathered from
   */
  void reserve(int count, int plane);

  /** Returns the bytes of the arrays. */
  long bytes();

  /** Sets a row of the image: zeros, neighbours from {@code input}, zeros. */
  void loadRow(MemorySegment input, long index, int at, int before, int inside, int after);

  /**
   * Splits tiles that are side by side in the image.
   *
   * @param from first element of the first tile
   * @param rowTap elements from a tile's row to its next
   * @param tap elements from a tile's column to its next
   * @param step elements from a tile to the next
   * @param at place of the first tile in the run
   * @param count tiles
   */
  void gather(int from, int rowTap, int tap, int step, int at, int count);

  /** Transforms the gathered tiles: {@code Bᵀ d B}. */
  void transformInput(int count, MemorySegment target, long index, long stride);

  /**
   * Transforms kernels of 3×3 weights: {@code G g Gᵀ}.
   *
   * @param weight memory that holds them
   * @param first element of the first one
   * @param step elements from a kernel to the next
   * @param rotated whether each is rotated by 180°
   * @param count kernels
   */
  void transformWeights(
      MemorySegment weight,
      long first,
      long step,
      boolean rotated,
      int count,
      MemorySegment target,
      long index,
      long stride);

  /**
   * Begins to watch the outputs that {@link #transformOutput} makes, of so many tiles each time.
   */
  void beginOutputs(int count);

  /** Returns whether all outputs since then are finite; no other transform came between. */
  boolean outputsAreFinite(int count);

  /**
   * Transforms products back to output tiles, {@code Aᵀ M A}, plus a channel's bias.
   *
   * @param bias of all channels, or null for zero
   * @param channel index of the channel
   */
  void transformOutput(
      MemorySegment source, long index, long stride, int count, MemorySegment bias, long channel);

  /**
   * Writes one row of output tiles that lie side by side.
   *
   * @param row the tiles' row, from 0 to m − 1
   * @param at place of the first tile in the run
   * @param count tiles
   * @param valid outputs to write, at most m·count
   * @param step elements from an output to the next
   */
  void scatter(int row, int at, int count, int valid, MemorySegment output, long index, long step);
}
