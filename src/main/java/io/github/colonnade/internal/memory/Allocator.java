package io.github.colonnade.internal.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** Where native memory comes from. */
interface Allocator {
  /** Returns the address of that many bytes of any content, or 0 where there are none. */
  long allocate(long bytes);

  /** Gives back what {@link #allocate} returned. */
  void free(long address);

  /**
   * The C library's: an arena would set the memory to zero first, and count it as that of direct
   * buffers, whose limit is for others.
   */
  final class Malloc implements Allocator {
    private volatile MethodHandle malloc;
    private volatile MethodHandle free;

    @Override
    public long allocate(long bytes) {
      try {
        if (malloc == null) {
          // Linked here and not when this class is initialised: where native access is denied,
          // every call says so. Before malloc, free: nothing is allocated that can't be given back.
          free = ForeignCall.link(ForeignCall.find("free"), FunctionDescriptor.ofVoid(JAVA_LONG));
          malloc =
              ForeignCall.link(
                  ForeignCall.find("malloc"), FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
        }
        return (long) malloc.invokeExact(bytes);
      } catch (Throwable e) {
        throw ForeignCall.unexpected(e);
      }
    }

    @Override
    public void free(long address) {
      try {
        free.invokeExact(address);
      } catch (Throwable e) {
        throw ForeignCall.unexpected(e);
      }
    }
  }
}
