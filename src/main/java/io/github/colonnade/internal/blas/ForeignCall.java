package io.github.colonnade.internal.blas;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Calls to native functions that are made only a few times, while a library is checked. */
final class ForeignCall {
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  static final ValueLayout POINTER = ValueLayout.ADDRESS;

  private ForeignCall() {}

  /**
   * Calls {@code function}, whose C signature {@code descriptor} must be.
   *
   * @return what it returns, or {@code null} from a void function
   */
  // Restricted because a wrong descriptor corrupts memory: each caller states a C signature that
  // OpenBLAS or POSIX has published.
  @SuppressWarnings("restricted")
  static Object call(MemorySegment function, FunctionDescriptor descriptor, Object... arguments) {
    try {
      return Linker.nativeLinker()
          .downcallHandle(function, descriptor)
          .invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a native function threw", e);
    }
  }

  /** Copies a C string; null gives the empty string. */
  // Restricted because the length is not known: C strings end at their first zero.
  @SuppressWarnings("restricted")
  static String string(Object pointer) {
    MemorySegment address = (MemorySegment) pointer;
    return address.address() == 0 ? "" : address.reinterpret(Long.MAX_VALUE).getString(0);
  }
}
