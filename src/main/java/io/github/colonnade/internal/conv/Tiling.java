package io.github.colonnade.internal.conv;

/**
 * How a pass is cut, what scratch memory it needs and how it describes itself. It follows from
 * sizes, type and the scratch memory allowed, never from the number of threads, and does not change
 * from call to call.
 */
public interface Tiling {
  /** Returns the tiles of the phase that has the most of those that need scratch memory. */
  long tileCount();

  /** Returns the bytes of native scratch memory that all tiles share. */
  default long sharedBytes() {
    return 0;
  }

  /** Returns the bytes of native scratch memory of one tile. */
  default long workspaceBytes() {
    return 0;
  }

  /** Returns the bytes of the arrays on the heap that one tile computes in. */
  default long heapBytes() {
    return 0;
  }

  /** Returns how the work is cut, for people. */
  String describe();
}
