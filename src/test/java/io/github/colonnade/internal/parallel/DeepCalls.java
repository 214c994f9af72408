package io.github.colonnade.internal.parallel;

import io.github.colonnade.internal.memory.WorkspaceLayout;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What {@link WorkersTest} runs in a JVM of its own: calls that start helpers where the stack is
 * nearly full, at every depth. Each ends, with its result or the overflow.
 */
final class DeepCalls {
  private static final int CREW = 4;
  private static final int ROUNDS = 20;

  private final AtomicInteger completed = new AtomicInteger();
  private final AtomicInteger overflowed = new AtomicInteger();

  private DeepCalls() {}

  /** Ends badly if a call never returns, or none met the end of the stack. */
  public static void main(String[] arguments) throws InterruptedException {
    // Classes are initialised where there is room.
    call();
    // No helper waits for work, so every call has to start some.
    Workers.keepAlive(Duration.ZERO);
    DeepCalls calls = new DeepCalls();
    for (int round = 0; round < ROUNDS; round++) {
      int frames = round;
      Thread thread = new Thread(null, () -> calls.descend(frames), "deep", 256 << 10);
      thread.setDaemon(true);
      thread.start();
      thread.join(TimeUnit.SECONDS.toMillis(20));
      if (thread.isAlive()) {
        StackTraceElement[] where = thread.getStackTrace();
        throw new AssertionError("a call hangs in " + where[0] + " " + where[1] + " " + where[2]);
      }
    }
    if (calls.completed.get() < ROUNDS || calls.overflowed.get() < ROUNDS) {
      throw new AssertionError(calls.completed + " completed, " + calls.overflowed + " overflowed");
    }
    System.out.println("every call returned");
  }

  /** Descends from so many frames further down, so that the stack ends at other places. */
  private boolean descend(int frames) {
    return frames == 0 ? descend() : descend(frames - 1);
  }

  @SuppressWarnings("InfiniteRecursion") // until the stack ends, which is the point
  private boolean descend() {
    boolean done;
    try {
      done = descend();
    } catch (StackOverflowError deeper) {
      done = false;
    }
    if (!done) {
      try {
        call();
        completed.incrementAndGet();
        done = true;
      } catch (StackOverflowError full) {
        overflowed.incrementAndGet();
      }
    }
    return done;
  }

  private static void call() {
    AtomicLong sum = new AtomicLong();
    TileTask task = new RangeTask(64, 1, (from, to) -> sum.addAndGet(from + 1));
    Workers.run(task, CREW, MemorySegment.NULL, WorkspaceLayout.NONE);
    if (sum.get() != 64 * 65 / 2) {
      throw new AssertionError("the sum is " + sum);
    }
  }
}
