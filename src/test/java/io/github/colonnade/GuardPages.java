package io.github.colonnade;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An arena whose every allocation lies directly before, or directly behind, a page that nobody may
 * touch. For 64-bit Linux.
 */
final class GuardPages implements Arena {
  private static final int PROT_NONE = 0;
  private static final int PROT_READ_AND_WRITE = 3;
  private static final int MAP_PRIVATE_AND_ANONYMOUS = 0x22;
  private static final int SC_PAGESIZE = 30;

  private final Arena owner = Arena.ofShared();
  private final boolean behind;
  private final long pageBytes;

  private GuardPages(boolean behind) {
    this.behind = behind;
    FunctionDescriptor sysconf = FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
    pageBytes = (long) call("sysconf", sysconf, SC_PAGESIZE);
  }

  /** Memory that ends where the forbidden page begins; aligned to no more than its elements. */
  static GuardPages behind() {
    return new GuardPages(true);
  }

  /** Memory that begins where the forbidden page ends. */
  static GuardPages before() {
    return new GuardPages(false);
  }

  @Override
  @SuppressWarnings("restricted") // reinterprets what mmap has mapped, no more
  public MemorySegment allocate(long byteSize, long byteAlignment) {
    long inner = Math.ceilDiv(byteSize, pageBytes) * pageBytes;
    long outer = inner + 2 * pageBytes;
    ValueLayout pointer = ValueLayout.ADDRESS;
    ValueLayout integer = ValueLayout.JAVA_INT;
    ValueLayout size = ValueLayout.JAVA_LONG;
    MemorySegment mapped =
        (MemorySegment)
            call(
                "mmap",
                FunctionDescriptor.of(pointer, pointer, size, integer, integer, integer, size),
                MemorySegment.NULL,
                outer,
                PROT_NONE,
                MAP_PRIVATE_AND_ANONYMOUS,
                -1,
                0L);
    if (mapped.address() == -1) {
      throw new OutOfMemoryError("mmap");
    }
    long first = mapped.address() + pageBytes;
    if (inner > 0) {
      int failed =
          (int)
              call(
                  "mprotect",
                  FunctionDescriptor.of(integer, pointer, size, integer),
                  MemorySegment.ofAddress(first),
                  inner,
                  PROT_READ_AND_WRITE);
      if (failed != 0) {
        throw new AssertionError("mprotect");
      }
    }
    MemorySegment start = MemorySegment.ofAddress(behind ? first + inner - byteSize : first);
    return start.reinterpret(
        byteSize,
        owner,
        segment -> call("munmap", FunctionDescriptor.of(integer, pointer, size), mapped, outer));
  }

  @Override
  public MemorySegment.Scope scope() {
    return owner.scope();
  }

  @Override
  public void close() {
    owner.close();
  }

  @SuppressWarnings("restricted") // the signatures are those of POSIX on 64-bit Linux
  private static Object call(String name, FunctionDescriptor descriptor, Object... arguments) {
    Linker linker = Linker.nativeLinker();
    try {
      return linker
          .downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor)
          .invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
