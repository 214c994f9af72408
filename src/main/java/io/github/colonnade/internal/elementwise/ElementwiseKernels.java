package io.github.colonnade.internal.elementwise;

import io.github.colonnade.internal.memory.ElementType;

/** Loops over runs and rows of elements, in both types. Positions and counts are in elements. */
interface ElementwiseKernels {
  /** Returns the kernels of a type. */
  static ElementwiseKernels of(ElementType type) {
    return type == ElementType.F64
        ? F64ElementwiseKernels.INSTANCE
        : F32ElementwiseKernels.INSTANCE;
  }

  /** Combines a run: each product and each sum is rounded to the type. */
  void combine(Combine task, long from, long count);
}
