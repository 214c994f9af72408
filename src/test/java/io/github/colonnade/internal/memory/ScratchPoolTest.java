package io.github.colonnade.internal.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.ForkedJvm;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Native scratch memory: each block for one call at a time, freed once, and in good time. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ScratchPoolTest {
  private static final long MEBIBYTE = 1 << 20;

  private final Addresses addresses = new Addresses();
  private final ScratchPool pool = new ScratchPool(addresses);
  private Idle idle;

  @BeforeEach
  void startWithNothingKept() throws InterruptedException {
    idle = new Idle(Duration.ofHours(1));
  }

  @AfterEach
  void keepAsBefore() {
    idle.close();
  }

  @Test
  void blocksAreAlignedAndAsLongAsAsked() {
    for (long bytes : new long[] {1, 4096, 4097, 3 * MEBIBYTE}) {
      ScratchPool.Block block = ScratchPool.SHARED.acquire(bytes);
      MemorySegment segment = block.segment();
      assertTrue(segment.byteSize() >= bytes);
      assertEquals(0, segment.address() % 4096);
      segment.set(JAVA_LONG, 0, 1);
      segment.set(JAVA_LONG, segment.byteSize() - Long.BYTES, 2);
      ScratchPool.SHARED.release(block);
    }
  }

  @Test
  void theSmallestThatIsLargeEnoughServes() {
    List<ScratchPool.Block> blocks = new ArrayList<>();
    for (long mebibytes : new long[] {4, 1, 3}) {
      blocks.add(pool.acquire(mebibytes * MEBIBYTE));
    }
    blocks.forEach(pool::release);
    assertSame(blocks.get(2), pool.acquire(2 * MEBIBYTE));
    assertSame(blocks.get(0), pool.acquire(2 * MEBIBYTE));
    assertSame(blocks.get(1), pool.acquire(1));
    assertEquals(0, pool.idleBytes());
    assertEquals(3, addresses.allocations.get());
  }

  @Test
  void warmCallsAllocateNothing() {
    for (int call = 0; call < 100; call++) {
      pool.release(pool.acquire(5 * MEBIBYTE));
    }
    assertEquals(1, addresses.allocations.get());
    assertEquals(1, addresses.live.size());
  }

  @Test
  void oneLargeBlockIsKeptOrSmallOnesUpToTheBound() {
    ScratchPool.Block large = pool.acquire(100 * MEBIBYTE);
    ScratchPool.Block larger = pool.acquire(200 * MEBIBYTE);
    pool.release(large);
    assertEquals(100 * MEBIBYTE, pool.idleBytes());
    pool.release(larger);
    assertEquals(200 * MEBIBYTE, pool.idleBytes());
    assertSame(larger, pool.acquire(1));

    List<ScratchPool.Block> blocks = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      blocks.add(pool.acquire(MEBIBYTE));
    }
    pool.release(larger);
    for (ScratchPool.Block block : blocks) {
      pool.release(block);
      assertTrue(pool.idleBytes() <= ScratchPool.MOST_BYTES);
    }
    assertEquals(ScratchPool.MOST_BYTES, pool.idleBytes());
    assertEquals(ScratchPool.MOST_BYTES / MEBIBYTE, addresses.live.size());
  }

  @Test
  void whatIsUsedStays() {
    ScratchPool.Block block = pool.acquire(1);
    pool.release(block);
    for (int i = 0; i < 10; i++) {
      pool.sweep();
      assertSame(block, pool.acquire(1));
      pool.release(block);
    }
    pool.sweep();
    pool.sweep();
    assertEquals(0, pool.idleBytes());
    assertEquals(Map.of(), addresses.live);
    assertNotSame(block, pool.acquire(1));
  }

  @Test
  void nothingIsKeptAfterAWhileNorAnyThread() throws InterruptedException {
    FreeList<Object> list = new FreeList<>(Object::new, object -> 16);
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    IdleSweeper.keepAlive(Duration.ofMillis(20));
    for (int round = 0; round < 20; round++) {
      pool.release(pool.acquire(1000));
      ScratchPool.SHARED.release(ScratchPool.SHARED.acquire(1000));
      list.give(list.take());
      Idle.await(() -> addresses.live.isEmpty() && !list.keepsAny() && Idle.nothingIsKept());
    }
    assertEquals(20, addresses.allocations.get());
    Set<Thread> left = new HashSet<>(Thread.getAllStackTraces().keySet());
    left.removeAll(before);
    assertEquals(Set.of(), left);
  }

  @Test
  void theSweeperInheritsNothing() throws InterruptedException {
    Thread caller = Thread.currentThread();
    ClassLoader usual = caller.getContextClassLoader();
    caller.setContextClassLoader(new ClassLoader(usual) {});
    try {
      pool.release(pool.acquire(1));
    } finally {
      caller.setContextClassLoader(usual);
    }
    Thread sweeper =
        Thread.getAllStackTraces().keySet().stream()
            .filter(IdleSweeper.class::isInstance)
            .findAny()
            .orElseThrow();
    assertTrue(sweeper.isDaemon());
    assertSame(ClassLoader.getSystemClassLoader(), sweeper.getContextClassLoader());
    sweeper.interrupt();
    Idle.await(() -> !sweeper.isInterrupted());
    IdleSweeper.keepAlive(Duration.ofMillis(5));
    sweeper.join();
    assertEquals(Map.of(), addresses.live);
  }

  @Test
  void aFailedAllocationFreesWhatIsIdleThenSaysWhatToDo() {
    addresses.limit = 16 * MEBIBYTE;
    List<ScratchPool.Block> blocks = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      blocks.add(pool.acquire(3 * MEBIBYTE));
    }
    ScratchPool.Block used = blocks.removeLast();
    blocks.forEach(pool::release);
    ScratchPool.Block large = pool.acquire(10 * MEBIBYTE);
    assertEquals(2, addresses.live.size());
    pool.release(large);

    long tooMany = 20 * MEBIBYTE;
    String message = assertThrows(OutOfMemoryError.class, () -> pool.acquire(tooMany)).getMessage();
    assertEquals(
        "cannot allocate 20971520 bytes of scratch memory: use fewer threads, a lower"
            + " PlanOptions.withMaxWorkspaceBytes, or a Workspace of your own",
        message);
    assertEquals(1, addresses.live.size());
    pool.release(used);
    pool.release(pool.acquire(10 * MEBIBYTE));
  }

  @Test
  void soDoesTheCLibrary() {
    for (long bytes : new long[] {1L << 62, Long.MAX_VALUE}) {
      String message =
          assertThrows(OutOfMemoryError.class, () -> ScratchPool.SHARED.acquire(bytes))
              .getMessage();
      assertTrue(message.startsWith("cannot allocate " + bytes + " bytes"), message);
    }
  }

  @Test
  void aLostBlockIsFreedByTheCollector() throws InterruptedException {
    assertNotNull(pool.acquire(1).segment());
    Idle.await(
        () -> {
          System.gc();
          return addresses.live.isEmpty();
        });
  }

  @Test
  void noBlockHasTwoUsersOrIsFreedInUse() throws Exception {
    addresses.limit = 60 * MEBIBYTE;
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      Future<?> sweeps =
          threads.submit(
              () -> {
                while (!done.get()) {
                  pool.sweep();
                  LockSupport.parkNanos(1000);
                }
              });
      List<Future<?>> users = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        SplittableRandom random = new SplittableRandom(i);
        users.add(threads.submit(() -> use(random)));
      }
      for (Future<?> user : users) {
        user.get();
      }
      done.set(true);
      sweeps.get();
    }
    assertTrue(
        pool.idleBytes() <= ScratchPool.MOST_BYTES || addresses.live.size() == 1,
        () -> pool.idleBytes() + " in " + addresses.live.size());
    pool.sweep();
    pool.sweep();
    assertEquals(Map.of(), addresses.live);
    assertEquals(0, pool.idleBytes());
    assertEquals(Set.of(), addresses.mistakes);
  }

  /** Takes up to three blocks at once; six threads may ask for more than there is. */
  private void use(SplittableRandom random) {
    for (int round = 0; round < 20_000; round++) {
      List<ScratchPool.Block> blocks = new ArrayList<>();
      try {
        for (int count = random.nextInt(1, 4); count > 0; count--) {
          blocks.add(pool.acquire(random.nextLong(1, 6 * MEBIBYTE)));
        }
      } catch (OutOfMemoryError e) {
        assertTrue(e.getMessage().startsWith("cannot allocate "), e.getMessage());
      }
      for (ScratchPool.Block block : blocks) {
        addresses.use(block.segment());
      }
      for (ScratchPool.Block block : blocks) {
        addresses.unuse(block.segment());
        pool.release(block);
      }
    }
  }

  @Test
  void scratchIsNotUnderTheLimitOfDirectBuffers() throws Exception {
    String output =
        new ForkedJvm(ForkedCalls.class)
            .testLibraries()
            .property("scenario", "forward")
            .property("colonnade.threads", 16)
            .option("-XX:MaxDirectMemorySize=8m")
            .option("-Xmx64m")
            .run();
    assertTrue(output.endsWith("computed\n"), output);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aftermathOfALackOfAddresses() throws Exception {
    String output =
        new ForkedJvm(ForkedCalls.class)
            .testLibraries()
            .property("scenario", "exhausted")
            .property("colonnade.threads", 16)
            .mebibytes(4000)
            .option("-Xmx64m")
            .option("-XX:ReservedCodeCacheSize=64m")
            .option("-XX:CompressedClassSpaceSize=64m")
            .run();
    assertTrue(output.contains("cannot allocate 104857600 bytes of scratch memory"), output);
    assertTrue(output.endsWith("computed\n"), output);
  }

  @Test
  void deniedNativeAccessIsToldAtEveryCall() throws Exception {
    String output =
        new ForkedJvm(ForkedCalls.class)
            .testLibraries()
            .property("scenario", "scratch")
            .withoutNativeAccess()
            .run();
    List<String> lines = output.lines().toList();
    assertEquals(2, lines.size(), output);
    assertEquals(lines.get(0), lines.get(1));
    assertTrue(lines.get(0).startsWith("java.lang.IllegalCallerException: "), output);
  }

  /** Makes up addresses, and holds those who use and free them to account. */
  private static final class Addresses implements Allocator {
    private final Map<Long, Long> live = new ConcurrentHashMap<>();
    private final Set<Long> used = ConcurrentHashMap.newKeySet();
    private final Set<String> mistakes = ConcurrentHashMap.newKeySet();
    private final AtomicLong allocations = new AtomicLong();
    private final AtomicLong next = new AtomicLong(MEBIBYTE + 16);
    private final AtomicLong allocated = new AtomicLong();
    private volatile long limit = Long.MAX_VALUE;

    @Override
    public long allocate(long bytes) {
      if (allocated.addAndGet(bytes) > limit) {
        allocated.addAndGet(-bytes);
        return 0;
      }
      allocations.incrementAndGet();
      long address = next.getAndAdd(bytes + 16);
      live.put(address, bytes);
      return address;
    }

    @Override
    public void free(long address, long size) {
      Long bytes = live.remove(address);
      if (bytes == null) {
        mistakes.add("freed twice");
      } else if (bytes != size) {
        mistakes.add("freed in part");
      } else {
        allocated.addAndGet(-bytes);
        if (used.stream().anyMatch(at -> at >= address && at < address + bytes)) {
          mistakes.add("freed in use");
        }
      }
    }

    void use(MemorySegment segment) {
      if (!used.add(segment.address())) {
        mistakes.add("two users");
      }
    }

    void unuse(MemorySegment segment) {
      used.remove(segment.address());
    }
  }
}
