package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/**
 * Lowers images where the stride is 1 and the output as wide as the input: a row of the column
 * matrix is then the plane shifted, one copy for each image and zeros over what wrapped around at
 * the border columns.
 */
final class PlaneLowering extends ChannelWalk {
  /**
   * Elements of the lines that are lowered through the heap: planes of 7² took 0.7 of the time so,
   * of 14² 0.4 to 1, of 28² 0.9 to 1; of 56² the second copy costs more than zeroing the border in
   * the columns.
   */
  private static final double MOST_ELEMENTS = 1 << 10;

  private final ElementType type;

  PlaneLowering(ConvGeometry geometry, ElementType type) {
    super(geometry);
    this.type = type;
  }

  /**
   * Returns whether lowering through the heap is faster: where there are border columns and the
   * lines are so few that they and the columns stay in the first-level cache.
   *
   * @param pixels the most output pixels at a time
   */
  static boolean suitsHeap(ConvGeometry geometry, long pixels) {
    return geometry.kernelW() > 1
        && LineLayout.mostLines(geometry, pixels) * geometry.inW() <= MOST_ELEMENTS;
  }

  @Override
  void walkPlanes(
      MemorySegment image,
      long plane,
      long step,
      int images,
      long tapFrom,
      long tapTo,
      long from,
      long to,
      MemorySegment columns,
      long columnsIndex,
      long rowStride) {
    assert images == 1;
    long kernelW = geometry.kernelW();
    for (long tap = tapFrom; tap < tapTo; tap++) {
      long at = columnsIndex + (tap - tapFrom) * rowStride;
      shift(image, plane, tap / kernelW, tap % kernelW, from, to, columns, at);
    }
  }

  /** Lowers pixels {@code from} to {@code to} of one output plane. */
  private void shift(
      MemorySegment image,
      long plane,
      long kh,
      long kw,
      long from,
      long to,
      MemorySegment columns,
      long at) {
    long width = geometry.inW();
    long down = kh * geometry.dilationH() - geometry.padTop();
    long right = kw * geometry.dilationW() - geometry.padLeft();
    // Output pixels whose input row lies in the image.
    long first = Math.clamp(-down * width, from, to);
    long end = Math.clamp((geometry.inH() - down) * width, first, to);
    long shift = down * width + right;
    // The ends of the shifted plane may stick out; what is not copied is border, zeroed below.
    long copyFrom = Math.clamp(-shift, first, end);
    long copyTo = Math.clamp(geometry.inPlane() - shift, copyFrom, end);
    if (first > from) {
      Elements.zero(type, columns, at, first - from);
    }
    if (copyTo > copyFrom) {
      long source = plane + copyFrom + shift;
      Elements.copy(type, image, source, columns, at + copyFrom - from, copyTo - copyFrom);
    }
    if (to > end) {
      Elements.zero(type, columns, at + end - from, to - end);
    }
    zeroBorder(columns, at - from, first, end, 0, Math.min(-right, width));
    zeroBorder(columns, at - from, first, end, Math.max(width - right, 0), width);
  }

  /** Zeroes the pixels of some columns of the plane, as far as they lie in a range. */
  private void zeroBorder(
      MemorySegment columns, long base, long from, long to, long columnFrom, long columnTo) {
    long width = geometry.inW();
    for (long column = columnFrom; column < columnTo; column++) {
      long pixel = from / width * width + column;
      if (pixel < from) {
        pixel += width;
      }
      long count = Math.ceilDiv(to - pixel, width);
      if (count > 0) {
        Elements.zero(type, columns, base + pixel, width, count);
      }
    }
  }
}
