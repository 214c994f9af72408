package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * A tile of complex numbers, which two real tiles are the parts of, and spectra: arrays on the
 * heap, since C2 vectorises arithmetic on arrays and not between segments. A real kernel keeps the
 * two parts apart. Kept from call to call and used by one thread at a time.
 *
 * <p>A tile's columns are transformed first, then its rows, a block of them at a time, which are
 * transposed for it: a spectrum lies by blocks and, in these, by horizontal frequencies, each in
 * the scrambled order of {@link F64RowTransform}.
 */
interface FftTile {
  /**
   * Returns a tile for one thread.
   *
   * @param blocks blocks of spectra that it has room for
   */
  static FftTile acquire(FftSize size, int blocks) {
    return size.type() == ElementType.F64
        ? F64FftTile.acquire(size, blocks)
        : F32FftTile.acquire(size, blocks);
  }

  /** Takes back what {@link #acquire} gave. */
  void release();

  /**
   * Sets a row of one of the two real tiles: zeros, neighbours from {@code source}, zeros.
   *
   * @param half 0 or 1
   */
  void loadRow(int half, int row, MemorySegment source, long index, int before, int inside);

  /** Sets the rows of one of the two real tiles from {@code from} to {@code to} to zero. */
  void zeroRows(int half, int from, int to);

  /** Sets an element of the first of the two real tiles to one of {@code source}. */
  void loadElement(int row, int column, MemorySegment source, long index);

  /** Writes an element of the first of the two real tiles, divided. */
  void storeQuotient(int row, int column, MemorySegment target, long index, int divisor);

  /**
   * Divides a row's first {@code count} elements, adds the bias and writes them.
   *
   * @param half which of the two real tiles
   * @param divisor what they are divided by; 1 leaves them as they are
   * @param bias of all channels, or null for zero
   * @param channel index of the channel
   */
  void storeRow(
      int half,
      int row,
      int divisor,
      MemorySegment bias,
      long channel,
      MemorySegment target,
      long index,
      int count);

  /**
   * Adds a row of the first real tile times a weight to another, from {@code from} to {@code to}.
   */
  void addWeighted(MemorySegment weight, long index, int source, int target, int from, int to);

  /**
   * Adds the product of two rows of the first real tile, element by element, to a third.
   *
   * @param count elements
   */
  void addProducts(int a, int b, int target, int count);

  /** Writes the sum of a row of the first real tile. */
  void storeSum(int row, int count, MemorySegment target, long index);

  /** Transforms the tile, which is overwritten, into a spectrum. */
  void forward(int spectrum);

  /**
   * Transforms a spectrum, which is overwritten, back into the tile, without a division.
   *
   * @param columns columns that are wanted
   */
  void inverse(int spectrum, int columns);

  /**
   * As {@link #forward}, in the room of one block, a product with a conjugate spectrum, and {@link
   * #inverse}.
   */
  void filter(MemorySegment kernel, long index, int columns);

  /** Writes a spectrum. */
  void store(int spectrum, MemorySegment target, long index);

  /** Sets a spectrum to zero. */
  void zero(int spectrum);

  /** Adds a spectrum times a conjugate one: {@code target += source · conj(kernel)}. */
  void addProduct(int source, MemorySegment kernel, long index, int target);

  /** Adds a spectrum times a conjugate one: {@code target += source · conj(kernel)}. */
  void addProduct(int source, int kernel, int target);
}
