package io.github.colonnade.internal.conv.lowering;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Lowers images segment by segment: a line is copied to the heap, with zeros where it is padded,
 * and split into phases, of which every tap is a contiguous part. The single-precision twin is
 * derived from this file by the build.
 */
final class F64SegmentLowering extends SegmentWalk<F64LineArrays> {

  /**
   * Makes a walk.
   *
   * @param pixels the most output pixels at a time
   */
  F64SegmentLowering(ConvGeometry geometry, long pixels) {
    super(geometry, pixels);
  }

  @Override
  public long heapBytes() {
    int line = linePixels(mostPixels);
    return (line + (long) stride * phasePixels(line, 0)) * Double.BYTES;
  }

  @Override
  F64LineArrays take() {
    F64LineArrays arrays = F64LineArrays.take();
    int line = linePixels(mostPixels);
    arrays.reserve(line, 0, 0);
    arrays.reservePhases(stride, phasePixels(line, 0));
    return arrays;
  }

  @Override
  void give(F64LineArrays arrays) {
    arrays.give();
  }

  @Override
  void segment(
      F64LineArrays arrays,
      MemorySegment image,
      long first,
      int pixels,
      int from,
      int to,
      int count,
      int kwFrom,
      int kwTo,
      MemorySegment columns,
      long index,
      long rowStride) {
    if (from == to) {
      for (int kw = kwFrom; kw < kwTo; kw++) {
        Elements.zero(ElementType.F64, columns, index + (kw - kwFrom) * rowStride, count);
      }
      return;
    }
    Arrays.fill(arrays.lines, 0, from, 0);
    MemorySegment.copy(
        image, JAVA_DOUBLE, (first + from) * Double.BYTES, arrays.lines, from, to - from);
    Arrays.fill(arrays.lines, to, pixels, 0);
    for (int kw = kwFrom; kw < Math.min(kwTo, kwFrom + stride); kw++) {
      int phase = phase(kw);
      F64LinePhases.gather(
          arrays.lines,
          phase,
          0,
          stride,
          arrays.phases[phase],
          0,
          0,
          1,
          phasePixels(pixels, phase));
    }
    for (int kw = kwFrom; kw < kwTo; kw++) {
      long offset = (index + (kw - kwFrom) * rowStride) * Double.BYTES;
      double[] phase = arrays.phases[phase(kw)];
      MemorySegment.copy(phase, shift(kw), columns, JAVA_DOUBLE, offset, count);
    }
  }
}
