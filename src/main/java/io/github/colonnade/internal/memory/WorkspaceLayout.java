package io.github.colonnade.internal.memory;

/**
 * Where the phases of a call find their scratch memory: what they share first, then each thread's
 * own.
 *
 * @param sharedBytes bytes that all tiles of all phases share
 * @param threadBytes bytes of each thread
 * @param threads threads that have some of their own
 */
public record WorkspaceLayout(long sharedBytes, long threadBytes, int threads) {
  /** Keeps threads off each other's cache lines. */
  private static final long ALIGNMENT_BYTES = 128;

  /** For tasks that need none. */
  public static final WorkspaceLayout NONE = new WorkspaceLayout(0, 0, 0);

  /**
   * Lays out the scratch memory of a task.
   *
   * @param sharedBytes bytes that all tiles share
   * @param threadBytes bytes of each tile that runs
   * @param threads threads that run tiles at once
   */
  public static WorkspaceLayout of(long sharedBytes, long threadBytes, int threads) {
    return new WorkspaceLayout(aligned(sharedBytes), aligned(threadBytes), threads);
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }

  /** Returns the first byte of a thread's own, the caller's where {@code slot} is 0. */
  public long offset(int slot) {
    return sharedBytes + slot * threadBytes;
  }

  /** Returns the number of bytes for all threads. */
  public long bytes() {
    return bytes(threads);
  }

  /** Returns the number of bytes for those threads of a call that it really has. */
  public long bytes(int crew) {
    return offset(Math.min(crew, threads));
  }
}
