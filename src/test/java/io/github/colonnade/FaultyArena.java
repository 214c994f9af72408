package io.github.colonnade;

import java.io.Serial;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An arena that runs out of memory after so many allocations. */
final class FaultyArena implements Arena {
  /** What it throws then. */
  static final class Empty extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;
  }

  private Arena arena = Arena.ofShared();
  private int left = Integer.MAX_VALUE;

  /** Frees all that was allocated, and allows so many allocations from now on. */
  void allow(int allocations) {
    arena.close();
    arena = Arena.ofShared();
    left = allocations;
  }

  @Override
  public MemorySegment allocate(long bytes, long alignment) {
    if (left == 0) {
      throw new Empty();
    }
    left--;
    return arena.allocate(bytes, alignment);
  }

  @Override
  public MemorySegment.Scope scope() {
    return arena.scope();
  }

  @Override
  public void close() {
    arena.close();
  }
}
