package io.github.colonnade.internal.blas;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.memory.ForeignCall;
import io.github.colonnade.internal.memory.StackRoom;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * The threads that may multiply at the same time: as many as OpenBLAS has, or finds memory for,
 * buffers. It ends the process where it finds none; here a thread waits for another to return.
 */
final class Callers {
  /** BUFFER_SIZE of OpenBLAS for x86-64 and ARM64. Address space: little of it is touched. */
  private static final long BUFFER_BYTES = 128L << 20;

  /** Others may allocate between the check and OpenBLAS's own allocation. */
  private static final long CHECKED_BYTES = 2 * BUFFER_BYTES;

  private static final VarHandle TAKEN = taken();
  private static final long WAIT_NANOS = 50_000;

  /** A stack deep enough for adding a buffer, which must not stop half way. */
  private static final int DEPTH = 500;

  private static volatile Slot[] slots = {};

  /** Set while a thread waits for all others to return, so that they do not call again first. */
  private static volatile boolean adding;

  private Callers() {}

  /**
   * The use of a buffer. It is given back by a mere assignment: a call could fail for want of
   * stack, and then the buffer would be lost.
   */
  static final class Slot {
    /** 1 while a thread multiplies; set to 0 by that thread. */
    volatile int taken;
  }

  private static VarHandle taken() {
    try {
      return MethodHandles.lookup().findVarHandle(Slot.class, "taken", int.class);
    } catch (ReflectiveOperationException impossible) {
      throw new LinkageError("a field of this class", impossible);
    }
  }

  /**
   * Lets the calling thread multiply.
   *
   * @return what it gives back
   * @throws OutOfMemoryError if there is no memory for even one buffer
   */
  static Slot enter() {
    Slot slot = take();
    if (slot != null) {
      return slot;
    }
    slot = takeOrAdd();
    boolean interrupted = false;
    while (slot == null) {
      LockSupport.parkNanos(WAIT_NANOS);
      interrupted |= Thread.interrupted();
      slot = take();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return slot;
  }

  /** Takes a slot that nobody has; nothing is called once it is taken. */
  private static Slot take() {
    Slot[] all = slots;
    if (adding || all.length == 0) {
      return null;
    }
    int at = (int) (Thread.currentThread().threadId() % all.length);
    for (int i = 0; i < all.length; i++) {
      Slot slot = all[at];
      if (slot.taken == 0 && TAKEN.compareAndSet(slot, 0, 1)) {
        return slot;
      }
      at = at + 1 == all.length ? 0 : at + 1;
    }
    return null;
  }

  private static synchronized Slot takeOrAdd() {
    Slot slot = take();
    if (slot != null) {
      return slot;
    }
    int count = slots.length;
    if (count == 0) {
      requireBuffer();
    } else if (count >= BuildConfig.parse(OpenBlasLoader.load().config()).maxCallers()
        || !isSpaceForBuffer()) {
      return null;
    }
    StackRoom.require(DEPTH);
    add();
    return take();
  }

  private static void add() {
    Slot[] all = slots;
    int held = 0;
    adding = true;
    try {
      while (held < all.length) {
        if (TAKEN.compareAndSet(all[held], 0, 1)) {
          held++;
        } else {
          LockSupport.parkNanos(WAIT_NANOS);
        }
      }
      OpenBlasFunctions.allocateBuffers(all.length + 1);
      Slot[] more = Arrays.copyOf(all, all.length + 1);
      more[all.length] = new Slot();
      slots = more;
    } finally {
      for (int i = 0; i < held; i++) {
        all[i].taken = 0;
      }
      adding = false;
    }
  }

  /** Refuses to go on where OpenBLAS would end the process. */
  static void requireBuffer() {
    if (!isSpaceForBuffer()) {
      throw new OutOfMemoryError(
          "OpenBLAS needs %d MiB of address space for its buffers, and this process has less left: raise its limit (ulimit -v) or lower -Xmx"
              .formatted(CHECKED_BYTES >> 20));
    }
  }

  private static boolean isSpaceForBuffer() {
    // So large a block is mapped on its own, and unmapped at once.
    MemorySegment malloc = ForeignCall.find("malloc");
    long address =
        (long) ForeignCall.call(malloc, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG), CHECKED_BYTES);
    if (address == 0) {
      return false;
    }
    ForeignCall.call(ForeignCall.find("free"), FunctionDescriptor.ofVoid(JAVA_LONG), address);
    return true;
  }
}
