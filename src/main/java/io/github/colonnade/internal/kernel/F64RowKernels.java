package io.github.colonnade.internal.kernel;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;

/** Portable loops; the single-precision twin is derived from this file by the build. */
final class F64RowKernels implements RowKernels {
  static final RowKernels INSTANCE = new F64RowKernels();

  private F64RowKernels() {}

  @Override
  public void add(
      MemorySegment source,
      long sourceIndex,
      long sourceStride,
      MemorySegment target,
      long targetIndex,
      long targetStride,
      long count) {
    for (long i = 0; i < count; i++) {
      long to = targetIndex + i * targetStride;
      double sum =
          target.getAtIndex(JAVA_DOUBLE, to)
              + source.getAtIndex(JAVA_DOUBLE, sourceIndex + i * sourceStride);
      target.setAtIndex(JAVA_DOUBLE, to, sum);
    }
  }
}
