package io.github.colonnade.internal.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import io.github.colonnade.internal.memory.WorkspaceLayout;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The threads that share tiles: every tile once, every failure told, no thread lost or left. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkersTest {
  /** What scratch memory is rounded up to anyway. */
  private static final long SLOT_BYTES = 128;

  private static final String NAME = "colonnade-worker-";
  private static final InheritableThreadLocal<String> INHERITABLE = new InheritableThreadLocal<>();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void everyTileRunsOnceInASlotOfItsOwn(int threads) {
    for (int tiles : new int[] {0, 1, 2, 7, 1000}) {
      AtomicIntegerArray runs = new AtomicIntegerArray(tiles);
      AtomicIntegerArray slots = new AtomicIntegerArray(threads);
      run(
          task(
              tiles,
              (tile, offset) -> {
                int slot = (int) (offset / SLOT_BYTES);
                assertEquals(0, offset % SLOT_BYTES);
                assertEquals(1, slots.incrementAndGet(slot), "two tiles share scratch memory");
                runs.incrementAndGet((int) tile);
                slots.decrementAndGet(slot);
              }),
          threads,
          MemorySegment.NULL);
      for (int tile = 0; tile < tiles; tile++) {
        assertEquals(1, runs.get(tile), "tile " + tile);
      }
    }
  }

  @Test
  void threadsBeginWithSharesOfNeighbours() {
    Set<Long> first = ConcurrentHashMap.newKeySet();
    Set<Thread> begun = ConcurrentHashMap.newKeySet();
    CountDownLatch all = new CountDownLatch(3);
    run(
        task(
            8,
            (tile, offset) -> {
              if (begun.add(Thread.currentThread())) {
                first.add(tile);
                meet(all);
              }
            }),
        3,
        MemorySegment.NULL);
    assertEquals(Set.of(0L, 3L, 6L), first);
  }

  @Test
  void whoIsDoneHelpsTheOthers() {
    CountDownLatch all = new CountDownLatch(8);
    run(
        task(
            8,
            (tile, offset) -> {
              if (tile == 0) {
                // The rest of this thread's share as well.
                meet(all);
              } else {
                all.countDown();
              }
            }),
        2,
        MemorySegment.NULL);
    assertEquals(0, all.getCount());
  }

  @Test
  void noMoreThreadsThanTiles() {
    assertEquals(1, crew(0, 8));
    assertEquals(3, crew(3, 8));
    assertEquals(7, crew(Long.MAX_VALUE, 7));
    assertEquals(ThreadLimit.threads(), crew(Long.MAX_VALUE, Integer.MAX_VALUE));
    TileTask phases =
        new TileTask() {
          @Override
          public long tileCount() {
            return 1;
          }

          @Override
          public void run(long tile, MemorySegment workspace, long workspaceOffset) {}

          @Override
          public TileTask next() {
            return task(4, (tile, offset) -> {});
          }
        };
    int crew = Workers.hire(phases, 8);
    Workers.dismiss(crew);
    assertEquals(4, crew);
  }

  private static int crew(long tiles, int threads) {
    int crew = Workers.hire(task(tiles, (tile, offset) -> {}), threads);
    Workers.dismiss(crew);
    return crew;
  }

  @Test
  void callersShareTheHelpers() {
    int helpers = ThreadLimit.threads() - 1;
    TileTask task = task(1000, (tile, offset) -> {});
    int first = Workers.hire(task, helpers);
    int second = Workers.hire(task, 3);
    int third = Workers.hire(task, 3);
    try {
      assertEquals(helpers, first);
      assertEquals(2, second);
      assertEquals(1, third);
      requireSum(9, 3);
    } finally {
      Workers.dismiss(first);
      Workers.dismiss(second);
      Workers.dismiss(third);
    }
    assertEquals(3, crew(1000, 3));
  }

  @Test
  void noMoreHelpersThanTheProcessMayHave() throws Exception {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    try (ExecutorService callers = Executors.newFixedThreadPool(20)) {
      List<Future<?>> results = new ArrayList<>();
      for (int caller = 0; caller < 20; caller++) {
        results.add(
            callers.submit(
                () -> {
                  for (int call = 0; call < 100; call++) {
                    run(
                        task(100, (tile, offset) -> threads.add(Thread.currentThread())),
                        20,
                        MemorySegment.NULL);
                  }
                }));
      }
      for (Future<?> result : results) {
        result.get();
      }
    }
    threads.removeIf(thread -> !thread.getName().startsWith(NAME));
    assertTrue(threads.size() < ThreadLimit.threads(), threads::toString);
    assertTrue(helpersAlive() < ThreadLimit.threads());
  }

  @Test
  void whatATileThrowsReachesTheCallerFromEveryThread() {
    List<Throwable> failures =
        List.of(new IllegalStateException("test"), new StackOverflowError("test"));
    for (Throwable failure : failures) {
      for (boolean inHelper : new boolean[] {false, true}) {
        Thread caller = Thread.currentThread();
        CountDownLatch bothAtWork = new CountDownLatch(2);
        Set<Thread> atWork = ConcurrentHashMap.newKeySet();
        AtomicLong begun = new AtomicLong();
        long tiles = 1 << 20;
        TileTask failing =
            task(
                tiles,
                (tile, offset) -> {
                  begun.incrementAndGet();
                  Thread thread = Thread.currentThread();
                  if (atWork.add(thread)) {
                    meet(bothAtWork);
                    if (!thread.equals(caller) == inHelper) {
                      throw unchecked(failure);
                    }
                  }
                });
        Throwable thrown =
            assertThrows(failure.getClass(), () -> run(failing, 2, MemorySegment.NULL));
        assertSame(failure, thrown);
        assertTrue(begun.get() < tiles, "the other tiles were not left out");
        everyTileRunsOnceInASlotOfItsOwn(3);
      }
    }
  }

  @Test
  void aHelpersFailureHasTheCallersStackToo() {
    for (boolean inHelper : new boolean[] {true, false}) {
      Thread caller = Thread.currentThread();
      CountDownLatch all = new CountDownLatch(2);
      TileTask failing =
          task(
              2,
              (tile, offset) -> {
                meet(all);
                if (!Thread.currentThread().equals(caller) == inHelper) {
                  throw new IllegalStateException("test");
                }
              });

      IllegalStateException thrown =
          assertThrows(IllegalStateException.class, () -> run(failing, 2, MemorySegment.NULL));

      assertEquals("test", thrown.getMessage());
      assertEquals(inHelper ? 1 : 0, thrown.getSuppressed().length);
      if (inHelper) {
        Throwable call = thrown.getSuppressed()[0];
        String told = call.getMessage();
        assertTrue(told.startsWith("computed on thread '" + NAME), told);
        assertTrue(told.endsWith("for this call on thread '" + caller.getName() + "'"), told);
        assertTrue(
            Stream.of(call.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(WorkersTest.class.getName())),
            "lacks the caller");
      }
    }
  }

  @Test
  void callsThatStartHelpersOnAFullStackReturn() throws Exception {
    String output =
        new ForkedJvm(DeepCalls.class)
            .option("-XX:MaxJavaStackTraceDepth=2")
            .property("colonnade.threads", 8)
            .run();
    assertTrue(output.contains("every call returned"), output);
  }

  @Test
  void nothingRunsOnceTheFailureIsTold() {
    for (int round = 0; round < 2000; round++) {
      AtomicInteger running = new AtomicInteger();
      TileTask failing =
          task(
              100,
              (tile, offset) -> {
                running.incrementAndGet();
                try {
                  if (tile == 5) {
                    throw new IllegalStateException("test");
                  }
                  Thread.onSpinWait();
                } finally {
                  running.decrementAndGet();
                }
              });
      assertThrows(IllegalStateException.class, () -> run(failing, 3, MemorySegment.NULL));
      assertEquals(0, running.get());
    }
  }

  @Test
  void manyCallersAtOnceMixingShapes() throws Exception {
    try (ExecutorService callers = Executors.newFixedThreadPool(8)) {
      callersMix(callers);
    }
  }

  @Test
  void virtualThreadsCall() throws Exception {
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      callersMix(callers);
    }
  }

  private static void callersMix(ExecutorService callers) throws Exception {
    List<Future<?>> results = new ArrayList<>();
    for (int caller = 0; caller < 8; caller++) {
      long seed = caller;
      results.add(
          callers.submit(
              () -> {
                SplittableRandom random = new SplittableRandom(seed);
                for (int call = 0; call < 500; call++) {
                  requireSum(random.nextInt(50), random.nextInt(1, 5));
                }
              }));
    }
    for (Future<?> result : results) {
      result.get();
    }
  }

  @Test
  void tilesMayCallAgain() {
    AtomicInteger inner = new AtomicInteger();
    TileTask outer =
        task(
            20,
            (tile, offset) ->
                run(
                    task(30, (innerTile, innerOffset) -> inner.incrementAndGet()),
                    3,
                    MemorySegment.NULL));
    run(outer, 3, MemorySegment.NULL);
    assertEquals(600, inner.get());
  }

  @Test
  void noWakeUpIsLost() {
    for (int call = 0; call < 100_000; call++) {
      requireSum(3, 2);
    }
  }

  @Test
  void helpersEndWithoutWork() throws InterruptedException {
    Duration before = Workers.keepAlive(Duration.ofMillis(5));
    try {
      for (Thread helper : helpers(3)) {
        helper.join(TimeUnit.SECONDS.toMillis(20));
        assertFalse(helper.isAlive(), helper + " still waits");
      }
      // Calls that come just when helpers end.
      SplittableRandom random = new SplittableRandom(1);
      for (int call = 0; call < 100; call++) {
        requireSum(5, 3);
        TimeUnit.MICROSECONDS.sleep(4500 + random.nextInt(1000));
      }
    } finally {
      Workers.keepAlive(before);
    }
  }

  @Test
  void helpersInheritNothing() throws InterruptedException {
    Thread caller = Thread.currentThread();
    ClassLoader usual = caller.getContextClassLoader();
    ClassLoader callers = new ClassLoader(usual) {};
    caller.setContextClassLoader(callers);
    INHERITABLE.set("the caller's");
    // Those of other tests end first, so that new ones are born of this thread.
    Duration before = Workers.keepAlive(Duration.ofMillis(5));
    try {
      while (helpersAlive() > 0) {
        requireSum(8, 8);
        TimeUnit.MILLISECONDS.sleep(20);
      }
      Workers.keepAlive(before);
      Set<Thread> fresh = helpers(8);
      assertEquals(7, fresh.size());
      for (Thread helper : fresh) {
        assertTrue(helper.isDaemon());
        assertTrue(helper.getName().startsWith(NAME), helper.getName());
        assertSame(ClassLoader.getSystemClassLoader(), helper.getContextClassLoader());
      }
      AtomicInteger seen = new AtomicInteger();
      CountDownLatch all = new CountDownLatch(8);
      run(
          task(
              8,
              (tile, offset) -> {
                meet(all);
                if (!Thread.currentThread().equals(caller)) {
                  assertNull(INHERITABLE.get());
                  seen.incrementAndGet();
                }
              }),
          8,
          MemorySegment.NULL);
      assertEquals(7, seen.get());
    } finally {
      Workers.keepAlive(before);
      INHERITABLE.remove();
      caller.setContextClassLoader(usual);
    }
  }

  @Test
  void anInterruptOfTheCallerIsKept() {
    Set<Thread> helpers = helpers(3);
    for (int call = 0; call < 1000; call++) {
      Thread.currentThread().interrupt();
      requireSum(9, 3);
      assertTrue(Thread.interrupted());
      requireSum(9, 3);
      assertFalse(Thread.interrupted());
    }
    assertEquals(2, helpers.size());
  }

  @Test
  void anInterruptedHelperParksAgain() throws InterruptedException {
    for (Thread helper : helpers(3)) {
      helper.interrupt();
      while (helper.isInterrupted() || helper.getState() != Thread.State.TIMED_WAITING) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
    }
    requireSum(100, 3);
  }

  private static long helpersAlive() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(NAME))
        .count();
  }

  /** Returns the helpers of a call in which every thread asked for takes part. */
  private static Set<Thread> helpers(int threads) {
    Set<Thread> helpers = ConcurrentHashMap.newKeySet();
    CountDownLatch all = new CountDownLatch(threads);
    run(
        task(
            threads,
            (tile, offset) -> {
              helpers.add(Thread.currentThread());
              meet(all);
            }),
        threads,
        MemorySegment.NULL);
    helpers.remove(Thread.currentThread());
    return helpers;
  }

  private static void requireSum(int tiles, int threads) {
    AtomicLong sum = new AtomicLong();
    run(task(tiles, (tile, offset) -> sum.addAndGet(tile + 1)), threads, MemorySegment.NULL);
    assertEquals(tiles * (tiles + 1L) / 2, sum.get());
  }

  private static void meet(CountDownLatch all) {
    all.countDown();
    try {
      assertTrue(all.await(60, TimeUnit.SECONDS), "some thread never came");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static RuntimeException unchecked(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return (RuntimeException) failure;
  }

  private interface Tile {
    void run(long tile, long offset);
  }

  private static TileTask task(long tiles, Tile body) {
    return new TileTask() {
      @Override
      public long tileCount() {
        return tiles;
      }

      @Override
      public void run(long tile, MemorySegment workspace, long workspaceOffset) {
        body.run(tile, workspaceOffset);
      }
    };
  }

  private static void run(TileTask task, int threads, MemorySegment workspace) {
    int crew = Workers.hire(task, threads);
    try {
      Workers.run(task, crew, workspace, WorkspaceLayout.of(0, SLOT_BYTES, threads));
    } finally {
      Workers.dismiss(crew);
    }
  }
}
