package io.github.colonnade.internal.conv;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * An {@link Epilogue} as a pass of its own. One tile is a run of elements.
 *
 * @param epilogue what is done
 * @param type element type
 * @param elements elements of each operand
 * @param source what it is done to. Not modified, unless it is the target.
 * @param target receives the result. Overwritten.
 */
public record ForwardEpilogue(
    Epilogue epilogue, ElementType type, long elements, MemorySegment source, MemorySegment target)
    implements TileTask {
  /** Some twenty microseconds' work, worth waking a thread for. */
  private static final long RUN = 1 << 14;

  /** Elements that are copied and then completed, which stay in the first-level cache. */
  private static final long CHUNK = 1 << 11;

  @Override
  public long tileCount() {
    return Math.ceilDiv(elements, RUN);
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long end = Math.min(elements, (tile + 1) * RUN);
    for (long at = tile * RUN; at < end; at += CHUNK) {
      long count = Math.min(CHUNK, end - at);
      Elements.copy(type, source, at, target, at, count);
      epilogue.apply(type, target, at, count);
    }
  }
}
