package io.github.colonnade.internal.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Scratch memory kept from call to call: allocating it anew would zero it each time. A few blocks
 * are kept; more than that many calls at once allocate, and the collector frees what is dropped.
 */
public final class ScratchPool {
  private static final int BLOCKS = 16;
  private static final long ALIGNMENT_BYTES = 4096;

  private static final AtomicReferenceArray<MemorySegment> FREE =
      new AtomicReferenceArray<>(BLOCKS);

  private ScratchPool() {}

  /** Returns native memory of at least {@code bytes}, of any content, for {@link #release}. */
  public static MemorySegment acquire(long bytes) {
    for (int i = 0; i < BLOCKS; i++) {
      MemorySegment block = FREE.getAcquire(i);
      if (block != null && block.byteSize() >= bytes && FREE.compareAndSet(i, block, null)) {
        return block;
      }
    }
    long rounded = Math.ceilDiv(bytes, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    return Arena.ofAuto().allocate(rounded, ALIGNMENT_BYTES);
  }

  /** Takes back what {@link #acquire} gave; the smallest block goes where there is no room. */
  public static void release(MemorySegment block) {
    int smallest = 0;
    for (int i = 0; i < BLOCKS; i++) {
      MemorySegment kept = FREE.getAcquire(i);
      if (kept == null) {
        if (FREE.compareAndSet(i, null, block)) {
          return;
        }
      } else {
        MemorySegment least = FREE.getAcquire(smallest);
        if (least != null && kept.byteSize() < least.byteSize()) {
          smallest = i;
        }
      }
    }
    MemorySegment least = FREE.getAcquire(smallest);
    if (least != null && least.byteSize() < block.byteSize()) {
      FREE.compareAndSet(smallest, least, block);
    }
  }
}
