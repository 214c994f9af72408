package io.github.colonnade.internal.conv.lowering;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.memory.FreeList;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Lowers images, or adds columns to them, through the heap: the lines of a channel that belong to a
 * panel are prepared once, and every run of every tap is contiguous in them. The single-precision
 * twin is derived from this file by the build.
 */
final class F64LineWalk extends ChannelWalk {
  private static final FreeList<Lines> LINES = new FreeList<>(Lines::new, Lines::bytes);

  private final LineLayout layout;
  private final long pixels;
  private final boolean col2im;

  /** The arrays of one thread. */
  private static final class Lines {
    private double[] lines = {};
    private double[] row = {};

    void reserve(int lineElements, int rowElements) {
      if (lines.length < lineElements) {
        lines = new double[lineElements];
      }
      if (row.length < rowElements) {
        row = new double[rowElements];
      }
    }

    long bytes() {
      return ((long) lines.length + row.length) * Double.BYTES;
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
    return (layout.elements(pixels) + Math.max(geometry.inW(), pixels)) * Double.BYTES;
  }

  @Override
  void walkPlane(
      MemorySegment image,
      long plane,
      long tapFrom,
      long tapTo,
      long from,
      long to,
      MemorySegment columns,
      long columnsIndex,
      long rowStride) {
    Lines scratch = LINES.take();
    int lines = begin(scratch, from, to);
    if (!col2im) {
      load(scratch, image, plane, from, lines);
    }
    for (long tap = tapFrom; tap < tapTo; tap++) {
      walkTap(scratch, tap, from, to, columns, columnsIndex + (tap - tapFrom) * rowStride);
    }
    if (col2im) {
      add(scratch, image, plane, from, lines);
    }
    LINES.give(scratch);
  }

  /** Makes room for the lines of some output pixels of one plane, zeros; returns their number. */
  private int begin(Lines scratch, long from, long to) {
    int lines = layout.lines((to - 1) / geometry.outW() - from / geometry.outW() + 1);
    scratch.reserve(lines * layout.lineElements(), (int) Math.max(geometry.inW(), to - from));
    Arrays.fill(scratch.lines, 0, lines * layout.lineElements(), 0);
    return lines;
  }

  private long firstLine(long from) {
    return from / geometry.outW() * geometry.strideH() - geometry.padTop();
  }

  /** Fills the lines from the image. */
  private void load(Lines scratch, MemorySegment image, long plane, long from, int lines) {
    double[] row = scratch.row;
    for (int line = 0; line < lines; line++) {
      long ih = firstLine(from) + line;
      if (ih >= 0 && ih < geometry.inH()) {
        long offset = (plane + ih * geometry.inW()) * Double.BYTES;
        MemorySegment.copy(image, JAVA_DOUBLE, offset, row, 0, (int) geometry.inW());
        for (int phase = 0; phase < layout.phases(); phase++) {
          if (layout.isRead(phase)) {
            int at = line * layout.lineElements() + phase * layout.width();
            split(row, phase, scratch.lines, at);
          }
        }
      }
    }
  }

  /** Picks the pixels of one phase of a row. */
  private void split(double[] row, int phase, double[] lines, int at) {
    int stride = layout.phases();
    int end = at + layout.firstBeyond(phase);
    int pixel = layout.pixelInside(phase);
    for (int i = at + layout.firstInside(phase); i < end; i++) {
      lines[i] = row[pixel];
      pixel += stride;
    }
  }

  /** Adds the lines to the image. */
  private void add(Lines scratch, MemorySegment image, long plane, long from, int lines) {
    double[] row = scratch.row;
    int width = (int) geometry.inW();
    for (int line = 0; line < lines; line++) {
      long ih = firstLine(from) + line;
      if (ih >= 0 && ih < geometry.inH()) {
        long offset = (plane + ih * width) * Double.BYTES;
        MemorySegment.copy(image, JAVA_DOUBLE, offset, row, 0, width);
        for (int phase = 0; phase < layout.phases(); phase++) {
          if (layout.isRead(phase)) {
            int at = line * layout.lineElements() + phase * layout.width();
            join(scratch.lines, at, row, phase);
          }
        }
        MemorySegment.copy(row, 0, image, JAVA_DOUBLE, offset, width);
      }
    }
  }

  /** Adds one phase to the pixels of a row. */
  private void join(double[] lines, int at, double[] row, int phase) {
    int stride = layout.phases();
    int end = at + layout.firstBeyond(phase);
    int pixel = layout.pixelInside(phase);
    for (int i = at + layout.firstInside(phase); i < end; i++) {
      row[pixel] += lines[i];
      pixel += stride;
    }
  }

  /** Writes, or adds up, the columns of one tap. */
  private void walkTap(
      Lines scratch, long tap, long from, long to, MemorySegment columns, long columnsIndex) {
    int count = (int) (to - from);
    long offset = columnsIndex * Double.BYTES;
    if (col2im) {
      MemorySegment.copy(columns, JAVA_DOUBLE, offset, scratch.row, 0, count);
    }
    int outW = (int) geometry.outW();
    int at = layout.offset(tap);
    int step = layout.rowStep();
    int ow = (int) (from % outW);
    for (int done = 0; done < count; at += step) {
      int run = Math.min(outW - ow, count - done);
      if (col2im) {
        addRun(scratch.row, done, scratch.lines, at + ow, run);
      } else {
        System.arraycopy(scratch.lines, at + ow, scratch.row, done, run);
      }
      done += run;
      ow = 0;
    }
    if (!col2im) {
      MemorySegment.copy(scratch.row, 0, columns, JAVA_DOUBLE, offset, count);
    }
  }

  private static void addRun(double[] row, int from, double[] lines, int at, int count) {
    for (int i = 0; i < count; i++) {
      lines[at + i] += row[from + i];
    }
  }
}
