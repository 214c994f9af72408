package io.github.colonnade.internal.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Calls to native functions that are made only a few times: those of the C library, and those of a
 * library while it is checked.
 *
 * <p>Not to be used while a class is initialised: where native access is denied, the error would
 * reach the second caller as a NoClassDefFoundError that explains nothing.
 */
public final class ForeignCall {
  /** C's {@code int}. */
  public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

  /** Any pointer. */
  public static final ValueLayout POINTER = ValueLayout.ADDRESS;

  private ForeignCall() {}

  /** Finds a function of the C library. */
  public static MemorySegment find(String function) {
    return Linker.nativeLinker().defaultLookup().findOrThrow(function);
  }

  /** Makes a handle of {@code function}, whose C signature {@code descriptor} must be. */
  // Restricted because a wrong descriptor corrupts memory: each caller states a C signature that
  // OpenBLAS, POSIX or the C standard has published.
  @SuppressWarnings("restricted")
  public static MethodHandle link(
      MemorySegment function, FunctionDescriptor descriptor, Linker.Option... options) {
    try {
      return Linker.nativeLinker().downcallHandle(function, descriptor, options);
    } catch (IllegalCallerException e) {
      throw denied(e);
    }
  }

  /** Gives a segment other bounds, and no owner; the caller must know that to be right. */
  public static MemorySegment reinterpret(MemorySegment segment, long bytes) {
    return reinterpret(segment, bytes, Arena.global());
  }

  /** Gives a segment other bounds and another lifetime; the caller must know both to be right. */
  @SuppressWarnings("restricted") // as above
  public static MemorySegment reinterpret(MemorySegment segment, long bytes, Arena lifetime) {
    try {
      return segment.reinterpret(bytes, lifetime, /* cleanup= */ null);
    } catch (IllegalCallerException e) {
      throw denied(e);
    }
  }

  private static IllegalCallerException denied(IllegalCallerException reason) {
    String name = ForeignCall.class.getModule().getName();
    return new IllegalCallerException(
        "Colonnade calls native code, which this JVM denies: start Java with"
            + " --enable-native-access="
            + (name == null ? "ALL-UNNAMED" : name),
        reason);
  }

  /**
   * Calls {@code function}, whose C signature {@code descriptor} must be.
   *
   * @return what it returns, or {@code null} from a void function
   */
  public static Object call(
      MemorySegment function, FunctionDescriptor descriptor, Object... arguments) {
    try {
      return link(function, descriptor).invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Throws what the JVM threw, and returns an error for the rest, which no function throws. */
  public static AssertionError unexpected(Throwable thrown) {
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    }
    if (thrown instanceof Error error) {
      throw error;
    }
    return new AssertionError("a native function threw", thrown);
  }

  /** Copies a C string, up to its first zero; null gives the empty string. */
  public static String string(Object pointer) {
    MemorySegment address = (MemorySegment) pointer;
    return address.address() == 0 ? "" : reinterpret(address, Long.MAX_VALUE).getString(0);
  }
}
