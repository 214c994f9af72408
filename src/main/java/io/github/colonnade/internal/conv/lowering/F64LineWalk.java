package io.github.colonnade.internal.conv.lowering;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.memory.FreeList;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Lowers images, or adds columns to them, through the heap: the lines of a channel that belong to a
 * panel are copied once, then what one column of the kernel reads of them, its view, of which the
 * row of every tap in that column is a contiguous part. The single-precision twin is derived from
 * this file by the build.
 */
final class F64LineWalk extends ChannelWalk {
  private static final FreeList<Lines> LINES = new FreeList<>(Lines::new, Lines::bytes);

  private final LineLayout layout;
  private final long pixels;
  private final boolean col2im;

  /** The arrays of one thread. */
  private static final class Lines {
    private double[] lines = {};
    private double[] view = {};
    private double[] spare = {};

    void reserve(int lineElements, int viewElements, int spareElements) {
      if (lines.length < lineElements) {
        lines = new double[lineElements];
      }
      if (view.length < viewElements) {
        view = new double[viewElements];
      }
      if (spare.length < spareElements) {
        spare = new double[spareElements];
      }
    }

    long bytes() {
      return ((long) lines.length + view.length + spare.length) * Double.BYTES;
    }
  }

  /**
   * Makes a walk.
   *
   * @param layout how the lines lie
   * @param pixels the most output pixels at a time
   * @param col2im whether columns are added to the image, otherwise they are made from it
   */
  F64LineWalk(LineLayout layout, long pixels, boolean col2im) {
    super(layout.geometry());
    this.layout = layout;
    this.pixels = pixels;
    this.col2im = col2im;
  }

  @Override
  public long heapBytes() {
    return layout.heapElements(pixels, col2im) * Double.BYTES;
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
    int lines = layout.lines((to - 1) / outW - from / outW + 1);
    int start = (int) (from % outW);
    int count = (int) (to - from) * images;
    int elements = lines * images * (int) geometry.inW();
    int viewed = layout.viewElements(lines) * images;
    Lines scratch = LINES.take();
    scratch.reserve(elements, viewed, col2im ? Math.max(elements, viewed) : 0);
    if (col2im) {
      Arrays.fill(scratch.lines, 0, elements, 0);
    } else {
      load(scratch, image, plane, step, images, from, lines);
    }
    for (long column = 0; column < Math.min(kernelW, tapTo - tapFrom); column++) {
      long first = tapFrom + column;
      long kh = first / kernelW;
      long kw = first - kh * kernelW;
      double[] view = scratch.view;
      if (col2im) {
        Arrays.fill(view, 0, viewed, 0);
      } else {
        view = view(scratch, kw, images, from, lines);
      }
      for (long tap = first; tap < tapTo; tap += kernelW, kh++) {
        int at = layout.viewRow(kh, lines) * images * outW + start;
        long offset = (columnsIndex + (tap - tapFrom) * rowStride) * Double.BYTES;
        if (col2im) {
          // To where it is added: C2 makes vectors of no other sums.
          MemorySegment.copy(columns, JAVA_DOUBLE, offset, scratch.spare, at, count);
          add(scratch.spare, view, at, at + count);
        } else {
          MemorySegment.copy(view, at, columns, JAVA_DOUBLE, offset, count);
        }
      }
      if (col2im) {
        unview(scratch, kw, images, from, lines);
      }
    }
    if (col2im) {
      store(scratch, image, plane, step, images, from, lines);
    }
    LINES.give(scratch);
  }

  /** Returns the row of the image that the first line is, perhaps above it. */
  private long firstLine(long from) {
    return from / geometry.outW() * geometry.strideH() - geometry.padTop();
  }

  /** Returns the first line within the image. */
  private int firstInside(long from, int lines) {
    return Math.clamp(-firstLine(from), 0, lines);
  }

  /** Returns the first line below the image. */
  private int firstBeyond(long from, int lines) {
    return Math.clamp(geometry.inH() - firstLine(from), firstInside(from, lines), lines);
  }

  /** Copies the lines, image by image; with zeros above and below where they will be shifted. */
  private void load(
      Lines scratch, MemorySegment image, long plane, long step, int images, long from, int lines) {
    int width = (int) geometry.inW();
    int first = firstInside(from, lines);
    int beyond = firstBeyond(from, lines);
    int count = (beyond - first) * width;
    if (layout.isShifted()) {
      Arrays.fill(scratch.lines, 0, first * width, 0);
      Arrays.fill(scratch.lines, beyond * width, lines * width, 0);
    }
    long offset = (plane + (firstLine(from) + first) * width) * Double.BYTES;
    for (int i = 0; i < images && count > 0; i++, offset += step * Double.BYTES) {
      int at = (i * lines + first) * width;
      MemorySegment.copy(image, JAVA_DOUBLE, offset, scratch.lines, at, count);
    }
  }

  /** Adds the lines to the images. */
  private void store(
      Lines scratch, MemorySegment image, long plane, long step, int images, long from, int lines) {
    int width = (int) geometry.inW();
    int first = firstInside(from, lines);
    int count = (firstBeyond(from, lines) - first) * width;
    long offset = (plane + (firstLine(from) + first) * width) * Double.BYTES;
    double[] sums = scratch.spare;
    for (int i = 0; i < images && count > 0; i++, offset += step * Double.BYTES) {
      int at = (i * lines + first) * width;
      MemorySegment.copy(image, JAVA_DOUBLE, offset, sums, at, count);
      add(scratch.lines, sums, at, at + count);
      MemorySegment.copy(sums, at, image, JAVA_DOUBLE, offset, count);
    }
  }

  /** Returns what a column of the kernel reads of each line. */
  private double[] view(Lines scratch, long kw, int images, long from, int lines) {
    int width = (int) geometry.inW();
    double[] view = scratch.view;
    if (layout.isShifted()) {
      return F64ShiftedLines.shift(scratch.lines, layout.firstPixel(kw), view, lines, width);
    }
    int outW = (int) geometry.outW();
    int stride = (int) geometry.strideW();
    int left = layout.firstInside(kw);
    int right = layout.firstBeyond(kw);
    int pixel = (int) (layout.firstPixel(kw) + left * geometry.strideW());
    int first = firstInside(from, lines);
    int beyond = firstBeyond(from, lines);
    for (int phase = 0; phase < layout.phases(); phase++) {
      int to = phase * layout.phaseLines(lines) * images * outW;
      for (int line = phase; line < lines; line += layout.phases()) {
        if (line < first || line >= beyond || left == right) {
          Arrays.fill(view, to, to + images * outW, 0);
          to += images * outW;
          continue;
        }
        int at = line * width + pixel;
        for (int i = 0; i < images; i++, at += lines * width, to += outW) {
          for (int ow = to; ow < to + left; ow++) {
            view[ow] = 0;
          }
          gather(scratch.lines, at, stride, view, to + left, to + right);
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

  /** Adds what was added up for a column of the kernel to each line. */
  private void unview(Lines scratch, long kw, int images, long from, int lines) {
    int width = (int) geometry.inW();
    int outW = (int) geometry.outW();
    int stride = (int) geometry.strideW();
    int left = layout.firstInside(kw);
    int right = layout.firstBeyond(kw);
    int pixel = (int) (layout.firstPixel(kw) + left * geometry.strideW());
    int first = firstInside(from, lines);
    int beyond = firstBeyond(from, lines);
    for (int phase = 0; phase < layout.phases(); phase++) {
      int to = phase * layout.phaseLines(lines) * images * outW;
      for (int line = phase; line < lines; line += layout.phases(), to += images * outW) {
        if (line < first || line >= beyond || left == right) {
          continue;
        }
        int at = line * width + pixel;
        for (int i = 0; i < images; i++, at += lines * width) {
          int view = to + i * outW;
          scatter(scratch.view, view + left, view + right, scratch.lines, at, stride);
        }
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

  private static void add(double[] source, double[] sums, int from, int to) {
    for (int i = from; i < to; i++) {
      sums[i] += source[i];
    }
  }
}
