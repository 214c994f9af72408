package io.github.colonnade.internal.conv;

import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * One pass of a convolution with algorithm and tiles decided, waiting for operands.
 *
 * @param tiling how the work is cut
 * @param operation makes a call's task
 * @param preparation lays out weights once, for many calls; null where a pass reads them as they
 *     are, or reads none
 */
public record PassPlan(Tiling tiling, Operation operation, Preparation preparation) {
  /** Plans a pass that reads weights as they are. */
  public PassPlan(Tiling tiling, Operation operation) {
    this(tiling, operation, null);
  }

  /** Makes the task of one call with weights that were prepared for this pass. */
  public TileTask task(
      MemorySegment first, PreparedOperand weight, MemorySegment bias, MemorySegment result) {
    return preparation == null
        ? operation.task(first, weight.plain(), bias, result)
        : preparation.task(first, weight, bias, result);
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

  /** How weights are laid out once, for many calls. */
  public interface Preparation {
    /** Returns the bytes of what is laid out; 0 if it only helps to know the weights. */
    long bytes();

    /**
     * Makes the task that lays them out, in the memory that it is given as its workspace.
     *
     * @param weight as the pass reads it. Not modified.
     */
    TileTask layOut(MemorySegment weight);

    /**
     * Takes the operands of one call, as {@link Operation#task} does; the bits are the same.
     *
     * @param weight what was laid out. Not modified.
     */
    TileTask task(
        MemorySegment first, PreparedOperand weight, MemorySegment bias, MemorySegment result);
  }
}
