package io.github.colonnade;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Scratch memory of the caller's, for calls that must not draw on the library's own pool. It serves
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
   * @param bytes size, such as a plan's {@code workspaceBytes()}
   * @return the workspace
   * @throws IllegalArgumentException if {@code bytes} is negative
   */
  public static Workspace allocate(Arena arena, long bytes) {
    Objects.requireNonNull(arena, "arena");
    if (bytes < 0) {
      throw new IllegalArgumentException("workspace: " + bytes + " bytes, must not be negative");
    }
    return new Workspace(arena.allocate(bytes, 64));
  }

  /** {@return the size in bytes} */
  public long byteSize() {
    return segment.byteSize();
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
}
