package io.github.colonnade.peers.filter;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The time that this process has had of all processors, in nanoseconds; what Java offers counts
 * hundredths of a second.
 */
// It calls C.
@SuppressWarnings("restricted")
final class ProcessTime {
  /** {@code CLOCK_PROCESS_CPUTIME_ID} of Linux. */
  private static final int CLOCK = 2;

  private static final MethodHandle GET_TIME =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().find("clock_gettime").orElseThrow(),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

  private static final MemorySegment TIME = Arena.global().allocate(16, 8);

  private ProcessTime() {}

  /** Returns the nanoseconds so far. Called by one thread. */
  static long nanos() {
    try {
      int failed = (int) GET_TIME.invokeExact(CLOCK, TIME);
      if (failed != 0) {
        throw new IllegalStateException("clock_gettime failed");
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    return TIME.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000 + TIME.get(ValueLayout.JAVA_LONG, 8);
  }
}
