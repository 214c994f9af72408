package io.github.colonnade.internal.kernel;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Objects kept for the next tile that needs one: as many as threads ever used at once, up to a
 * limit.
 */
final class FreeList<T> {
  private static final int KEPT = 32;

  /** References that may share a cache line, and its neighbour, whatever the size of either. */
  private static final int SPREAD = 32;

  private final AtomicReferenceArray<T> free = new AtomicReferenceArray<>(KEPT * SPREAD);
  private final Supplier<T> maker;

  FreeList(Supplier<T> maker) {
    this.maker = maker;
  }

  /** Returns an object that nobody else has: one given before or a new one. */
  T take() {
    int own = ownPlace();
    for (int i = 0; i < KEPT; i++) {
      int at = ((own + i) % KEPT) * SPREAD;
      T kept = free.getAcquire(at);
      if (kept != null && free.compareAndSet(at, kept, null)) {
        return kept;
      }
    }
    return maker.get();
  }

  /** Keeps an object that the caller uses no more. */
  void give(T object) {
    int own = ownPlace();
    for (int i = 0; i < KEPT; i++) {
      int at = ((own + i) % KEPT) * SPREAD;
      if (free.getAcquire(at) == null && free.compareAndSet(at, null, object)) {
        return;
      }
    }
  }

  /** Returns where a thread looks first: threads that keep to their places never wait. */
  private static int ownPlace() {
    return (int) (Thread.currentThread().threadId() % KEPT);
  }
}
