package io.github.colonnade.internal.conv;

import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * One pass of a convolution with algorithm and tiles decided, waiting for operands.
 *
 * @param description how the work is cut, for people
 * @param tileCount tiles of the phase that has the most of those that need scratch memory
 * @param sharedBytes scratch bytes that all tiles share
 * @param workspaceBytes scratch bytes of one tile
 * @param operation makes a call's task
 */
public record PassPlan(
    String description,
    long tileCount,
    long sharedBytes,
    long workspaceBytes,
    Operation operation) {

  /** Plans what a shape describes. */
  public static PassPlan of(TaskShape shape, Operation operation) {
    return new PassPlan(
        shape.describe(),
        shape.tileCount(),
        shape.sharedBytes(),
        shape.workspaceBytes(),
        operation);
  }

  /** Makes the task of one call. */
  @FunctionalInterface
  public interface Operation {
    /**
     * Takes the operands of one call.
     *
     * @param first the input; the output's gradient where the input's is computed. Not modified.
     * @param second the weight; the output's gradient where the weight's is computed. Not modified.
     * @param bias what each sum of a channel starts from, or null for zero. Not modified.
     * @param result what the pass computes. Overwritten.
     */
    TileTask task(
        MemorySegment first, MemorySegment second, MemorySegment bias, MemorySegment result);
  }
}
