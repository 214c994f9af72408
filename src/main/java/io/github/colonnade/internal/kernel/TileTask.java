package io.github.colonnade.internal.kernel;

import java.lang.foreign.MemorySegment;

/**
 * One call of an operator, cut into tiles. The grid follows from the shapes alone, tiles write
 * disjoint parts of the output and may run in any order on any thread: so the bits do not depend on
 * the number of threads.
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
   * @param workspace scratch memory of any content
   * @param workspaceOffset first byte of this tile's {@link #workspaceBytes()}
   */
  void run(long tile, MemorySegment workspace, long workspaceOffset);
}
