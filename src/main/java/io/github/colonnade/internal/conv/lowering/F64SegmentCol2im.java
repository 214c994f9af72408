package io.github.colonnade.internal.conv.lowering;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.ConvGeometry;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Adds columns to images segment by segment: every tap to its phase of a line on the heap, then the
 * line to the image. The single-precision twin is derived from this file by the build.
 */
final class F64SegmentCol2im extends SegmentWalk<F64LineArrays> {

  /**
   * Makes a walk.
   *
   * @param pixels the most output pixels at a time
   */
  F64SegmentCol2im(ConvGeometry geometry, long pixels) {
    super(geometry, pixels);
  }

  @Override
  public long heapBytes() {
    int line = linePixels(mostPixels);
    return (2L * line + (long) stride * phasePixels(line, 0)) * Double.BYTES;
  }

  @Override
  F64LineArrays take() {
    F64LineArrays arrays = F64LineArrays.take();
    int line = linePixels(mostPixels);
    arrays.reserve(line, 0, line);
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
      return;
    }
    for (int phase = 0; phase < stride; phase++) {
      Arrays.fill(arrays.phases[phase], 0, phasePixels(pixels, phase), 0);
    }
    for (int kw = kwFrom; kw < kwTo; kw++) {
      long offset = (index + (kw - kwFrom) * rowStride) * Double.BYTES;
      int at = shift(kw);
      // To where they are added: C2 makes vectors of no other sums.
      MemorySegment.copy(columns, JAVA_DOUBLE, offset, arrays.spare, at, count);
      F64LinePhases.add(arrays.spare, arrays.phases[phase(kw)], at, at + count);
    }
    for (int phase = 0; phase < stride; phase++) {
      F64LinePhases.scatter(
          arrays.phases[phase],
          0,
          0,
          1,
          phasePixels(pixels, phase),
          arrays.lines,
          phase,
          0,
          stride);
    }
    long offset = (first + from) * Double.BYTES;
    MemorySegment.copy(image, JAVA_DOUBLE, offset, arrays.spare, from, to - from);
    F64LinePhases.add(arrays.lines, arrays.spare, from, to);
    MemorySegment.copy(arrays.spare, from, image, JAVA_DOUBLE, offset, to - from);
  }
}
