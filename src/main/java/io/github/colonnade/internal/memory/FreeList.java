package io.github.colonnade.internal.memory;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Objects kept for whoever needs one next: as many as threads ever used at once, up to a limit in
 * each list and a number of bytes in all lists together. What is not used for a while is dropped.
 *
 * <p>An object belongs to whoever swaps it out of its place. Bytes are reserved for places, and
 * stay reserved while a thread has what lay in its own place: so threads that take and give the
 * same objects write to no memory in common. Each change of a reservation is one swap, and the
 * total changes by what that swap did: it is always their sum. Where a place changes hands during a
 * swap, an object may lie there unreserved until it is next given; sweeps find it all the same.
 */
public final class FreeList<T> implements Keeper {
  /** Bytes of the objects in all lists: what a thread may have by default, for each processor. */
  static final long MOST_BYTES =
      WorkspaceCap.USUAL_BYTES * Runtime.getRuntime().availableProcessors();

  private static final int KEPT = 32;

  /** References that may share a cache line, and its neighbour, whatever the size of either. */
  private static final int SPREAD = 32;

  private static final AtomicLong TOTAL = new AtomicLong();

  private final AtomicReferenceArray<T> free = new AtomicReferenceArray<>(KEPT * SPREAD);

  /** The bytes reserved for each place, and next to them whether it was used lately. */
  private final AtomicLongArray reserved = new AtomicLongArray(KEPT * SPREAD);

  private final Supplier<T> maker;
  private final ToLongFunction<T> size;

  /**
   * Starts empty; objects are made as they are needed.
   *
   * @param maker makes one
   * @param size the bytes of one, about, and more than 0; the same for as long as nobody uses it
   */
  public FreeList(Supplier<T> maker, ToLongFunction<T> size) {
    this.maker = maker;
    this.size = size;
    IdleSweeper.register(this);
  }

  // Short methods: C2 compiles them into every caller, however seldom it has seen the call.

  /** Returns an object that nobody else uses: one given back earlier or a new one. */
  public T take() {
    T kept = take(place(0));
    return kept != null ? kept : takeElsewhere();
  }

  private T take(int at) {
    T kept = free.getAcquire(at);
    return kept != null && free.compareAndSet(at, kept, null) ? kept : null;
  }

  private T takeElsewhere() {
    for (int i = 1; i < KEPT; i++) {
      int at = place(i);
      T kept = take(at);
      if (kept != null) {
        // It will be given back at another place.
        reserve(at, 0);
        return kept;
      }
    }
    return maker.get();
  }

  /** Keeps an object that the caller uses no more, where there is room. */
  public void give(T object) {
    // Asked now, while nobody else can have it.
    long bytes = size.applyAsLong(object);
    for (int i = 0; i < KEPT; i++) {
      if (give(object, bytes, place(i))) {
        return;
      }
    }
  }

  private boolean give(T object, long bytes, int at) {
    if (free.getAcquire(at) != null || !free.compareAndSet(at, null, object)) {
      return false;
    }
    settle(object, bytes, at);
    return true;
  }

  /** Marks a place as used and sees that its bytes are reserved, or takes out what is too large. */
  private void settle(T object, long bytes, int at) {
    reserved.setOpaque(at + 1, 1);
    if (reserved.get(at) != bytes && !reserve(at, bytes)) {
      free.compareAndSet(at, object, null);
    }
  }

  /** Reserves bytes for a place instead of what was; none, and false, where they are too many. */
  private boolean reserve(int at, long bytes) {
    long more = bytes - reserved.getAndSet(at, bytes);
    if (TOTAL.addAndGet(more) > MOST_BYTES && more > 0) {
      TOTAL.addAndGet(-reserved.getAndSet(at, 0));
      return false;
    }
    if (bytes > 0) {
      IdleSweeper.watch();
    }
    return true;
  }

  @Override
  public void sweep() {
    for (int i = 0; i < KEPT; i++) {
      int at = i * SPREAD;
      if (reserved.getOpaque(at + 1) != 0) {
        reserved.setOpaque(at + 1, 0);
      } else {
        // In this order, the other way round than in give: either the object that is given at this
        // moment is seen here, or its giver sees that nothing is reserved for it.
        reserve(at, 0);
        T idle = free.get(at);
        if (idle != null) {
          free.compareAndSet(at, idle, null);
        }
      }
    }
  }

  @Override
  public boolean keepsAny() {
    for (int at = 0; at < KEPT * SPREAD; at += SPREAD) {
      if (reserved.get(at) != 0 || free.get(at) != null) {
        return true;
      }
    }
    return false;
  }

  /** Returns the bytes reserved in all lists. */
  static long reservedBytes() {
    return TOTAL.get();
  }

  /** Returns where a thread looks: first in its own place, so that threads never wait. */
  private static int place(int attempt) {
    return (int) ((Thread.currentThread().threadId() + attempt) % KEPT) * SPREAD;
  }
}
