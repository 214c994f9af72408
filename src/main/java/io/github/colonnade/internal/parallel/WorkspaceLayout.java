package io.github.colonnade.internal.parallel;

import io.github.colonnade.internal.kernel.TileTask;

/**
 * Where the phases of a call find their scratch memory: what they share first, then each thread's
 * own.
 *
 * @param sharedBytes bytes that all tiles of all phases share
 * @param threadBytes bytes of each thread
 * @param threads threads that the widest phase can use
 */
public record WorkspaceLayout(long sharedBytes, long threadBytes, int threads) {
  /** Keeps threads off each other's cache lines. */
  private static final long ALIGNMENT_BYTES = 128;

  /** Lays out the scratch memory of a call. */
  public static WorkspaceLayout of(TileTask first, int threads) {
    long shared = 0;
    long own = 0;
    int widest = 0;
    for (TileTask phase = first; phase != null; phase = phase.next()) {
      shared = Math.max(shared, phase.sharedBytes());
      own = Math.max(own, phase.workspaceBytes());
      widest = Math.max(widest, Workers.threadsFor(phase, threads));
    }
    return of(shared, own, widest);
  }

  /** Lays out what the phases of a plan need at most. */
  public static WorkspaceLayout of(long sharedBytes, long threadBytes, int threads) {
    return new WorkspaceLayout(aligned(sharedBytes), aligned(threadBytes), threads);
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }

  /** Returns the bytes of all. */
  public long bytes() {
    return sharedBytes + threadBytes * threads;
  }
}
