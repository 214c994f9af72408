package io.github.colonnade.internal.pool;

import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * Pooling some output rows at a time, in both types. Rows are counted through all planes: row
 * {@code r} is row {@code r mod OH} of plane {@code r / OH}.
 */
interface PoolKernels {
  /** Returns the kernels of a type. */
  static PoolKernels of(ElementType type) {
    return type == ElementType.F64 ? F64PoolKernels.INSTANCE : F32PoolKernels.INSTANCE;
  }

  /** Writes the maxima of some rows, and where they lie unless {@code indices} is null. */
  void maxForward(
      PoolGeometry geometry,
      long from,
      long to,
      MemorySegment input,
      MemorySegment output,
      MemorySegment indices);

  /** Adds the gradients of some rows to where their maxima lie. */
  void maxBackward(
      PoolGeometry geometry,
      long from,
      long to,
      MemorySegment input,
      MemorySegment gradOutput,
      MemorySegment gradInput);

  /** Adds the gradients of some planes to the places that indices name; below 0 is none. */
  void scatterAdd(
      PoolGeometry geometry,
      long from,
      long to,
      MemorySegment indices,
      MemorySegment gradOutput,
      MemorySegment gradInput);

  /** Writes the averages of some rows. */
  void averageForward(
      PoolGeometry geometry,
      AverageRule rule,
      long from,
      long to,
      MemorySegment input,
      MemorySegment output);

  /** Adds their shares of the gradients of some rows to every pixel of their windows. */
  void averageBackward(
      PoolGeometry geometry,
      AverageRule rule,
      long from,
      long to,
      MemorySegment gradOutput,
      MemorySegment gradInput);
}
