package io.github.colonnade.internal.pool;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.memory.FreeList;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/** Whether all indices lie in a range: signs are collected without a branch, in arrays. */
public final class IndexCheck implements TileTask {
  private static final int RUN = 1024;
  private static final long TILE = 32L * RUN;

  private static final FreeList<long[]> RUNS =
      new FreeList<>(() -> new long[RUN], run -> (long) RUN * Long.BYTES);

  private final MemorySegment indices;
  private final long count;
  private final long least;
  private final long end;

  /** Set by any tile, read when all are done. */
  private volatile boolean outside;

  /**
   * Takes the indices.
   *
   * @param indices longs. Not modified.
   * @param count how many
   * @param least the least index allowed, -1 or 0
   * @param end one more than the greatest
   */
  public IndexCheck(MemorySegment indices, long count, long least, long end) {
    this.indices = indices;
    this.count = count;
    this.least = least;
    this.end = end;
  }

  /** Returns whether all are inside, after all tiles. */
  public boolean passed() {
    return !outside;
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(count, TILE);
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long[] run = RUNS.take();
    long beyond = Math.min(count, (tile + 1) * TILE);
    long signs = 0;
    for (long at = tile * TILE; at < beyond; at += RUN) {
      int length = (int) Math.min(RUN, beyond - at);
      MemorySegment.copy(indices, JAVA_LONG, at * Long.BYTES, run, 0, length);
      signs |= signs(run, length, least, end - 1);
    }
    RUNS.give(run);
    if (signs < 0) {
      outside = true;
    }
  }

  private static long signs(long[] values, int length, long least, long most) {
    long signs = 0;
    for (int i = 0; i < length; i++) {
      signs |= (values[i] - least) | (most - values[i]);
    }
    return signs;
  }
}
