package io.github.colonnade;

import io.github.colonnade.internal.memory.ScratchPool;
import io.github.colonnade.internal.memory.WorkspaceLayout;
import io.github.colonnade.internal.parallel.TileTask;
import io.github.colonnade.internal.parallel.Workers;
import java.lang.foreign.MemorySegment;

/** Runs a task's tiles with scratch memory, the caller's or the library's own. */
final class Execution {
  private Execution() {}

  /** Runs a task that needs no scratch memory. */
  static void run(TileTask task, int threads) {
    Workers.run(task, threads, MemorySegment.NULL, WorkspaceLayout.NONE);
  }

  /** Runs a task in the caller's workspace or, if that is null, in the library's. */
  static void run(TileTask task, int threads, WorkspaceLayout layout, Workspace workspace) {
    long bytes = layout.bytes();
    if (workspace != null) {
      MemorySegment scratch = workspace.acquire(bytes);
      try {
        Workers.run(task, threads, Operands.shareable(scratch), layout);
      } finally {
        workspace.release();
      }
    } else if (bytes == 0) {
      run(task, threads);
    } else {
      ScratchPool.Block scratch = ScratchPool.SHARED.acquire(bytes);
      try {
        Workers.run(task, threads, scratch.segment(), layout);
      } finally {
        ScratchPool.SHARED.release(scratch);
      }
    }
  }
}
