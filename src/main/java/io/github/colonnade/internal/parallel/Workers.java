package io.github.colonnade.internal.parallel;

import io.github.colonnade.internal.memory.FreeList;
import io.github.colonnade.internal.memory.StackRoom;
import io.github.colonnade.internal.memory.WorkspaceLayout;
import java.io.Serial;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * The threads that share tiles with the caller: daemons, started as calls ask for them, parked
 * between calls, ended after half a minute without work.
 *
 * <p>There are {@link ThreadLimit#threads} − 1 at most, for all callers together. A caller hires
 * those that nobody else has, maybe none, and works alongside them: so callers never wait for each
 * other's threads.
 *
 * <p>Each thread begins with a share of neighbouring tiles, and helps the others when it is done.
 * So more of what a share reads and writes is in that thread's cache, from phase to phase and call
 * to call: most layers of 7² to 112² took 0.9 to 1 of the time that they took when every thread
 * took the next of all tiles (two cores of an Intel Xeon, family 6 model 167).
 */
public final class Workers {
  /** Shortened by tests. */
  private static volatile long keepAliveNanos = TimeUnit.SECONDS.toNanos(30);

  /**
   * Parking and waking costs several microseconds; the next call or the last tile is often near.
   */
  private static final int SPINS = 2000;

  /**
   * How often a thread takes tiles in a phase of very many: taking them from another core's cache
   * costs as much as a tiny tile.
   */
  private static final int TAKES = 64;

  /** Elements from one share's counter to the next: two cache lines. */
  private static final int APART = 16;

  /** A stack deep enough for handing out work and waiting for it, which must not stop half way. */
  private static final int DEPTH = 100;

  /** And for starting a thread, for the first time even. */
  private static final int STARTING_DEPTH = 500;

  private static final ArrayDeque<Worker> IDLE = new ArrayDeque<>();

  /** Helpers that calls have hired. */
  private static final AtomicInteger HIRED = new AtomicInteger();

  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final FreeList<Job> JOBS = new FreeList<>(Job::new, Job::bytes);

  private Workers() {}

  /** Sets how long helpers wait for work before they end; returns how long it was. */
  static Duration keepAlive(Duration time) {
    Duration before = Duration.ofNanos(keepAliveNanos);
    keepAliveNanos = time.toNanos();
    return before;
  }

  /**
   * Hires helpers for a task: no more than it has tiles for, and none that other calls have.
   *
   * @param task the first phase
   * @param threads threads at most, the caller included
   * @return the crew: the number of threads for {@link #run}, the caller included; afterwards to be
   *     given back by {@link #dismiss}
   */
  public static int hire(TileTask task, int threads) {
    if (threads == 1) {
      return 1;
    }
    long tiles = Math.max(1, task.mostTiles());
    return 1 + hire((int) Math.min(threads, tiles) - 1, ThreadLimit.threads() - 1);
  }

  private static int hire(int wanted, int limit) {
    // Last of all, so that nothing can fail once they are hired.
    while (true) {
      int hired = HIRED.get();
      int more = Math.min(wanted, limit - hired);
      if (more <= 0) {
        return 0;
      }
      if (HIRED.compareAndSet(hired, hired + more)) {
        return more;
      }
    }
  }

  /** Lets a crew go; the caller stays. */
  public static void dismiss(int crew) {
    if (crew > 1) {
      HIRED.getAndAdd(1 - crew);
    }
  }

  /**
   * Runs a task, phase after phase, and returns when all tiles are done.
   *
   * @param task the first phase
   * @param crew the threads that {@link #hire} returned
   * @param workspace scratch memory as {@code layout} has it for this crew
   * @param layout the layout for this task
   * @throws RuntimeException what a tile threw, on whatever thread; of a helper's the suppressed
   *     exception has the caller's stack. Tiles not begun by then are left out
   */
  public static void run(TileTask task, int crew, MemorySegment workspace, WorkspaceLayout layout) {
    Job job = null;
    for (TileTask phase = task; phase != null; phase = phase.next()) {
      int helpers = (int) Math.min(crew, phase.tileCount()) - 1;
      if (helpers > 0) {
        job = job == null ? JOBS.take() : job;
        job.begin(phase, helpers);
        share(job, helpers, workspace, layout);
      } else {
        for (long tile = 0; tile < phase.tileCount(); tile++) {
          phase.run(tile, workspace, layout.offset(0));
        }
      }
    }
    if (job != null) {
      // Not if a tile threw: then nobody waits for the job any more, and it is dropped.
      job.end();
      JOBS.give(job);
    }
  }

  private static void share(Job job, int helpers, MemorySegment workspace, WorkspaceLayout layout) {
    StackRoom.require(DEPTH);
    try {
      while (job.helpers < helpers && employ(job, workspace, layout.offset(job.helpers + 1))) {
        // One more thread helps.
      }
      job.work(0, workspace, layout.offset(0));
    } finally {
      job.await();
    }
    job.rethrow();
  }

  /** Hands the job to an idle helper or a new one; false if no thread can be started. */
  private static boolean employ(Job job, MemorySegment workspace, long workspaceOffset) {
    Worker worker;
    synchronized (IDLE) {
      worker = IDLE.pollLast();
    }
    if (worker != null) {
      // Counted before it is handed over, and nothing that could fail between the two: a helper
      // that nobody waits for would write to memory that the caller may free.
      worker.workspace = workspace;
      worker.workspaceOffset = workspaceOffset;
      worker.share = ++job.helpers;
      worker.job = job;
      LockSupport.unpark(worker);
      return true;
    }
    worker = new Worker();
    worker.workspace = workspace;
    worker.workspaceOffset = workspaceOffset;
    StackRoom.require(STARTING_DEPTH);
    worker.share = ++job.helpers;
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

  /** One call being worked on, phase after phase. */
  private static final class Job {
    private static final VarHandle NEXT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle FINISHED = finished();

    /** The thread that the last helper wakes; also read by helpers nobody waits for any more. */
    private volatile Thread caller;

    private TileTask phase;

    /** The next tile of each share, {@link #APART}. */
    private long[] next = {};

    private int shares;

    /** What a tile threw first, and on which thread. */
    private volatile Throwable failure;

    private Thread failed;

    /** How many tiles a thread takes at once. */
    private long grain;

    /** Helpers that were given this phase; only the caller counts them. */
    private int helpers;

    /** Helpers that are done with it. */
    private volatile int finished;

    private static VarHandle finished() {
      try {
        return MethodHandles.lookup().findVarHandle(Job.class, "finished", int.class);
      } catch (ReflectiveOperationException impossible) {
        throw new ExceptionInInitializerError(impossible);
      }
    }

    /** Starts a phase; no helper is still working on an earlier one. */
    void begin(TileTask begun, int most) {
      caller = Thread.currentThread();
      phase = begun;
      shares = most + 1;
      grain = Math.max(1, begun.tileCount() / (TAKES * (long) shares));
      helpers = 0;
      if (next.length < shares * APART) {
        next = new long[shares * APART];
      }
      for (int share = 0; share < shares; share++) {
        next[share * APART] = first(share);
      }
      finished = 0;
    }

    /** Returns the first tile of a share. */
    private long first(int share) {
      long count = phase.tileCount();
      return count / shares * share + Math.min(share, count % shares);
    }

    long bytes() {
      return 64 + 8L * next.length;
    }

    /** Drops all references to the call. */
    void end() {
      caller = null;
      phase = null;
    }

    /** Computes a share of the tiles, then what others have not begun of theirs. */
    void work(int own, MemorySegment workspace, long workspaceOffset) {
      try {
        for (int i = 0; i < shares; i++) {
          int share = (own + i) % shares;
          long end = first(share + 1);
          for (long from = take(share); from < end && failure == null; from = take(share)) {
            long to = Math.min(from + grain, end);
            for (long tile = from; tile < to && failure == null; tile++) {
              phase.run(tile, workspace, workspaceOffset);
            }
          }
        }
      } catch (Throwable thrown) {
        fail(thrown);
      }
    }

    private long take(int share) {
      return (long) NEXT.getAndAdd(next, share * APART, grain);
    }

    private synchronized void fail(Throwable thrown) {
      if (failure == null) {
        failed = Thread.currentThread();
        failure = thrown;
      }
    }

    void finish() {
      // Once this is counted the job may be another caller's, or nobody's, and that is harmless:
      // to unpark any thread is, and null.
      FINISHED.getAndAdd(this, 1);
      LockSupport.unpark(caller);
    }

    /** Waits for the helpers, whatever happens: they write to memory that the caller owns. */
    void await() {
      boolean interrupted = false;
      int spins = SPINS;
      while (finished < helpers) {
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
      if (thrown != null && !failed.equals(caller)) {
        thrown.addSuppressed(new CallersStack(failed));
      }
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

  /** Where the call came from whose tile failed on a helper; never thrown itself. */
  private static final class CallersStack extends Exception {
    @Serial private static final long serialVersionUID = 1;

    CallersStack(Thread helper) {
      super(
          "computed on thread '%s' for this call on thread '%s'"
              .formatted(helper.getName(), Thread.currentThread().getName()));
    }
  }

  /** A helper thread. */
  private static final class Worker extends Thread {
    private volatile Job job;
    private int share;
    private MemorySegment workspace;
    private long workspaceOffset;

    Worker() {
      super(null, null, "colonnade-worker-" + NAMES.incrementAndGet(), 0, false);
      setDaemon(true);
    }

    @Override
    public void run() {
      while (awaitJob()) {
        Job current = job;
        current.work(share, workspace, workspaceOffset);
        workspace = null;
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
            // The caller that polled this worker has assigned a job, or is about to.
            if (IDLE.remove(this)) {
              return false;
            }
          }
          left = keepAlive;
        }
        LockSupport.parkNanos(this, left);
        // Interrupting a whole group of threads would make this loop spin.
        Thread.interrupted();
      }
      return true;
    }
  }
}
