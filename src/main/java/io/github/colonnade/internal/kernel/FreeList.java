package io.github.colonnade.internal.kernel;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Objects kept for the next tile that needs one: as many as threads ever used at once, up to a
 * limit.
 */
final class FreeList<T> {
  private static final int KEPT = 32;

  private final AtomicReferenceArray<T> free = new AtomicReferenceArray<>(KEPT);
  private final Supplier<T> maker;

  FreeList(Supplier<T> maker) {
    this.maker = maker;
  }

  /** Returns an object that nobody else has: one given before or a new one. */
  T take() {
    for (int i = 0; i < KEPT; i++) {
      T kept = free.getAcquire(i);
      if (kept != null && free.compareAndSet(i, kept, null)) {
        return kept;
      }
    }
    return maker.get();
  }

  /** Keeps an object that the caller uses no more. */
  void give(T object) {
    for (int i = 0; i < KEPT; i++) {
      if (free.getAcquire(i) == null && free.compareAndSet(i, null, object)) {
        return;
      }
    }
  }
}
