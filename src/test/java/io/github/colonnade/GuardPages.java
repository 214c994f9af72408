package io.github.colonnade;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * An arena whose every allocation lies between two pages that nobody may touch: against the one
 * behind it, against the one before it, or at an odd distance from that. What is left of its own
 * pages is watched for stray writes. For 64-bit Linux.
 */
final class GuardPages implements Arena {
  private static final int PROT_NONE = 0;
  private static final int PROT_READ_AND_WRITE = 3;
  private static final int MAP_PRIVATE_AND_ANONYMOUS = 0x22;
  private static final int SC_PAGESIZE = 30;
  private static final byte CANARY = (byte) 0xA5;
  private static final long WIDEST_ELEMENT = 8;

  private static final MethodHandle MMAP =
      link("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
  private static final MethodHandle MPROTECT =
      link("mprotect", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle MUNMAP = link("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final long PAGE_BYTES = pageBytes();

  private final Arena owner = Arena.ofShared();
  private final Place place;
  private final SplittableRandom random;
  private final List<Allocation> allocations = new ArrayList<>();

  /** Where in its pages an allocation lies. */
  private enum Place {
    LAST,
    FIRST,
    ODD
  }

  /**
   * Memory in pages of its own.
   *
   * @param pages all that may be touched
   * @param offset where in them the memory begins
   */
  private record Allocation(MemorySegment pages, long offset, long bytes) {
    void requireCanaries() {
      long end = offset + bytes;
      for (long at = 0; at < pages.byteSize(); at = at == offset - 1 ? end : at + 1) {
        if ((at < offset || at >= end) && pages.get(JAVA_BYTE, at) != CANARY) {
          throw new AssertionError(
              bytes + " bytes: written " + (at < offset ? at - offset : at - end + 1) + " beside");
        }
      }
    }
  }

  private GuardPages(Place place, SplittableRandom random) {
    this.place = place;
    this.random = random;
  }

  /** Memory that ends where a forbidden page begins; aligned to no more than its elements. */
  static GuardPages behind() {
    return new GuardPages(Place.LAST, null);
  }

  /** Memory that begins where a forbidden page ends. */
  static GuardPages before() {
    return new GuardPages(Place.FIRST, null);
  }

  /** Memory that begins an odd number of elements after a forbidden page. */
  static GuardPages odd(SplittableRandom random) {
    return new GuardPages(Place.ODD, random);
  }

  @Override
  @SuppressWarnings("restricted") // reinterprets what mmap has mapped, no more
  public MemorySegment allocate(long byteSize, long byteAlignment) {
    long skipped =
        place == Place.ODD
            ? Math.min(WIDEST_ELEMENT, byteAlignment) * (2 * random.nextInt(16) + 1)
            : 0;
    long inner = Math.ceilDiv(byteSize + skipped, PAGE_BYTES) * PAGE_BYTES;
    long outer = inner + 2 * PAGE_BYTES;
    long mapped;
    try {
      mapped = (long) MMAP.invokeExact(0L, outer, PROT_NONE, MAP_PRIVATE_AND_ANONYMOUS, -1, 0L);
      if (mapped == -1) {
        throw new OutOfMemoryError("mmap");
      }
      if (inner > 0
          && (int) MPROTECT.invokeExact(mapped + PAGE_BYTES, inner, PROT_READ_AND_WRITE) != 0) {
        throw new AssertionError("mprotect");
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    MemorySegment pages =
        MemorySegment.ofAddress(mapped + PAGE_BYTES)
            .reinterpret(inner, owner, segment -> unmap(mapped, outer));
    long offset = place == Place.LAST ? inner - byteSize : skipped;
    pages.asSlice(0, offset).fill(CANARY);
    pages.asSlice(offset + byteSize).fill(CANARY);
    allocations.add(new Allocation(pages, offset, byteSize));
    return pages.asSlice(offset, byteSize);
  }

  private static void unmap(long address, long bytes) {
    try {
      if ((int) MUNMAP.invokeExact(address, bytes) != 0) {
        throw new AssertionError("munmap");
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public MemorySegment.Scope scope() {
    return owner.scope();
  }

  /** Frees all, of which nothing must have been written beside. */
  @Override
  public void close() {
    try {
      allocations.forEach(Allocation::requireCanaries);
    } finally {
      owner.close();
    }
  }

  private static long pageBytes() {
    try {
      return (long) link("sysconf", JAVA_LONG, JAVA_INT).invokeExact(SC_PAGESIZE);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings("restricted") // the signatures are those of POSIX on 64-bit Linux
  private static MethodHandle link(String name, MemoryLayout result, MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }
}
