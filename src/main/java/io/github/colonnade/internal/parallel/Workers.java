package io.github.colonnade.internal.parallel;

import io.github.colonnade.internal.kernel.TileTask;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The threads that share tiles with the caller: daemons, started as calls ask for them, parked
 * between calls, ended after half a minute without work.
 *
 * <p>A caller takes what helpers are idle and works along, so concurrent callers never wait for
 * each other's threads.
 */
public final class Workers {
  /** Shortened by tests. */
  private static volatile long keepAliveNanos = TimeUnit.SECONDS.toNanos(30);

  /**
   * Parking and waking costs several microseconds; the next call or the last tile is often near.
   */
  private static final int SPINS = 2000;

  private static final ArrayDeque<Worker> IDLE = new ArrayDeque<>();
  private static final AtomicInteger NAMES = new AtomicInteger();

  private Workers() {}

  /** Sets how long helpers wait for work before they end; returns how long it was. */
  static Duration keepAlive(Duration time) {
    Duration before = Duration.ofNanos(keepAliveNanos);
    keepAliveNanos = time.toNanos();
    return before;
  }

  /** Returns how many threads serve a task, the caller included: no more than it has tiles. */
  public static int threadsFor(TileTask task, int threads) {
    return (int) Math.min(threads, task.tileCount());
  }

  /**
   * Runs a task, phase after phase, and returns when all tiles are done.
   *
   * @param task the first phase
   * @param threads threads at most, the caller included
   * @param workspace scratch memory as {@code layout} has it
   * @param layout the layout for this task and these threads
   * @throws RuntimeException what a tile threw; tiles not begun by then are left out
   */
  public static void run(
      TileTask task, int threads, MemorySegment workspace, WorkspaceLayout layout) {
    for (TileTask phase = task; phase != null; phase = phase.next()) {
      runPhase(phase, threadsFor(phase, threads) - 1, workspace, layout);
    }
  }

  private static void runPhase(
      TileTask phase, int helpers, MemorySegment workspace, WorkspaceLayout layout) {
    if (helpers <= 0) {
      for (long tile = 0; tile < phase.tileCount(); tile++) {
        phase.run(tile, workspace, layout.sharedBytes());
      }
      return;
    }
    Job job = new Job(phase, workspace, layout);
    try {
      while (job.helpers < helpers && hire(job)) {
        // One more helps.
      }
      job.work(0);
    } finally {
      job.await();
    }
    job.rethrow();
  }

  /** Hands the job to an idle helper or a new one; false where no thread can be had. */
  private static boolean hire(Job job) {
    Worker worker;
    synchronized (IDLE) {
      worker = IDLE.pollLast();
    }
    if (worker != null) {
      // Counted before it is handed over, and nothing that could fail between the two: a helper
      // that nobody waits for would write to memory that the caller may free.
      worker.slot = ++job.helpers;
      worker.job = job;
      LockSupport.unpark(worker);
      return true;
    }
    worker = new Worker();
    worker.slot = ++job.helpers;
    worker.job = job;
    try {
      worker.start();
      return true;
    } catch (OutOfMemoryError noThread) {
      // The limit of threads is reached: the caller goes on with those it has.
      return false;
    } finally {
      if (worker.getState() == Thread.State.NEW) {
        job.helpers--;
      }
    }
  }

  /** One call being worked on. */
  private static final class Job {
    private final TileTask task;
    private final MemorySegment workspace;
    private final WorkspaceLayout layout;
    private final Thread caller = Thread.currentThread();
    private final AtomicLong next = new AtomicLong();
    private final AtomicInteger finished = new AtomicInteger();
    private volatile Throwable failure;

    /** Helpers that were given this job; only the caller counts them. */
    private int helpers;

    Job(TileTask task, MemorySegment workspace, WorkspaceLayout layout) {
      this.task = task;
      this.workspace = workspace;
      this.layout = layout;
    }

    void work(int slot) {
      try {
        long offset = layout.sharedBytes() + slot * layout.threadBytes();
        long count = task.tileCount();
        for (long tile = next.getAndIncrement();
            tile < count && failure == null;
            tile = next.getAndIncrement()) {
          task.run(tile, workspace, offset);
        }
      } catch (Throwable thrown) {
        fail(thrown);
      }
    }

    private synchronized void fail(Throwable thrown) {
      if (failure == null) {
        failure = thrown;
      }
    }

    void finish() {
      // The caller may be gone once this is counted, and that is harmless: unpark of any thread is.
      finished.incrementAndGet();
      LockSupport.unpark(caller);
    }

    /** Waits for the helpers, whatever happens: they write to memory that the caller owns. */
    void await() {
      boolean interrupted = false;
      int spins = SPINS;
      while (finished.get() < helpers) {
        if (spins > 0) {
          spins--;
          Thread.onSpinWait();
        } else {
          try {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
          } catch (VirtualMachineError noStackOrMemory) {
            // Going on without waiting would free memory that helpers write to.
            Thread.onSpinWait();
          }
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    void rethrow() {
      Throwable thrown = failure;
      if (thrown instanceof RuntimeException exception) {
        throw exception;
      }
      if (thrown instanceof Error error) {
        throw error;
      }
      if (thrown != null) {
        throw new IllegalStateException(thrown);
      }
    }
  }

  /** A helper thread. */
  private static final class Worker extends Thread {
    private volatile Job job;
    private int slot;

    Worker() {
      super(null, null, "colonnade-worker-" + NAMES.incrementAndGet(), 0, false);
      setDaemon(true);
    }

    @Override
    public void run() {
      while (awaitJob()) {
        Job current = job;
        current.work(slot);
        job = null;
        synchronized (IDLE) {
          IDLE.addLast(this);
        }
        current.finish();
      }
    }

    /** Waits for work; false when there was none for long enough and this thread may end. */
    private boolean awaitJob() {
      for (int spins = SPINS; job == null && spins > 0; spins--) {
        Thread.onSpinWait();
      }
      long keepAlive = keepAliveNanos;
      long deadline = System.nanoTime() + keepAlive;
      while (job == null) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          synchronized (IDLE) {
            // Whoever polled this worker before has assigned a job, or is about to.
            if (IDLE.remove(this)) {
              return false;
            }
          }
          left = keepAlive;
        }
        LockSupport.parkNanos(this, left);
        // Whoever interrupts a whole group of threads would make this loop spin.
        Thread.interrupted();
      }
      return true;
    }
  }
}
