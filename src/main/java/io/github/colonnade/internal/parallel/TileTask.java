package io.github.colonnade.internal.parallel;

import java.lang.foreign.MemorySegment;

/**
 * One call of an operator, or one phase of it, cut into tiles. The grid follows from the shapes
 * alone, tiles write disjoint memory and may run in any order on any thread: so the bits do not
 * depend on the number of threads.
 */
public interface TileTask {
  /** Returns the number of tiles. */
  long tileCount();

  /**
   * Computes one tile.
   *
   * @param tile index of the tile, from 0
   * @param workspace scratch memory with arbitrary content; its start is shared by all tiles of all
   *     phases
   * @param workspaceOffset first byte of this tile's own part
   */
  void run(long tile, MemorySegment workspace, long workspaceOffset);

  /**
   * Returns the phase that begins now that all tiles of this one are done, or null. It may be this
   * object, which then stands for the next phase.
   */
  default TileTask next() {
    return null;
  }

  /** Returns the number of tiles of this or a later phase, whichever has the most. */
  default long mostTiles() {
    TileTask next = next();
    return next == null ? tileCount() : Math.max(tileCount(), next.mostTiles());
  }
}
