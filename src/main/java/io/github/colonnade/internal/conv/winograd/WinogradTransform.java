package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.conv.Kernels;
import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * The transforms of Winograd's minimal filtering F(4×4, 3×3) after Lavin &amp; Gray 2016, {@code Y
 * = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A}, on many tiles at once; and the arrays on the heap that they compute
 * in, since C2 vectorises arithmetic on arrays and not between segments. Used by one thread at a
 * time.
 *
 * <p>The interpolation points are 0, ±3/4, ±3/2 and ∞: their powers are exact in binary, they come
 * in pairs, and rounding errors are three to four times smaller than with 0, ±1, ±2 and ∞.
 *
 * <p>Each row of the image is transformed along itself first, which takes the tiles apart, then
 * tiles are transformed across their rows, all at once. Positions and counts are in elements.
 * Transformed values lie by frequency, {@code stride} apart, a frequency's values side by side;
 * {@code stride} is a multiple of {@link #whole}, and the values behind {@code count} may be
 * overwritten.
 */
interface WinogradTransform {
  /** The outputs along one side of a tile. */
  int OUTPUTS = 4;

  /** The inputs along one side of a tile, and its frequencies. */
  int INPUTS = OUTPUTS + 2;

  /** The frequencies of a tile: a multiply is done once for each. */
  int FREQUENCIES = INPUTS * INPUTS;

  /** Returns new transforms. */
  static WinogradTransform of(ElementType type) {
    return Kernels.useVectors() ? vectorized(type) : portable(type);
  }

  /** Returns transforms in plain Java. */
  static WinogradTransform portable(ElementType type) {
    return type == ElementType.F64 ? new F64WinogradTransform() : new F32WinogradTransform();
  }

  /** Returns transforms by the Vector API, which must be present. */
  static WinogradTransform vectorized(ElementType type) {
    return type == ElementType.F64
        ? new F64VectorWinogradTransform()
        : new F32VectorWinogradTransform();
  }

  /** Returns {@code count} values rounded up to a cache line, and so to whole vectors. */
  static long whole(ElementType type, long count) {
    long line = 64 / type.bytes();
    return Math.ceilDiv(count, line) * line;
  }

  /** Returns the bytes of the arrays for so many tiles and rows so wide. */
  static long bytes(ElementType type, long count, long width) {
    return (2 * FREQUENCIES * whole(type, count) + 2 * whole(type, width)) * type.bytes();
  }

  /** Returns the type of the elements. */
  ElementType type();

  /**
   * Makes room.
   *
   * @param count tiles
   * @param width elements of a row of the image, at least those of {@code count} tiles side by side
   */
  void reserve(int count, int width);

  /** Returns the bytes of the arrays. */
  long bytes();

  /** Makes tiles of zeros from one to another, until others are transformed there. */
  void clear(int from, int to);

  /** Sets the row of the image: zeros, neighbours from {@code input}, zeros. */
  void loadRow(MemorySegment input, long index, int before, int inside, int after);

  /**
   * Transforms the loaded row as one of tiles that lie side by side.
   *
   * @param row which of the tiles' six rows it is
   * @param from first element of the first tile
   * @param tap elements from a tile's column to its next
   * @param step elements from a tile to the next
   * @param at place of the first tile
   * @param count tiles
   */
  void inputRow(int row, int from, int tap, int step, int at, int count);

  /** Makes the last two rows of tiles from {@code from} the first two of those from {@code to}. */
  void repeatRows(int from, int to, int count);

  /** Transforms the tiles, whose rows are all transformed, across these: {@code Bᵀ d B}. */
  void transformInput(int count, MemorySegment target, long index, long stride);

  /**
   * Transforms the loaded row as one of the four rows of the outputs' gradients, as {@link
   * #inputRow} does.
   */
  void gradientRow(int row, int from, int tap, int step, int at, int count);

  /** Transforms the outputs' gradients, whose rows are all transformed, across these. */
  void transformGradient(int count, MemorySegment target, long index, long stride);

  /** Begins to watch the outputs that {@link #outputRow} makes. */
  void beginOutputs();

  /** Returns whether all outputs since then are finite. */
  boolean outputsAreFinite();

  /** Loads products and transforms their columns: {@code Aᵀ M}. */
  void transformOutput(MemorySegment source, long index, long stride, int count);

  /**
   * Transforms a row of output tiles that lie side by side along itself and writes it.
   *
   * @param row the tiles' row, from 0 to 3
   * @param at place of the first tile
   * @param count tiles
   * @param bias of all channels, or null for zero
   * @param channel index of the channel
   * @param epilogue what becomes of the outputs
   * @param valid outputs to write, at most 4·count
   * @param step elements from an output to the next
   */
  void outputRow(
      int row,
      int at,
      int count,
      MemorySegment bias,
      long channel,
      Epilogue epilogue,
      int valid,
      MemorySegment output,
      long index,
      long step);
}
