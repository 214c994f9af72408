package io.github.colonnade.internal.pool;

import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * Pooling some blocks of windows at a time, in both types: all blocks of some planes where
 * gradients are added up.
 */
interface BlockKernels {
  /** Returns the kernels of a type. */
  static BlockKernels of(ElementType type) {
    return type == ElementType.F64 ? F64BlockKernels.INSTANCE : F32BlockKernels.INSTANCE;
  }

  /** Writes the maxima of some blocks, and where they lie unless {@code indices} is null. */
  void maxForward(
      WindowBlocks blocks,
      long from,
      long to,
      MemorySegment input,
      MemorySegment output,
      MemorySegment indices);

  /** Writes the gradients of some groups of planes, zeros where no maximum lies. */
  void maxBackward(
      WindowBlocks blocks,
      long from,
      long to,
      MemorySegment input,
      MemorySegment gradOutput,
      MemorySegment gradInput);

  /** Writes the averages of some blocks. */
  void averageForward(
      WindowBlocks blocks,
      AverageRule rule,
      long from,
      long to,
      MemorySegment input,
      MemorySegment output);

  /** Writes the gradients of some groups of planes: the sums of the shares of all windows. */
  void averageBackward(
      WindowBlocks blocks,
      AverageRule rule,
      long from,
      long to,
      MemorySegment gradOutput,
      MemorySegment gradInput);
}
