package io.github.colonnade.internal.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory that is a file. Whoever cuts the file short takes its pages away: Java code that touches
 * one then gets an {@link InternalError}, native code ends the JVM.
 */
public final class Mapped {
  /** Marks views as mapped by their scope. Never closed. */
  private static final Arena VIEWS = Arena.ofShared();

  private Mapped() {}

  /** Returns whether a segment is mapped from a file, a slice of one, or a {@link #view} of one. */
  public static boolean is(MemorySegment segment) {
    return segment.isMapped() || segment.scope().equals(VIEWS.scope());
  }

  /** Returns a view of a mapped segment that has no owner. */
  public static MemorySegment view(MemorySegment segment) {
    return ForeignCall.reinterpret(
        MemorySegment.ofAddress(segment.address()), segment.byteSize(), VIEWS);
  }
}
