package io.github.colonnade.internal.kernel;

import io.github.colonnade.internal.blas.ElementType;
import java.lang.foreign.MemorySegment;

/** Arithmetic on runs of elements, in both types. Positions, counts and strides are in elements. */
interface RowKernels {
  /** Neighbours from which on copying them to arrays and back pays. */
  long LONG_RUN = 32;

  /** Returns the kernels of a type. */
  static RowKernels of(ElementType type) {
    return type == ElementType.F64 ? F64RowKernels.INSTANCE : F32RowKernels.INSTANCE;
  }

  /** Adds a run to another: {@code target[i] += source[i]}. */
  void add(
      MemorySegment source,
      long sourceIndex,
      long sourceStride,
      MemorySegment target,
      long targetIndex,
      long targetStride,
      long count);
}
