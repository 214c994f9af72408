package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.memory.ElementType;

/**
 * The size of the tiles that are transformed.
 *
 * @param height rows
 * @param width columns
 */
record FftSize(int height, int width) {
  /** Lengths that are transformed, the least first. */
  private static final int[] LENGTHS = {
    16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048
  };

  /** The longest of them. */
  static final int LONGEST = LENGTHS[LENGTHS.length - 1];

  /** Rows that are transformed along themselves together, at most. */
  private static final int MOST_LANES = 64;

  /** The header of an array, and the reference to it. */
  private static final long ARRAY_BYTES = 24;

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
    if (height <= MOST_LANES) {
      return height;
    }
    // 96 and what is three times less than 64 are no multiples of 64.
    return height % MOST_LANES == 0 ? MOST_LANES : MOST_LANES * 3 / 4;
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
  long heapBytes(ElementType type, long spectrumBlocks) {
    long rows = 2 * (height + spectrumBlocks * width + 1);
    long elements = spectrumElements() + 2 * spectrumBlocks * lanes() * width;
    long roots = 2L * (height + width);
    return (elements + 2L * lanes() + roots) * type.bytes() + rows * ARRAY_BYTES;
  }
}
