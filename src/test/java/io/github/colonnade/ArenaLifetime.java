package io.github.colonnade;

import io.github.colonnade.internal.parallel.RangeTask;
import io.github.colonnade.internal.parallel.ThreadLimit;
import io.github.colonnade.internal.parallel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** What {@link ArenaLifetimeTest} runs in a JVM of its own: memory that goes away around calls. */
final class ArenaLifetime {
  private static final ConvCase CASE = ConvCase.of(2, 8, 16, 17, 8, 3, 3).padding(1, 1, 1, 1);
  private static final int THREADS = 3;

  private final Arena global = Arena.ofShared();
  private final Conv2dPlan plan;
  private final Tensor input;
  private final Tensor weight;
  private final Tensor bias;
  private final Tensor expected;

  private ArenaLifetime(Algorithm algorithm) {
    SplittableRandom random = new SplittableRandom(5);
    plan =
        CASE.conv()
            .plan(
                PlanOptions.defaults()
                    .withAlgorithm(algorithm)
                    .withThreads(THREADS)
                    .withMaxWorkspaceBytes(16 << 10),
                DType.F64,
                CASE.inputShape());
    input = Guarded.random(global, random, DType.F64, CASE.inputShape()).tensor();
    weight = Guarded.random(global, random, DType.F64, CASE.weightShape()).tensor();
    bias = Guarded.random(global, random, DType.F64, CASE.o()).tensor();
    expected = Tensor.allocate(global, DType.F64, plan.outputShape());
    plan.forward(input, weight, bias, expected);
  }

  /** Runs the scenario that the system properties name; ends badly if it fails. */
  public static void main(String[] arguments) throws Exception {
    String scenario = System.getProperty("scenario");
    int rounds = Integer.getInteger("rounds");
    for (Algorithm algorithm : new Algorithm[] {Algorithm.IM2COL, Algorithm.REFERENCE}) {
      ArenaLifetime lifetime = new ArenaLifetime(algorithm);
      switch (scenario) {
        case "closed" -> lifetime.closedByAnotherThread(rounds);
        case "interrupted" -> lifetime.interrupted(rounds);
        case "confined" -> lifetime.confined(rounds);
        case "collected" -> lifetime.collected(rounds);
        case "overflow" -> lifetime.stackOverflow(rounds);
        default -> throw new IllegalArgumentException(scenario);
      }
    }
    System.out.println("survived " + scenario);
  }

  private void closedByAnotherThread(int rounds) throws Exception {
    AtomicInteger cut = new AtomicInteger();
    try (ExecutorService callers = Executors.newFixedThreadPool(2)) {
      SplittableRandom random = new SplittableRandom(1);
      for (int round = 0; round < rounds; round++) {
        int doomed = round % 6;
        Arena arena = Arena.ofShared();
        // Each operand alone, the workspace, then all of them.
        Tensor x = doomed == 0 || doomed == 5 ? copy(arena, input) : input;
        Tensor w = doomed == 1 || doomed == 5 ? copy(arena, weight) : weight;
        Tensor b = doomed == 2 || doomed == 5 ? copy(arena, bias) : bias;
        List<Future<?>> results = new ArrayList<>();
        List<Arena> own = new ArrayList<>();
        for (int caller = 0; caller < 2; caller++) {
          Arena ours = Arena.ofShared();
          own.add(ours);
          Arena owner = doomed == 3 || doomed == 5 ? arena : ours;
          Tensor y = Tensor.allocate(owner, DType.F64, plan.outputShape());
          Workspace scratch = doomed >= 4 ? Workspace.allocate(arena, plan.workspaceBytes()) : null;
          results.add(callers.submit(() -> forwardUntilClosed(x, w, b, y, scratch, arena, cut)));
        }
        LockSupport.parkNanos(random.nextInt(300_000));
        closeBetweenNativeCalls(arena);
        for (Future<?> result : results) {
          result.get();
        }
        own.forEach(Arena::close);
      }
    }
    if (cut.get() == 0) {
      throw new AssertionError("no call met a closed arena");
    }
  }

  private Void forwardUntilClosed(
      Tensor x, Tensor w, Tensor b, Tensor y, Workspace scratch, Arena arena, AtomicInteger cut) {
    while (arena.scope().isAlive()) {
      try {
        plan.forward(x, w, b, y, scratch);
      } catch (IllegalStateException closed) {
        cut.incrementAndGet();
        return null;
      }
    }
    return null;
  }

  /** An arena cannot be closed while a native call uses it, and says so. */
  private static void closeBetweenNativeCalls(Arena arena) {
    while (arena.scope().isAlive()) {
      try {
        arena.close();
      } catch (IllegalStateException inUse) {
        Thread.onSpinWait();
      }
    }
  }

  private void interrupted(int rounds) throws Exception {
    Thread caller = Thread.currentThread();
    AtomicInteger calls = new AtomicInteger();
    Thread nuisance =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  SplittableRandom random = new SplittableRandom(2);
                  while (calls.get() < rounds) {
                    LockSupport.parkNanos(random.nextInt(200_000));
                    caller.interrupt();
                  }
                });
    Tensor y = Tensor.allocate(global, DType.F64, plan.outputShape());
    for (; calls.get() < rounds; calls.incrementAndGet()) {
      boolean before = calls.get() % 2 == 0;
      if (before) {
        caller.interrupt();
      }
      plan.forward(input, weight, bias, y.fill(Double.NaN));
      boolean kept = caller.isInterrupted();
      Thread.interrupted();
      require(kept || !before, "the interrupt was lost");
      requireExpected(y);
    }
    while (nuisance.isAlive()) {
      Thread.interrupted();
      Thread.onSpinWait();
    }
    Thread.interrupted();
  }

  private void confined(int rounds) throws Exception {
    onSeveralThreads(
        () -> {
          for (int round = 0; round < rounds; round++) {
            Tensor kept = Tensor.allocate(global, DType.F64, plan.outputShape());
            try (Arena arena = Arena.ofConfined()) {
              Tensor y = Tensor.allocate(arena, DType.F64, plan.outputShape());
              Workspace scratch = Workspace.allocate(arena, plan.workspaceBytes());
              plan.forward(
                  copy(arena, input),
                  Tensor.of(copy(arena, weight).segment().asReadOnly(), DType.F64, weight.shape()),
                  copy(arena, bias),
                  y,
                  scratch);
              kept.segment().copyFrom(y.segment());
            }
            requireExpected(kept);
          }
          return null;
        });
  }

  private void collected(int rounds) throws Exception {
    onSeveralThreads(
        () -> {
          for (int round = 0; round < rounds; round++) {
            if (round % 10 == 0) {
              System.gc();
            }
            Tensor y = forwardOnDropped();
            requireExpected(y);
          }
          return null;
        });
  }

  /** Nothing but the call itself refers to these tensors while it runs. */
  private Tensor forwardOnDropped() {
    Tensor y = Tensor.allocate(Arena.ofAuto(), DType.F64, plan.outputShape());
    plan.forward(
        copy(Arena.ofAuto(), input),
        copy(Arena.ofAuto(), weight),
        copy(Arena.ofAuto(), bias),
        y,
        Workspace.allocate(Arena.ofAuto(), plan.workspaceBytes()));
    return y;
  }

  /** Calls with ever less stack left, each with memory that is freed as soon as it returns. */
  private void stackOverflow(int rounds) throws Exception {
    for (int round = 0; round < rounds; round++) {
      AtomicInteger completed = new AtomicInteger();
      Thread thread =
          new Thread(null, () -> descend(completed), "deep", (256 << 10) + round % 64 * 16);
      thread.start();
      thread.join();
      require(completed.get() > 0, "no call had stack enough");
      int crew = Workers.hire(new RangeTask(100, 1, (from, to) -> {}), 100);
      Workers.dismiss(crew);
      require(
          crew == ThreadLimit.threads(), "helpers are lost: only " + crew + " threads are left");
    }
  }

  @SuppressWarnings("InfiniteRecursion") // until the stack ends, which is the point
  private void descend(AtomicInteger completed) {
    try {
      descend(completed);
    } catch (StackOverflowError deeper) {
      // Fall through: one call at every depth, from the deepest upwards.
    }
    if (completed.get() > 20) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      Tensor y = Tensor.allocate(arena, DType.F64, plan.outputShape());
      plan.forward(input, weight, bias, y);
      requireExpected(y);
      completed.incrementAndGet();
    }
  }

  private static void onSeveralThreads(Callable<Void> work) throws Exception {
    try (ExecutorService callers = Executors.newFixedThreadPool(THREADS)) {
      List<Future<Void>> results = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        results.add(callers.submit(work));
      }
      for (Future<Void> result : results) {
        result.get();
      }
    }
  }

  private static Tensor copy(Arena arena, Tensor tensor) {
    Tensor copy = Tensor.allocate(arena, tensor.dtype(), tensor.shape());
    copy.segment().copyFrom(tensor.segment());
    return copy;
  }

  private void requireExpected(Tensor actual) {
    require(
        MemorySegment.mismatch(
                expected.segment(), 0, expected.byteSize(), actual.segment(), 0, actual.byteSize())
            < 0,
        "the result is wrong");
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new AssertionError(message);
    }
  }
}
