package io.github.colonnade.internal.blas;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.memory.ForeignCall;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Semaphore;

/**
 * The threads that may multiply at the same time: as many as OpenBLAS has, or finds memory for,
 * buffers. It ends the process where it finds none; here a thread waits for another to return.
 */
final class Callers {
  /** BUFFER_SIZE of OpenBLAS for x86-64 and ARM64. Address space: little of it is touched. */
  private static final long BUFFER_BYTES = 128L << 20;

  /** Others may allocate between the check and OpenBLAS's own allocation. */
  private static final long CHECKED_BYTES = 2 * BUFFER_BYTES;

  /** One for each buffer, as long as no thread uses it. */
  private static final Semaphore FREE = new Semaphore(0);

  /** Set while a thread waits for all others to return, so that they do not call again first. */
  private static volatile boolean adding;

  private static int buffers;

  private Callers() {}

  /**
   * Lets the calling thread multiply.
   *
   * @throws OutOfMemoryError if there is no memory for even one buffer
   */
  static void enter() {
    if ((adding || !FREE.tryAcquire()) && !takeOrAdd()) {
      FREE.acquireUninterruptibly();
    }
  }

  /** Lets another thread have the calling thread's buffer. */
  static void leave() {
    FREE.release();
  }

  private static synchronized boolean takeOrAdd() {
    if (FREE.tryAcquire()) {
      return true;
    }
    if (buffers >= BuildConfig.parse(OpenBlasLoader.load().config()).maxCallers()) {
      return false;
    }
    if (buffers == 0) {
      requireBuffer();
    } else if (!isSpaceForBuffer()) {
      return false;
    }
    adding = true;
    try {
      FREE.acquireUninterruptibly(buffers);
      try {
        OpenBlasFunctions.allocateBuffers(buffers + 1);
        buffers++;
      } finally {
        FREE.release(buffers);
      }
    } finally {
      adding = false;
    }
    return FREE.tryAcquire();
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
