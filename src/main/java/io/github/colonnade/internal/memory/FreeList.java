package io.github.colonnade.internal.memory;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/** Objects kept for whoever needs one next: as many as threads ever used at once, up to a limit. */
public final class FreeList<T> {
  private static final int KEPT = 32;

  /** References that may share a cache line, and its neighbour, whatever the size of either. */
  private static final int SPREAD = 32;

  private final AtomicReferenceArray<T> free = new AtomicReferenceArray<>(KEPT * SPREAD);
  private final Supplier<T> maker;

  /** Starts with none, to be made as they are needed. */
  public FreeList(Supplier<T> maker) {
    this.maker = maker;
  }

  /** Returns an object that nobody else has: one given before or a new one. */
  public T take() {
    for (int i = 0; i < KEPT; i++) {
      int at = place(i);
      T kept = free.getAcquire(at);
      if (kept != null && free.compareAndSet(at, kept, null)) {
        return kept;
      }
    }
    return maker.get();
  }

  /** Keeps an object that the caller uses no more. */
  public void give(T object) {
    for (int i = 0; i < KEPT; i++) {
      int at = place(i);
      if (free.getAcquire(at) == null && free.compareAndSet(at, null, object)) {
        return;
      }
    }
  }

  /** Returns where a thread looks: first in its own place, so that threads never wait. */
  private static int place(int attempt) {
    return (int) ((Thread.currentThread().threadId() + attempt) % KEPT) * SPREAD;
  }
}
