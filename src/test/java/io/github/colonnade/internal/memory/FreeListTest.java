package io.github.colonnade.internal.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Objects kept between calls: each for one thread at a time, few enough, and not for ever. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FreeListTest {
  private static final long PART = FreeList.MOST_BYTES / 4;

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
  void theBoundHoldsOverAllLists() {
    FreeList<Thing> first = list();
    FreeList<Thing> second = list();
    List<Thing> things = take(first, 6);
    things.forEach(first::give);
    assertEquals(FreeList.MOST_BYTES, FreeList.reservedBytes());
    Thing dropped = second.take();
    second.give(dropped);
    assertNotSame(dropped, second.take());

    Set<Thing> kept = new HashSet<>(take(first, 6));
    kept.retainAll(things);
    assertEquals(4, kept.size());
    first.sweep();
    first.sweep();
    assertEquals(0, FreeList.reservedBytes());
    second.give(dropped);
    assertSame(dropped, second.take());
  }

  @Test
  void whatGrewIsCountedAnew() {
    FreeList<Thing> list = list();
    Thing thing = list.take();
    list.give(thing);
    assertEquals(PART, FreeList.reservedBytes());
    assertSame(thing, list.take());
    thing.bytes = 3 * PART;
    list.give(thing);
    assertEquals(3 * PART, FreeList.reservedBytes());
    assertSame(thing, list.take());
    thing.bytes = FreeList.MOST_BYTES + 1;
    list.give(thing);
    assertEquals(0, FreeList.reservedBytes());
    assertNotSame(thing, list.take());
  }

  @Test
  void threadsThatComeAndGoReserveNoMoreThanIsKept() throws Exception {
    FreeList<Thing> list = list();
    for (int i = 0; i < 100; i++) {
      Thread.ofVirtual().start(() -> list.give(list.take())).join();
      assertEquals(PART, FreeList.reservedBytes());
    }
  }

  @Test
  void whatIsUsedStaysAndWhatIsLostIsForgotten() {
    FreeList<Thing> list = list();
    Thing thing = list.take();
    list.give(thing);
    for (int i = 0; i < 10; i++) {
      list.sweep();
      assertSame(thing, list.take());
      list.give(thing);
    }
    assertSame(thing, list.take());
    assertTrue(list.keepsAny());
    list.sweep();
    list.sweep();
    assertFalse(list.keepsAny());
    assertEquals(0, FreeList.reservedBytes());
    list.give(thing);
    assertEquals(PART, FreeList.reservedBytes());
  }

  @Test
  void noObjectHasTwoUsersAndTheAccountReturnsToZero() throws Exception {
    List<FreeList<Thing>> lists = List.of(list(), list(), list());
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      Future<?> sweeps =
          threads.submit(
              () -> {
                while (!done.get()) {
                  lists.forEach(FreeList::sweep);
                  LockSupport.parkNanos(1000);
                }
              });
      List<Future<?>> users = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        SplittableRandom random = new SplittableRandom(i);
        users.add(threads.submit(() -> use(lists, random)));
      }
      for (Future<?> user : users) {
        user.get();
      }
      done.set(true);
      sweeps.get();
    }
    assertTrue(FreeList.reservedBytes() <= FreeList.MOST_BYTES);
    for (int sweep = 0; sweep < 2; sweep++) {
      lists.forEach(FreeList::sweep);
    }
    assertTrue(lists.stream().noneMatch(FreeList::keepsAny));
    assertEquals(0, FreeList.reservedBytes());
  }

  /** Takes objects and mostly gives them back; some are lost, as where a tile throws. */
  private static void use(List<FreeList<Thing>> lists, SplittableRandom random) {
    for (int round = 0; round < 100_000; round++) {
      FreeList<Thing> list = lists.get(random.nextInt(lists.size()));
      List<Thing> things = take(list, random.nextInt(1, 4));
      for (Thing thing : things) {
        assertTrue(thing.used.compareAndSet(false, true), "two threads have it");
        thing.bytes = random.nextLong(1, PART);
      }
      for (Thing thing : things) {
        thing.used.set(false);
        if (random.nextInt(100) > 0) {
          list.give(thing);
        }
      }
    }
  }

  private static List<Thing> take(FreeList<Thing> list, int count) {
    List<Thing> things = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      things.add(list.take());
    }
    return things;
  }

  private static FreeList<Thing> list() {
    return new FreeList<>(Thing::new, thing -> thing.bytes);
  }

  /** Something of a size that it only states. */
  private static final class Thing {
    private final AtomicBoolean used = new AtomicBoolean();
    private long bytes = PART;
  }
}
