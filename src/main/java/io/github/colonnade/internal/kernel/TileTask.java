package io.github.colonnade.internal.kernel;

import java.lang.foreign.MemorySegment;

/**
 * One call of an operator, or one phase of it, cut into tiles. The grid follows from the shapes
 * alone, tiles write disjoint memory and may run in any order on any thread: so the bits do not
 * depend on the number of threads.
 */
public interface TileTask {
  /** Returns the number of tiles. */
  long tileCount();

  /** Returns the scratch bytes that a tile needs; tiles running at once need their own. */
  long workspaceBytes();

  /**
   * Computes one tile.
   *
   * @param tile index of the tile, from 0
   * @param workspace scratch memory of any content; the first {@link #sharedBytes()} are one memory
   *     for all tiles of all phases
   * @param workspaceOffset first byte of this tile's own {@link #workspaceBytes()}
   */
  void run(long tile, MemorySegment workspace, long workspaceOffset);

  /** Returns the scratch bytes that the tiles of this phase and the next ones share. */
  default long sharedBytes() {
    return 0;
  }

  /** Returns the phase that begins when all tiles of this one are done, or null. */
  default TileTask next() {
    return null;
  }
}
