package io.github.colonnade.internal.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Native scratch memory, kept from call to call up to a number of bytes, or the one block last used
 * where that alone is larger. What is not used for a while is freed.
 *
 * <p>A block belongs to whoever swaps it out of its place, be it a call, another call that makes
 * room, or a sweep: so it is never freed while it is used, nor used twice.
 */
public final class ScratchPool implements Keeper {
  /** The one that all calls draw on. */
  public static final ScratchPool SHARED = new ScratchPool(Allocator.ofSystem());

  /** Bytes of the blocks that are kept. */
  static final long MOST_BYTES = 16L << 20;

  private static final int PLACES = 32;
  private static final long ALIGNMENT_BYTES = 4096;

  private final AtomicReferenceArray<Block> idle = new AtomicReferenceArray<>(PLACES);
  private final AtomicLong idleBytes = new AtomicLong();
  private final Allocator allocator;

  ScratchPool(Allocator allocator) {
    this.allocator = allocator;
    IdleSweeper.register(this);
  }

  /** Memory for one call at a time. */
  public static final class Block {
    private final MemorySegment segment;
    private final Allocation allocation;

    /** Written by whoever gives it back and by sweeps, which may so find it idle too early. */
    private boolean used;

    // Restricted because the size is taken on trust: it is what was allocated.
    @SuppressWarnings("restricted")
    private Block(Allocation allocation, long bytes) {
      long aligned = Math.ceilDiv(allocation.address.get(), ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
      this.allocation = allocation;
      // An arena that the collector closes, for blocks that are lost: a stack may overflow just
      // when one is given back. Unlike a shared one it costs downcalls nothing.
      this.segment =
          MemorySegment.ofAddress(aligned)
              .reinterpret(bytes, Arena.ofAuto(), lost -> allocation.free());
    }

    /** Returns the memory, of any content. */
    public MemorySegment segment() {
      return segment;
    }

    private long bytes() {
      return segment.byteSize();
    }
  }

  /** What the allocator gave, at address 0 once it is freed. */
  private record Allocation(Allocator allocator, AtomicLong address, long bytes) {
    void free() {
      long freed = address.getAndSet(0);
      if (freed != 0) {
        allocator.free(freed, bytes);
      }
    }
  }

  /**
   * Returns at least that many bytes for {@link #release}: the smallest block that is kept and
   * large enough, or a new one.
   *
   * @throws OutOfMemoryError if there is no such memory
   */
  public Block acquire(long bytes) {
    return acquire(
        bytes,
        "of scratch memory: use fewer threads, a lower PlanOptions.withMaxWorkspaceBytes, or a"
            + " Workspace of your own");
  }

  /**
   * As {@link #acquire(long)}, for another purpose.
   *
   * @param purpose what the bytes are for and what to do without them, for the message
   */
  public Block acquire(long bytes, String purpose) {
    while (true) {
      int place = -1;
      Block smallest = null;
      // Seldom are there many: the search ends where all bytes are seen.
      long unseen = idleBytes.get();
      for (int i = 0; i < PLACES && unseen > 0; i++) {
        Block block = idle.getAcquire(i);
        if (block != null) {
          unseen -= block.bytes();
          if (block.bytes() >= bytes && (smallest == null || block.bytes() < smallest.bytes())) {
            place = i;
            smallest = block;
          }
        }
      }
      if (smallest == null) {
        return allocate(bytes, purpose);
      }
      if (remove(place, smallest)) {
        return smallest;
      }
    }
  }

  private Block allocate(long bytes, String purpose) {
    // Sizes beyond what a long holds are refused as well, being unsigned in C.
    long rounded = Math.ceilDiv(bytes, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    long whole = rounded + ALIGNMENT_BYTES - 1;
    long address = allocator.allocate(whole);
    if (address == 0) {
      freeIdle();
      address = allocator.allocate(whole);
    }
    if (address == 0) {
      throw new OutOfMemoryError("cannot allocate " + bytes + " bytes " + purpose);
    }
    Allocation allocation = new Allocation(allocator, new AtomicLong(address), whole);
    try {
      return new Block(allocation, rounded);
    } catch (Error e) {
      allocation.free();
      throw e;
    }
  }

  /** Takes back what {@link #acquire} gave, which the caller uses no more. */
  public void release(Block block) {
    block.used = true;
    for (int i = 0; i < PLACES; i++) {
      if (idle.getAcquire(i) == null && idle.compareAndSet(i, null, block)) {
        idleBytes.addAndGet(block.bytes());
        makeRoom(block);
        IdleSweeper.watch();
        return;
      }
    }
    block.allocation.free();
  }

  /** Frees others than the block last used while there are too many bytes. */
  private void makeRoom(Block last) {
    for (int i = 0; i < PLACES && idleBytes.get() > MOST_BYTES; i++) {
      Block block = idle.getAcquire(i);
      if (block != last) {
        free(i, block);
      }
    }
  }

  private void freeIdle() {
    for (int i = 0; i < PLACES; i++) {
      free(i, idle.getAcquire(i));
    }
  }

  /** Frees a block, or null, unless it is no longer at its place. */
  private void free(int place, Block block) {
    if (block != null && remove(place, block)) {
      block.allocation.free();
    }
  }

  /**
   * Takes a block out, for the caller alone if true: even one that was used and given meanwhile.
   */
  private boolean remove(int place, Block block) {
    if (!idle.compareAndSet(place, block, null)) {
      return false;
    }
    idleBytes.addAndGet(-block.bytes());
    return true;
  }

  @Override
  public void sweep() {
    for (int i = 0; i < PLACES; i++) {
      Block block = idle.getAcquire(i);
      if (block != null && block.used) {
        block.used = false;
      } else {
        free(i, block);
      }
    }
  }

  @Override
  public boolean keepsAny() {
    for (int i = 0; i < PLACES; i++) {
      if (idle.get(i) != null) {
        return true;
      }
    }
    return false;
  }

  /** Returns the bytes that are kept. */
  long idleBytes() {
    return idleBytes.get();
  }
}
