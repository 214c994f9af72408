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
 * <p>A tile's rows are transformed along themselves first, which takes the tiles of an image apart,
 * then across each other, where the tiles of several channels may lie side by side: its place there
 * is a tile's lane. Positions and counts are in elements. Transformed values lie by frequency,
 * {@code stride} apart, a frequency's values side by side; {@code stride} is a multiple of {@link
 * #whole}, and the values behind the last lane may be overwritten.
 */
interface WinogradTransform {
  /** The outputs along one side of a tile. */
  int OUTPUTS = 4;

  /** The inputs along one side of a tile, and its frequencies. */
  int INPUTS = OUTPUTS + 2;

  /** The frequencies of a tile: a multiply is done once for each. */
  int FREQUENCIES = INPUTS * INPUTS;

  /** Outputs that are watched at once. */
  int WATCHED = 512;

  /** The bytes of one element of all tiles that are transformed at once. */
  int LANE_BYTES = 512;

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

  /** Returns the lanes: the tiles that are transformed at once. */
  static int lanes(ElementType type) {
    return LANE_BYTES / (int) type.bytes();
  }

  /** Returns the bytes of the arrays for so many pixels, of all channels and of one. */
  static long bytes(ElementType type, long pixels, long plane) {
    long elements = whole(type, pixels) + whole(type, plane) + WATCHED;
    return FREQUENCIES * LANE_BYTES + elements * type.bytes();
  }

  /** Returns the type of the elements. */
  ElementType type();

  /** Makes room for so many pixels of each of some channels, which are transformed together. */
  void reserve(int channels, int count);

  /** Returns the bytes of the arrays. */
  long bytes();

  /** Makes so many pixels zeros, and all tiles. */
  void clear(int count);

  /**
   * Loads pixels of a plane.
   *
   * @param index the first element, of {@code source}
   * @param rowStep elements from a row to the next
   * @param step elements from a column to the next
   * @param rows rows to load
   * @param width columns to load
   * @param place the first one's place among the pixels
   * @param pitch pixels from a row to the next
   */
  void load(
      MemorySegment source,
      long index,
      long rowStep,
      long step,
      int rows,
      int width,
      int place,
      int pitch);

  /** Stores pixels to a plane, as {@link #load} loads them. */
  void store(
      MemorySegment target,
      long index,
      long rowStep,
      long step,
      int rows,
      int width,
      int place,
      int pitch);

  /**
   * Takes one of the six rows of some tiles from the pixels.
   *
   * @param row which of them
   * @param places the tiles' first pixels
   * @param first the first tile, of {@code places}
   * @param offset from a tile's first pixel to the row
   * @param lane where the first tile goes
   * @param count tiles
   */
  void takeInputs(int row, int[] places, int first, int offset, int lane, int count);

  /** Takes one of the four rows of the outputs' gradients, as {@link #takeInputs} does. */
  void takeGradients(int row, int[] places, int first, int offset, int lane, int count);

  /** Transforms tiles, all of whose rows were taken, and stores them: {@code Bᵀ d B}. */
  void transformInput(int lanes, MemorySegment target, long index, long stride);

  /** Transforms the outputs' gradients, likewise. */
  void transformGradient(int lanes, MemorySegment target, long index, long stride);

  /** Loads products and transforms them: {@code Aᵀ M A}. */
  void transformOutput(MemorySegment source, long index, long stride, int lanes);

  /**
   * Puts one of the four rows of the outputs to the pixels from where {@link #takeInputs} would
   * take it.
   *
   * @param bias of all channels, or null for zero
   * @param channel index of the channel
   */
  void putOutputs(
      int row,
      int[] places,
      int first,
      int offset,
      int lane,
      int count,
      MemorySegment bias,
      long channel);

  /** Watches pixels, which are outputs, then rectifies them if so told. */
  void finishOutputs(int from, int count, Epilogue epilogue);

  /** Begins to watch outputs. */
  void beginOutputs();

  /** Returns whether all outputs since then are finite. */
  boolean outputsAreFinite();
}
