package io.github.colonnade.internal.kernel;

import io.github.colonnade.internal.blas.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * Pooling one output row at a time, in both types. Rows are counted through all planes: row {@code
 * r} is row {@code r mod OH} of plane {@code r / OH}.
 */
interface PoolKernels {
  /** Returns the kernels of a type. */
  static PoolKernels of(ElementType type) {
    return type == ElementType.F64 ? F64PoolKernels.INSTANCE : F32PoolKernels.INSTANCE;
  }

  /** Writes the maxima of one row, and where they lie unless {@code indices} is null. */
  void maxForward(
      PoolGeometry geometry,
      long row,
      MemorySegment input,
      MemorySegment output,
      MemorySegment indices);

  /** Adds the gradients of one row to where its maxima lie. */
  void maxBackward(
      PoolGeometry geometry,
      long row,
      MemorySegment input,
      MemorySegment gradOutput,
      MemorySegment gradInput);

  /** Adds the gradients of one output plane to the places that indices name; below 0 is none. */
  void scatterAdd(
      PoolGeometry geometry,
      long plane,
      MemorySegment indices,
      MemorySegment gradOutput,
      MemorySegment gradInput);

  /** Writes the averages of one row. */
  void averageForward(
      PoolGeometry geometry, AverageRule rule, long row, MemorySegment input, MemorySegment output);

  /** Adds its share of the gradients of one row to every pixel of their windows. */
  void averageBackward(
      PoolGeometry geometry,
      AverageRule rule,
      long row,
      MemorySegment gradOutput,
      MemorySegment gradInput);
}
