package io.github.colonnade.internal.memory;

/** All pages that this process may still have, until it is closed. */
public final class Famine implements AutoCloseable {
  private static final Allocator SYSTEM = Allocator.ofSystem();
  private static final int MOST_BLOCKS = 100_000;
  private static final long LARGEST_BYTES = 1L << 30;
  private static final long PAGE_BYTES = 4096;

  private static final long[] ADDRESSES = new long[MOST_BLOCKS];
  private static final long[] SIZES = new long[MOST_BLOCKS];

  private int count;

  /** Takes them: of a process whose addresses are limited, since nothing is written to them. */
  public Famine() {
    for (long bytes = LARGEST_BYTES; bytes >= PAGE_BYTES; bytes /= 2) {
      long address = SYSTEM.allocate(bytes);
      while (address != 0) {
        ADDRESSES[count] = address;
        SIZES[count++] = bytes;
        address = SYSTEM.allocate(bytes);
      }
    }
  }

  @Override
  public void close() {
    while (count > 0) {
      count--;
      SYSTEM.free(ADDRESSES[count], SIZES[count]);
    }
  }
}
