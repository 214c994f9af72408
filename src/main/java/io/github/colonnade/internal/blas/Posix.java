package io.github.colonnade.internal.blas;

import static io.github.colonnade.internal.memory.ForeignCall.INT;
import static io.github.colonnade.internal.memory.ForeignCall.POINTER;

import io.github.colonnade.internal.memory.ForeignCall;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;

/** The few functions of the C library that Java has no counterpart for; not for Windows. */
final class Posix {
  private static final int RTLD_LAZY = 1; // the same on Linux and macOS

  private Posix() {}

  /** The environment as C sees it, which System.getenv copied once and does not follow. */
  static String getenv(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return ForeignCall.string(
          call("getenv", FunctionDescriptor.of(POINTER, POINTER), arena.allocateFrom(name)));
    }
  }

  static void setenv(String name, String value) {
    try (Arena arena = Arena.ofConfined()) {
      call(
          "setenv",
          FunctionDescriptor.of(INT, POINTER, POINTER, INT),
          arena.allocateFrom(name),
          arena.allocateFrom(value),
          1);
    }
  }

  static void unsetenv(String name) {
    try (Arena arena = Arena.ofConfined()) {
      call("unsetenv", FunctionDescriptor.of(INT, POINTER), arena.allocateFrom(name));
    }
  }

  static int effectiveUserId() {
    return (int) call("geteuid", FunctionDescriptor.of(INT));
  }

  /** Opens a library again, only to get the dynamic linker's message on why that fails. */
  static String whyNotOpened(String library) {
    // Looked up beforehand: a lookup between the two calls would clear the error.
    MemorySegment dlopen = ForeignCall.find("dlopen");
    MemorySegment dlerror = ForeignCall.find("dlerror");
    FunctionDescriptor noArguments = FunctionDescriptor.of(POINTER);
    try (Arena arena = Arena.ofConfined()) {
      ForeignCall.call(dlerror, noArguments); // Clears older errors, and links the call.
      Object handle =
          ForeignCall.call(
              dlopen,
              FunctionDescriptor.of(POINTER, POINTER, INT),
              arena.allocateFrom(library),
              RTLD_LAZY);
      String reason = ForeignCall.string(ForeignCall.call(dlerror, noArguments));
      if (((MemorySegment) handle).address() != 0) {
        call("dlclose", FunctionDescriptor.of(INT, POINTER), handle);
        return "opened at the second try only";
      }
      return reason.isEmpty() ? "the dynamic linker gives no reason" : reason;
    }
  }

  /** The file that a symbol was loaded from. */
  static Optional<Path> fileOf(MemorySegment symbol) {
    try (Arena arena = Arena.ofConfined()) {
      // struct Dl_info { const char *dli_fname; void *dli_fbase; const char *dli_sname; void
      // *dli_saddr; }
      AddressLayout pointer = ValueLayout.ADDRESS;
      MemorySegment info = arena.allocate(pointer, 4);
      Object found = call("dladdr", FunctionDescriptor.of(INT, POINTER, POINTER), symbol, info);
      String name = (int) found == 0 ? "" : ForeignCall.string(info.get(pointer, 0));
      return name.isEmpty() ? Optional.empty() : Optional.of(Path.of(name));
    }
  }

  private static Object call(String function, FunctionDescriptor descriptor, Object... arguments) {
    return ForeignCall.call(ForeignCall.find(function), descriptor, arguments);
  }
}
