package io.github.colonnade;

import io.github.colonnade.internal.kernel.TileTask;
import io.github.colonnade.internal.parallel.ScratchPool;
import io.github.colonnade.internal.parallel.Workers;
import io.github.colonnade.internal.parallel.WorkspaceLayout;
import java.lang.foreign.MemorySegment;

/** Runs a task's tiles with scratch memory, the caller's or the library's own. */
final class Execution {
  private Execution() {}

  static void run(TileTask task, int threads, Workspace workspace) {
    WorkspaceLayout layout = WorkspaceLayout.of(task, threads);
    long bytes = layout.bytes();
    if (workspace != null) {
      MemorySegment scratch = workspace.acquire(bytes);
      try {
        Workers.run(task, threads, Operands.shareable(scratch), layout);
      } finally {
        workspace.release();
      }
    } else if (bytes == 0) {
      Workers.run(task, threads, MemorySegment.NULL, layout);
    } else {
      MemorySegment scratch = ScratchPool.acquire(bytes);
      try {
        Workers.run(task, threads, scratch, layout);
      } finally {
        ScratchPool.release(scratch);
      }
    }
  }
}
