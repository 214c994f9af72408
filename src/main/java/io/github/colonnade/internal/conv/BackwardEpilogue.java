package io.github.colonnade.internal.conv;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The gradient with respect to the sums that an {@link Epilogue} completed, from what it made of
 * them. One tile is a run of elements.
 *
 * @param epilogue what was done to the sums
 * @param type element type
 * @param elements elements of each operand
 * @param result what became of the sums. Not modified.
 * @param gradient with respect to that. Not modified, unless it is the target.
 * @param target receives the gradient with respect to the sums. Overwritten.
 */
public record BackwardEpilogue(
    Epilogue epilogue,
    ElementType type,
    long elements,
    MemorySegment result,
    MemorySegment gradient,
    MemorySegment target)
    implements TileTask {
  /** Some twenty microseconds' work, worth waking a thread for. */
  private static final long RUN = 1 << 14;

  @Override
  public long tileCount() {
    return Math.ceilDiv(elements, RUN);
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long from = tile * RUN;
    epilogue.backward(type, result, gradient, target, from, Math.min(RUN, elements - from));
  }
}
