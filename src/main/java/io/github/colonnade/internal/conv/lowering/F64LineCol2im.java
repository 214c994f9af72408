package io.github.colonnade.internal.conv.lowering;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Adds columns to images through the heap, all taps of a channel to the lines that they belong to.
 * Where phases of the lines are no wider than an output, a tap's columns are added to its phase all
 * at once; otherwise those of one column of the kernel are added up, and these sums to each line.
 * The single-precision twin is derived from this file by the build.
 */
final class F64LineCol2im extends ChannelWalk {
  private final LineLayout layout;
  private final long pixels;

  /**
   * Makes a walk.
   *
   * @param layout how the lines lie
   * @param pixels the most output pixels at a time
   */
  F64LineCol2im(LineLayout layout, long pixels) {
    super(layout.geometry());
    this.layout = layout;
    this.pixels = pixels;
  }

  @Override
  public long heapBytes() {
    return layout.col2imElements(pixels) * Double.BYTES;
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
    int elements = range.count() * images * (int) geometry.inW();
    // Shifted columns may stick out by a row.
    int viewed = layout.viewElements(range.count()) * images;
    int room = viewed + 2 * outW;
    boolean phases = layout.fitsPhases();
    F64LineArrays arrays = F64LineArrays.take();
    arrays.reserve(elements, viewed, Math.max(elements, room));
    if (phases) {
      arrays.reservePhases(layout.phases(), room);
      for (int phase = 0; phase < layout.phases(); phase++) {
        Arrays.fill(arrays.phases[phase], 0, room, 0);
      }
    }
    Arrays.fill(arrays.lines, 0, elements, 0);
    for (long column = 0; column < Math.min(kernelW, tapTo - tapFrom); column++) {
      long first = tapFrom + column;
      long kh = first / kernelW;
      long kw = first - kh * kernelW;
      double[] sums = phases ? arrays.phases[layout.phase(kw)] : arrays.view;
      int shift = phases ? Math.clamp(layout.shift(kw), -outW, outW) : 0;
      if (!phases) {
        Arrays.fill(sums, 0, viewed, 0);
      }
      for (long tap = first; tap < tapTo; tap += kernelW, kh++) {
        int at = layout.viewRow(kh, range.count()) * images * outW + start;
        long offset = (columnsIndex + (tap - tapFrom) * rowStride) * Double.BYTES;
        if (phases) {
          at += outW + shift;
        }
        // To where they are added: C2 makes vectors of no other sums.
        MemorySegment.copy(columns, JAVA_DOUBLE, offset, arrays.spare, at, count);
        if (shift != 0) {
          zeroPadding(arrays.spare, at - start, shift, start + count);
        }
        F64LinePhases.add(arrays.spare, sums, at, at + count);
      }
      if (!phases) {
        unview(arrays, kw, images, range);
      }
    }
    if (phases) {
      F64LinePhases.merge(layout, arrays, outW, images, range);
    }
    store(arrays, image, plane, step, images, range);
    arrays.give();
  }

  /** Zeroes the columns that a shift moves to another row: they belong to padding. */
  private void zeroPadding(double[] spare, int at, int shift, int count) {
    int outW = (int) geometry.outW();
    int rows = Math.ceilDiv(count, outW);
    int from = shift < 0 ? 0 : outW - shift;
    int to = shift < 0 ? -shift : outW;
    for (int column = from; column < to; column++) {
      F64LinePhases.zeroColumn(spare, at + column, outW, rows);
    }
  }

  /** Adds the lines to the images. */
  private void store(
      F64LineArrays arrays,
      MemorySegment image,
      long plane,
      long step,
      int images,
      LineRange range) {
    int width = (int) geometry.inW();
    int count = range.insidePixels(width);
    long offset = (plane + range.insideIndex(width)) * Double.BYTES;
    double[] sums = arrays.spare;
    for (int i = 0; i < images && count > 0; i++, offset += step * Double.BYTES) {
      int at = (i * range.count() + range.first()) * width;
      MemorySegment.copy(image, JAVA_DOUBLE, offset, sums, at, count);
      F64LinePhases.add(arrays.lines, sums, at, at + count);
      MemorySegment.copy(sums, at, image, JAVA_DOUBLE, offset, count);
    }
  }

  /** Adds what was added up for a column of the kernel to each line. */
  private void unview(F64LineArrays arrays, long kw, int images, LineRange range) {
    int width = (int) geometry.inW();
    int outW = (int) geometry.outW();
    int stride = (int) geometry.strideW();
    int left = layout.firstInside(kw);
    int right = layout.firstBeyond(kw);
    int pixel = (int) (layout.firstPixel(kw) + left * geometry.strideW());
    for (int phase = 0; phase < layout.rowPhases(); phase++) {
      int to = phase * layout.phaseLines(range.count()) * images * outW;
      for (int line = phase; line < range.count(); line += layout.rowPhases()) {
        if (line >= range.first() && line < range.beyond() && left < right) {
          int at = line * width + pixel;
          for (int i = 0; i < images; i++, at += range.count() * width) {
            int view = to + i * outW;
            scatter(arrays.view, view + left, view + right, arrays.lines, at, stride);
          }
        }
        to += images * outW;
      }
    }
  }

  private static void scatter(
      double[] view, int from, int to, double[] line, int first, int stride) {
    if (stride == 1) {
      for (int i = 0; i < to - from; i++) {
        line[first + i] += view[from + i];
      }
      return;
    }
    int pixel = first;
    for (int i = from; i < to; i++, pixel += stride) {
      line[pixel] += view[i];
    }
  }
}
