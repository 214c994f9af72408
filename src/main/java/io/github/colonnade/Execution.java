package io.github.colonnade;

import io.github.colonnade.internal.memory.ScratchPool;
import io.github.colonnade.internal.memory.WorkspaceLayout;
import io.github.colonnade.internal.parallel.TileTask;
import io.github.colonnade.internal.parallel.Workers;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Runs a task's tiles with scratch memory, the caller's or the library's own. */
final class Execution {
  private Execution() {}

  /** Runs a task that needs no scratch memory. */
  static void run(TileTask task, int threads) {
    run(task, threads, WorkspaceLayout.NONE, null);
  }

  /** Runs a task in the caller's workspace or, if that is null, in the library's. */
  static void run(
      TileTask task, int threads, WorkspaceLayout layout, @Nullable Workspace workspace) {
    MemorySegment callers = workspace == null ? null : workspace.acquire(layout.bytes());
    try {
      int crew = Workers.hire(task, threads);
      try {
        if (callers == null) {
          run(task, crew, layout);
        } else {
          Workers.run(task, crew, Operands.shareable(callers), layout);
        }
      } finally {
        Workers.dismiss(crew);
      }
    } finally {
      if (workspace != null) {
        workspace.release();
      }
    }
  }

  /** Runs a task that leaves its results in what tiles take for their shared scratch memory. */
  static void fill(TileTask task, int threads, MemorySegment memory) {
    int crew = Workers.hire(task, threads);
    try {
      Workers.run(task, crew, memory, WorkspaceLayout.NONE);
    } finally {
      Workers.dismiss(crew);
    }
  }

  /** Runs a task in scratch memory for those threads that it has, and no others. */
  private static void run(TileTask task, int crew, WorkspaceLayout layout) {
    long bytes = layout.bytes(crew);
    if (bytes == 0) {
      Workers.run(task, crew, MemorySegment.NULL, layout);
      return;
    }
    ScratchPool.Block scratch = ScratchPool.SHARED.acquire(bytes);
    try {
      Workers.run(task, crew, scratch.segment(), layout);
    } finally {
      ScratchPool.SHARED.release(scratch);
    }
  }
}
