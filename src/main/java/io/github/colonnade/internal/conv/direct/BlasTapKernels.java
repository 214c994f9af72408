package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/**
 * Direct convolution by OpenBLAS, since C2 makes no vectors of loops whose shifts it does not know.
 * Few channels are added row by row; for more of them the shifted rows are copied side by side,
 * each in one piece, and multiplied at once.
 */
final class BlasTapKernels implements TapKernels {
  static final TapKernels F64 = new BlasTapKernels(ElementType.F64);
  static final TapKernels F32 = new BlasTapKernels(ElementType.F32);

  /** Below, copying the rows costs more than multiplying them at once gains. */
  private static final int LEAST_OUTS = 4;

  /** A multiply narrower than this is not worth its overhead. */
  private static final long LEAST_WIDTH = 16;

  private final ElementType type;

  private BlasTapKernels(ElementType type) {
    this.type = type;
  }

  @Override
  public boolean usesScratch() {
    return true;
  }

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
      long count,
      long scratch,
      long scratchElements) {
    long width = width(outs, taps, scratchElements, count);
    if (width == 0) {
      for (int j = 0; j < outs; j++) {
        for (int t = 0; t < taps; t++) {
          double weight = Elements.get(type, memory, weights + (long) j * taps + t);
          long to = target + j * targetStride;
          Gemm.addScaled(type, count, weight, memory, source + offsets[t], memory, to);
        }
      }
      return;
    }
    for (long from = 0; from < count; from += width) {
      long n = Math.min(width, count - from);
      lower(memory, offsets, taps, source + from, n, scratch);
      Gemm.multiplyInParts(
          type,
          Transpose.NO,
          outs,
          n,
          taps,
          memory,
          weights,
          taps,
          memory,
          scratch,
          n,
          1,
          memory,
          target + from,
          targetStride);
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
      long sums,
      long scratch,
      long scratchElements) {
    long width = width(outs, taps, scratchElements, count);
    if (width == 0) {
      for (int t = 0; t < taps; t++) {
        long x = source + offsets[t];
        multiply(memory, gradient, gradientStride, outs, x, count, 1, count, 0, sums + t, taps);
      }
      return;
    }
    for (long from = 0; from < count; from += width) {
      long n = Math.min(width, count - from);
      lower(memory, offsets, taps, source + from, n, scratch);
      double beta = from == 0 ? 0 : 1;
      long g = gradient + from;
      multiply(memory, g, gradientStride, outs, scratch, n, taps, n, beta, sums, taps);
    }
  }

  /** Returns how many columns to lower at once, or 0 for none. */
  private static long width(int outs, int taps, long scratchElements, long count) {
    long width = Math.min(scratchElements / taps, count);
    return outs < LEAST_OUTS || width < LEAST_WIDTH ? 0 : width;
  }

  private void lower(
      MemorySegment memory, int[] offsets, int taps, long source, long count, long scratch) {
    for (int t = 0; t < taps; t++) {
      Elements.copy(type, memory, source + offsets[t], memory, scratch + t * count, count);
    }
  }

  /** Multiplies gradients with the rows of {@code b}, transposed. */
  private void multiply(
      MemorySegment memory,
      long gradient,
      long gradientStride,
      int outs,
      long b,
      long stride,
      int rows,
      long count,
      double beta,
      long sums,
      int taps) {
    Gemm.multiply(
        type,
        Transpose.NO,
        Transpose.YES,
        outs,
        rows,
        count,
        1,
        memory,
        gradient,
        gradientStride,
        memory,
        b,
        stride,
        beta,
        memory,
        sums,
        taps);
  }
}
