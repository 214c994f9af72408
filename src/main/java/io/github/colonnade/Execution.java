package io.github.colonnade;

import io.github.colonnade.internal.kernel.TileTask;
import io.github.colonnade.internal.parallel.ScratchPool;
import io.github.colonnade.internal.parallel.Workers;
import java.lang.foreign.MemorySegment;

/** Runs a task's tiles with scratch memory, the caller's or the library's own. */
final class Execution {
  private Execution() {}

  static void run(TileTask task, int threads, Workspace workspace) {
    long bytes = task.workspaceBytes() * Workers.threadsFor(task, threads);
    if (workspace != null) {
      MemorySegment scratch = workspace.acquire(bytes);
      try {
        Workers.run(task, threads, Operands.shareable(scratch));
      } finally {
        workspace.release();
      }
    } else if (bytes == 0) {
      Workers.run(task, threads, MemorySegment.NULL);
    } else {
      MemorySegment scratch = ScratchPool.acquire(bytes);
      try {
        Workers.run(task, threads, scratch);
      } finally {
        ScratchPool.release(scratch);
      }
    }
  }
}
