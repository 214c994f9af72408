package io.github.colonnade.internal.conv.lowering;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Lowers images through the heap: the lines of a channel that belong to a panel are copied once,
 * then what one column of the kernel reads of them, its view, of which the row of every tap in that
 * column is a contiguous part. Under a stride, lines are split into phases first, where these are
 * no wider than a view, which is then a phase shifted. The single-precision twin is derived from
 * this file by the build.
 */
final class F64LineLowering extends ChannelWalk {
  private final LineLayout layout;
  private final long pixels;

  /**
   * Makes a walk.
   *
   * @param layout how the lines lie
   * @param pixels the most output pixels at a time
   */
  F64LineLowering(LineLayout layout, long pixels) {
    super(layout.geometry());
    this.layout = layout;
    this.pixels = pixels;
  }

  @Override
  public long heapBytes() {
    return layout.loweringElements(pixels) * Double.BYTES;
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
    int kernelW = (int) geometry.kernelW();
    int outW = (int) geometry.outW();
    LineRange range = LineRange.of(layout, from, to);
    int start = (int) (from % outW);
    int count = (int) (to - from) * images;
    int viewed = layout.viewElements(range.count()) * images;
    F64LineArrays arrays = F64LineArrays.take();
    arrays.reserve(range.count() * images * (int) geometry.inW(), viewed, 0);
    load(arrays, image, plane, step, images, range);
    if (layout.isSplit()) {
      arrays.reservePhases(layout.phases(), viewed);
      F64LinePhases.split(layout, arrays, images, range);
    }
    for (long column = 0; column < Math.min(kernelW, tapTo - tapFrom); column++) {
      long first = tapFrom + column;
      long kh = first / kernelW;
      double[] view = view(arrays, first - kh * kernelW, images, range);
      for (long tap = first; tap < tapTo; tap += kernelW, kh++) {
        int at = layout.viewRow(kh, range.count()) * images * outW + start;
        long offset = (columnsIndex + (tap - tapFrom) * rowStride) * Double.BYTES;
        MemorySegment.copy(view, at, columns, JAVA_DOUBLE, offset, count);
      }
    }
    arrays.give();
  }

  /** Copies the lines, image by image; with zeros above and below where they will be shifted. */
  private void load(
      F64LineArrays arrays,
      MemorySegment image,
      long plane,
      long step,
      int images,
      LineRange range) {
    int width = (int) geometry.inW();
    int count = range.insidePixels(width);
    if (layout.isShifted()) {
      Arrays.fill(arrays.lines, 0, range.first() * width, 0);
      Arrays.fill(arrays.lines, range.beyond() * width, range.count() * width, 0);
    }
    long offset = (plane + range.insideIndex(width)) * Double.BYTES;
    for (int i = 0; i < images && count > 0; i++, offset += step * Double.BYTES) {
      int at = (i * range.count() + range.first()) * width;
      MemorySegment.copy(image, JAVA_DOUBLE, offset, arrays.lines, at, count);
    }
  }

  /** Returns what a column of the kernel reads of each line. */
  private double[] view(F64LineArrays arrays, long kw, int images, LineRange range) {
    int width = (int) geometry.inW();
    int outW = (int) geometry.outW();
    double[] view = arrays.view;
    if (layout.isShifted()) {
      long right = layout.firstPixel(kw);
      return F64ShiftedLines.shift(arrays.lines, right, view, range.count(), width);
    }
    if (layout.isSplit()) {
      double[] phase = arrays.phases[layout.phase(kw)];
      int rows = layout.viewRows(range.count()) * images;
      return F64ShiftedLines.shift(phase, layout.shift(kw), view, rows, outW);
    }
    int stride = (int) geometry.strideW();
    int left = layout.firstInside(kw);
    int right = layout.firstBeyond(kw);
    int pixel = (int) (layout.firstPixel(kw) + left * geometry.strideW());
    for (int phase = 0; phase < layout.rowPhases(); phase++) {
      int to = phase * layout.phaseLines(range.count()) * images * outW;
      for (int line = phase; line < range.count(); line += layout.rowPhases()) {
        if (line < range.first() || line >= range.beyond() || left == right) {
          Arrays.fill(view, to, to + images * outW, 0);
          to += images * outW;
          continue;
        }
        int at = line * width + pixel;
        for (int i = 0; i < images; i++, at += range.count() * width, to += outW) {
          for (int ow = to; ow < to + left; ow++) {
            view[ow] = 0;
          }
          gather(arrays.lines, at, stride, view, to + left, to + right);
          for (int ow = to + right; ow < to + outW; ow++) {
            view[ow] = 0;
          }
        }
      }
    }
    return view;
  }

  private static void gather(
      double[] line, int first, int stride, double[] view, int from, int to) {
    if (stride == 1) {
      System.arraycopy(line, first, view, from, to - from);
      return;
    }
    int pixel = first;
    for (int i = from; i < to; i++, pixel += stride) {
      view[i] = line[pixel];
    }
  }
}
