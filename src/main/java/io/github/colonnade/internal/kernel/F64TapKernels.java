package io.github.colonnade.internal.kernel;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.blas.ElementType;
import io.github.colonnade.internal.blas.Gemm;
import java.lang.foreign.MemorySegment;

/**
 * Direct convolution without the Vector API: OpenBLAS adds the rows, since C2 makes no vectors of
 * loops whose shifts it does not know. The single-precision twin is derived from this file by the
 * build.
 */
final class F64TapKernels implements TapKernels {
  static final TapKernels INSTANCE = new F64TapKernels();

  private F64TapKernels() {}

  @Override
  public void convolve(
      MemorySegment memory,
      long weights,
      int[] offsets,
      int taps,
      long source,
      long target,
      long targetStride,
      int outs,
      long count) {
    for (int j = 0; j < outs; j++) {
      for (int t = 0; t < taps; t++) {
        double weight = memory.getAtIndex(JAVA_DOUBLE, weights + (long) j * taps + t);
        Gemm.addScaled(
            ElementType.F64,
            count,
            weight,
            memory,
            source + offsets[t],
            memory,
            target + j * targetStride);
      }
    }
  }

  @Override
  public void correlate(
      MemorySegment memory,
      long gradient,
      long gradientStride,
      int outs,
      int[] offsets,
      int taps,
      long source,
      long count,
      long sums) {
    for (int j = 0; j < outs; j++) {
      for (int t = 0; t < taps; t++) {
        double sum = dot(memory, gradient + j * gradientStride, source + offsets[t], count);
        memory.setAtIndex(JAVA_DOUBLE, sums + (long) j * taps + t, sum);
      }
    }
  }

  private static double dot(MemorySegment memory, long a, long b, long count) {
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    long i = 0;
    for (; i + 3 < count; i += 4) {
      sum0 += product(memory, a + i, b + i);
      sum1 += product(memory, a + i + 1, b + i + 1);
      sum2 += product(memory, a + i + 2, b + i + 2);
      sum3 += product(memory, a + i + 3, b + i + 3);
    }
    for (; i < count; i++) {
      sum0 += product(memory, a + i, b + i);
    }
    return (sum0 + sum1) + (sum2 + sum3);
  }

  private static double product(MemorySegment memory, long a, long b) {
    return memory.getAtIndex(JAVA_DOUBLE, a) * memory.getAtIndex(JAVA_DOUBLE, b);
  }
}
