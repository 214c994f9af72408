package io.github.colonnade.internal.memory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread that drops what nobody used for half a minute. It lives while something is kept: the
 * JDK's own timer would leave a thread behind, and that with the context of whoever came first.
 */
final class IdleSweeper extends Thread {
  /** Shortened by tests. */
  private static volatile long keepAliveNanos = TimeUnit.SECONDS.toNanos(30);

  private static final List<Keeper> KEEPERS = new CopyOnWriteArrayList<>();
  private static final AtomicReference<IdleSweeper> CURRENT = new AtomicReference<>();

  private IdleSweeper() {
    super(null, null, "colonnade-sweeper", 0, false);
    setDaemon(true);
  }

  /** Sets how long what is not used is kept; returns how long it was. */
  static Duration keepAlive(Duration time) {
    Duration before = Duration.ofNanos(keepAliveNanos);
    keepAliveNanos = time.toNanos();
    LockSupport.unpark(CURRENT.get());
    return before;
  }

  /** Adds one that is swept from now on. */
  static void register(Keeper keeper) {
    KEEPERS.add(keeper);
  }

  /** To be called after something came to be kept: sees to it that it will be swept. */
  static void watch() {
    if (CURRENT.get() == null) {
      IdleSweeper sweeper = new IdleSweeper();
      if (CURRENT.compareAndSet(null, sweeper)) {
        try {
          sweeper.start();
        } catch (OutOfMemoryError noThread) {
          // Whoever comes next tries again; until then a bounded amount is kept.
        } finally {
          if (sweeper.getState() == State.NEW) {
            CURRENT.set(null);
          }
        }
      }
    }
  }

  /** Drops what was not used since the last sweep: twice, all that nobody uses at the moment. */
  static void sweep() {
    KEEPERS.forEach(Keeper::sweep);
  }

  @Override
  public void run() {
    try {
      do {
        pause();
        sweep();
      } while (keepAny() || !end());
    } finally {
      CURRENT.compareAndSet(this, null);
    }
  }

  /** Returns whether this thread may end: what came to be kept meanwhile has no other. */
  private boolean end() {
    // They keep first and then look for a sweeper, here the other way round: one sees the other.
    CURRENT.set(null);
    return !keepAny() || !CURRENT.compareAndSet(null, this);
  }

  private static boolean keepAny() {
    return KEEPERS.stream().anyMatch(Keeper::keepsAny);
  }

  /** Waits half the time: what two sweeps find unused has been idle for half of it at least. */
  private void pause() {
    long start = System.nanoTime();
    long left = keepAliveNanos / 2;
    while (left > 0) {
      LockSupport.parkNanos(this, left);
      // Whoever interrupts a whole group of threads would make this loop spin.
      Thread.interrupted();
      left = keepAliveNanos / 2 - (System.nanoTime() - start);
    }
  }
}
