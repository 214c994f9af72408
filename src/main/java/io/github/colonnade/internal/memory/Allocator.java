package io.github.colonnade.internal.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/**
 * Where native memory comes from. Not from arenas: those would set it to zero first, and count it
 * as that of direct buffers, whose limit is for others.
 */
interface Allocator {
  /** Returns the address of that many bytes of any content, or 0 where there are none. */
  long allocate(long bytes);

  /** Gives back what {@link #allocate} returned for that many bytes. */
  void free(long address, long bytes);

  /** Returns the one for this system. */
  static Allocator ofSystem() {
    String system = System.getProperty("os.name");
    return system.startsWith("Windows") ? new Malloc() : new Pages(system.equals("Linux"));
  }

  /**
   * Pages of the system's own, which it has back as soon as they are freed: the C library keeps
   * what it was given for a storm of callers, and a share for each of their threads.
   */
  final class Pages implements Allocator {
    private static final int READ_AND_WRITE = 3;
    private static final int PRIVATE = 2;
    private static final long FAILED = -1;

    private final int flags;
    private volatile MethodHandle map;
    private volatile MethodHandle unmap;

    Pages(boolean linux) {
      flags = PRIVATE | (linux ? 0x20 : 0x1000);
    }

    @Override
    public long allocate(long bytes) {
      try {
        if (map == null) {
          // Linked here and not when this class is initialised: where native access is denied,
          // every call says so. What frees comes first: all that is allocated can be given back.
          unmap =
              ForeignCall.link(
                  ForeignCall.find("munmap"),
                  FunctionDescriptor.of(ForeignCall.INT, JAVA_LONG, JAVA_LONG));
          map =
              ForeignCall.link(
                  ForeignCall.find("mmap"),
                  FunctionDescriptor.of(
                      JAVA_LONG,
                      JAVA_LONG,
                      JAVA_LONG,
                      ForeignCall.INT,
                      ForeignCall.INT,
                      ForeignCall.INT,
                      JAVA_LONG));
        }
        long address = (long) map.invokeExact(0L, bytes, READ_AND_WRITE, flags, -1, 0L);
        return address == FAILED ? 0 : address;
      } catch (Throwable e) {
        throw ForeignCall.unexpected(e);
      }
    }

    @Override
    public void free(long address, long bytes) {
      try {
        int _ = (int) unmap.invokeExact(address, bytes);
      } catch (Throwable e) {
        throw ForeignCall.unexpected(e);
      }
    }
  }

  /** The C library's. */
  final class Malloc implements Allocator {
    private volatile MethodHandle malloc;
    private volatile MethodHandle free;

    @Override
    public long allocate(long bytes) {
      try {
        if (malloc == null) {
          // As in Pages.
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
    public void free(long address, long bytes) {
      try {
        free.invokeExact(address);
      } catch (Throwable e) {
        throw ForeignCall.unexpected(e);
      }
    }
  }
}
