package io.github.colonnade;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Scratch memory owned by the caller, for calls that must not use the library's own pool. It serves
 * one call at a time.
 */
public final class Workspace {
  private final MemorySegment segment;
  private final AtomicBoolean busy = new AtomicBoolean();

  private Workspace(MemorySegment segment) {
    this.segment = segment;
  }

  /**
   * Allocates scratch memory.
   *
   * @param arena owner of the memory
   * @param bytes size, such as a plan's {@code workspaceBytes()}: enough for all threads that the
   *     plan allows
   * @return the workspace
   * @throws IllegalArgumentException if {@code bytes} is negative, or the arena is the caller's own
   *     class and gives memory that is too short, misaligned, on the heap or read-only
   */
  public static Workspace allocate(Arena arena, long bytes) {
    Objects.requireNonNull(arena, "arena");
    if (bytes < 0) {
      throw new IllegalArgumentException("workspace: " + bytes + " bytes, must not be negative");
    }
    return new Workspace(Operands.allocate("workspace", arena, bytes));
  }

  /** {@return the size in bytes} */
  public long byteSize() {
    return segment.byteSize();
  }

  /** {@return whether the scratch memory and {@code other} share a byte} */
  boolean overlaps(MemorySegment other) {
    return other.byteSize() > 0
        && segment.byteSize() > 0
        && segment.asOverlappingSlice(other).isPresent();
  }

  /** Takes the memory for one call, which gives it back with {@link #release}. */
  MemorySegment acquire(long bytes) {
    Operands.requireUsable("workspace", segment);
    if (segment.byteSize() < bytes) {
      throw new IllegalArgumentException(
          "workspace: is " + segment.byteSize() + " bytes, the plan needs " + bytes);
    }
    if (!busy.compareAndSet(false, true)) {
      throw new IllegalStateException("workspace: is in use by another call");
    }
    return segment;
  }

  void release() {
    busy.set(false);
  }

  /** Returns such as {@code Workspace[1327104 bytes]}. */
  @Override
  public String toString() {
    return "Workspace[" + byteSize() + " bytes]";
  }
}
