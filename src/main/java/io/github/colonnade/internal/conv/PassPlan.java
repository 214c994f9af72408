package io.github.colonnade.internal.conv;

import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * One pass of a convolution with algorithm and tiles decided, waiting for operands.
 *
 * @param tiling how the work is cut
 * @param operation makes a call's task
 */
public record PassPlan(Tiling tiling, Operation operation) {

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
