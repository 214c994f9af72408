package io.github.colonnade.internal.blas;

import static io.github.colonnade.internal.memory.ForeignCall.INT;
import static io.github.colonnade.internal.memory.ForeignCall.POINTER;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.memory.ForeignCall;
import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/** The few functions of the C library that Java has no counterpart for; not for Windows. */
final class Posix {
  private static final int LINUX_RTLD_NOW = 2;
  private static final int LINUX_RTLD_DEEPBIND = 8;
  private static final int MACOS_RTLD_NOW = 2;
  private static final int MACOS_RTLD_LOCAL = 4;
  private static final int MACOS_RTLD_FIRST = 0x100;
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_EXEC = 0x10;
  private static final long PROCESSOR_SET_BYTES = 1024; // 8,192 processors, Linux's limit

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

  /**
   * Opens a library: its names are its own, and its calls are bound within it and what it needs.
   *
   * @throws UnusableLibraryException with the dynamic linker's reason
   */
  static MemorySegment open(String library, boolean linux) throws UnusableLibraryException {
    // Looked up beforehand: a lookup between the two calls would clear the error.
    MethodHandle dlopen =
        ForeignCall.link(
            ForeignCall.find("dlopen"), FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
    MethodHandle dlerror =
        ForeignCall.link(ForeignCall.find("dlerror"), FunctionDescriptor.of(ADDRESS));
    int mode =
        linux
            ? LINUX_RTLD_NOW | LINUX_RTLD_DEEPBIND
            : MACOS_RTLD_NOW | MACOS_RTLD_LOCAL | MACOS_RTLD_FIRST;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(library);
      MemorySegment handle = (MemorySegment) dlopen.invokeExact(name, mode);
      if (handle.address() != 0) {
        return handle;
      }
      String reason = ForeignCall.string((MemorySegment) dlerror.invokeExact());
      throw new UnusableLibraryException(
          reason.isEmpty() ? "the dynamic linker gives no reason" : reason);
    } catch (UnusableLibraryException e) {
      throw e;
    } catch (Throwable e) {
      throw ForeignCall.unexpected(e);
    }
  }

  /** Closes what {@link #open} opened. */
  static void close(MemorySegment library) {
    call("dlclose", FunctionDescriptor.of(INT, POINTER), library);
  }

  /** Finds a symbol in an open library, or in those that it needs. */
  static Optional<MemorySegment> symbol(MemorySegment library, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment found =
          (MemorySegment)
              call(
                  "dlsym",
                  FunctionDescriptor.of(POINTER, POINTER, POINTER),
                  library,
                  arena.allocateFrom(name));
      return found.address() == 0 ? Optional.empty() : Optional.of(found);
    }
  }

  /**
   * Makes a file in memory. Linux only.
   *
   * @return its descriptor
   * @throws IOException where the system makes none
   */
  static int createMemoryFile(String name) throws IOException {
    MemorySegment create =
        Linker.nativeLinker()
            .defaultLookup()
            .find("memfd_create")
            .orElseThrow(() -> new IOException("the C library has no memfd_create"));
    try (Arena arena = Arena.ofConfined()) {
      FunctionDescriptor type = FunctionDescriptor.of(INT, POINTER, INT);
      MemorySegment text = arena.allocateFrom(name);
      int descriptor = (int) ForeignCall.call(create, type, text, MFD_CLOEXEC | MFD_EXEC);
      if (descriptor < 0) {
        // Before Linux 6.3, where every such file could be executed, the flag was unknown.
        descriptor = (int) ForeignCall.call(create, type, text, MFD_CLOEXEC);
      }
      if (descriptor < 0) {
        throw new IOException("the system makes no files in memory (memfd_create failed)");
      }
      return descriptor;
    }
  }

  static void closeDescriptor(int descriptor) {
    call("close", FunctionDescriptor.of(INT, INT), descriptor);
  }

  /**
   * Confines the calling thread to one of the processors that it may use; without effect where that
   * is not allowed. Linux only.
   */
  static void useOneProcessor() {
    FunctionDescriptor type = FunctionDescriptor.of(INT, INT, JAVA_LONG, POINTER);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment set = arena.allocate(PROCESSOR_SET_BYTES, Long.BYTES);
      if ((int) call("sched_getaffinity", type, 0, set.byteSize(), set) != 0) {
        return;
      }
      boolean found = false;
      for (long at = 0; at < set.byteSize(); at += Long.BYTES) {
        long processors = set.get(JAVA_LONG, at);
        set.set(JAVA_LONG, at, found ? 0 : Long.lowestOneBit(processors));
        found |= processors != 0;
      }
      call("sched_setaffinity", type, 0, set.byteSize(), set);
    }
  }

  /** The file that a symbol was loaded from. */
  static Optional<Path> fileOf(MemorySegment symbol) {
    Optional<MemorySegment> dladdr = Linker.nativeLinker().defaultLookup().find("dladdr");
    if (dladdr.isEmpty()) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      // struct Dl_info { const char *dli_fname; void *dli_fbase; const char *dli_sname; void
      // *dli_saddr; }
      AddressLayout pointer = ValueLayout.ADDRESS;
      MemorySegment info = arena.allocate(pointer, 4);
      Object found =
          ForeignCall.call(
              dladdr.get(), FunctionDescriptor.of(INT, POINTER, POINTER), symbol, info);
      String name = (int) found == 0 ? "" : ForeignCall.string(info.get(pointer, 0));
      return name.isEmpty() ? Optional.empty() : Optional.of(Path.of(name));
    }
  }

  private static Object call(String function, FunctionDescriptor descriptor, Object... arguments) {
    return ForeignCall.call(ForeignCall.find(function), descriptor, arguments);
  }
}
