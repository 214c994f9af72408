package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.memory.ElementType;

/**
 * The size of the tiles that are transformed.
 *
 * @param height rows
 * @param width columns
 * @param type element type
 */
record FftSize(int height, int width, ElementType type) {
  /** Lengths that are transformed, the least first. */
  private static final int[] LENGTHS = {
    1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048
  };

  /** The longest of them. */
  static final int LONGEST = LENGTHS[LENGTHS.length - 1];

  /** Bytes of a row of what is transformed together, at most: eight such rows stay in L1. */
  private static final int ROW_BYTES = 1024;

  /** Rows of a tile that a definition computes in, at least. */
  private static final int LEAST_ROWS = 3;

  /** The header of an array, and what a row with its header is a multiple of. */
  private static final int HEADER_BYTES = 16;

  private static final int LINE_BYTES = 64;

  /** The reference to an array. */
  private static final long REFERENCE_BYTES = 8;

  /** Returns the number of lengths. */
  static int lengths() {
    return LENGTHS.length;
  }

  /** Returns a length. */
  static int length(int index) {
    return LENGTHS[index];
  }

  /** Returns the least length that is longer than a kernel's reach. */
  static int least(long reach) {
    int i = 0;
    while (LENGTHS[i] <= reach) {
      i++;
    }
    return LENGTHS[i];
  }

  /** Returns the frequencies. */
  long points() {
    return (long) height * width;
  }

  /** Returns the rows of a block, which are transformed along themselves together. */
  int lanes() {
    return together(height);
  }

  private int together(int length) {
    int most = ROW_BYTES / (int) type.bytes();
    if (length <= most) {
      return length;
    }
    // Three times what is less than that is no multiple of it.
    return length % most == 0 ? most : most * 3 / 4;
  }

  /** Returns the columns of a strip of the tile, which lies in arrays of its own. */
  int stripWidth() {
    return together(width);
  }

  /** Returns the strips of the tile. */
  int strips() {
    return width / stripWidth();
  }

  /** Returns the first row of a strip. */
  int firstRow(int strip) {
    return strip * Math.max(height, LEAST_ROWS);
  }

  /** Returns the rows of all strips. */
  int tileRows() {
    return firstRow(strips());
  }

  /**
   * Returns how long a row's array is. With its header it fills whole lines of the cache: arrays
   * made one after another then lie equally to these, and where a vector of one doesn't straddle
   * two lines, no other does. Steps on rows that lie unequally take a third longer (AMD Zen 3).
   */
  static int padded(int lanes, int elementBytes) {
    int used = HEADER_BYTES + lanes * elementBytes;
    return (Math.ceilDiv(used, LINE_BYTES) * LINE_BYTES - HEADER_BYTES) / elementBytes;
  }

  /** Returns the blocks of rows. */
  int blocks() {
    return height / lanes();
  }

  /** Returns the elements of a spectrum. */
  long spectrumElements() {
    return 2 * points();
  }

  /** Returns the bytes on the heap of a tile and so many blocks of spectra. */
  long heapBytes(long spectrumBlocks) {
    long tile = 2L * tileRows() * rowBytes(stripWidth());
    long spectra = 2 * (spectrumBlocks * width + 1) * rowBytes(lanes());
    long roots = 2L * (height + width) * type.bytes();
    return tile + spectra + roots;
  }

  private long rowBytes(int lanes) {
    int bytes = (int) type.bytes();
    return HEADER_BYTES + (long) padded(lanes, bytes) * bytes + REFERENCE_BYTES;
  }
}
