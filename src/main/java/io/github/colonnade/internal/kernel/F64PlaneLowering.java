package io.github.colonnade.internal.kernel;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;

/**
 * Lowers images where the stride is 1 and the output as wide as the input, by way of the heap: once
 * the lines of a channel are shifted and their border is zeroed, where that is cheap, the rows of
 * all taps in one column of the kernel are one copy each. The single-precision twin is derived from
 * this file by the build.
 */
final class F64PlaneLowering implements ColumnWalk {
  private static final FreeList<Scratch> SCRATCH = new FreeList<>(Scratch::new);

  private final ConvGeometry geometry;

  /** What one thread works in. */
  private static final class Scratch {
    private double[] lines = {};

    void reserve(int elements) {
      if (lines.length < elements) {
        lines = new double[elements];
      }
    }
  }

  F64PlaneLowering(ConvGeometry geometry) {
    this.geometry = geometry;
  }

  @Override
  public void walk(
      MemorySegment image,
      long group,
      long rowFrom,
      long rowTo,
      long pixelFrom,
      long pixelTo,
      MemorySegment columns,
      long columnsIndex,
      long rowStride,
      long pixelStride) {
    assert pixelStride == 1;
    Scratch scratch = SCRATCH.take();
    long kernelArea = geometry.kernelH() * geometry.kernelW();
    long outPlane = geometry.outPlane();
    for (long row = rowFrom; row < rowTo; ) {
      long inGroup = row / kernelArea;
      long channel = group * geometry.groupInChannels() + inGroup;
      long end = Math.min((inGroup + 1) * kernelArea, rowTo);
      long tap = row % kernelArea;
      long n = pixelFrom / outPlane;
      long from = pixelFrom % outPlane;
      long at = columnsIndex + (row - rowFrom) * rowStride;
      for (long remaining = pixelTo - pixelFrom; remaining > 0; n++) {
        long to = Math.min(from + remaining, outPlane);
        long plane = (n * geometry.inChannels() + channel) * geometry.inPlane();
        lower(scratch, image, plane, tap, tap + end - row, from, to, columns, at, rowStride);
        at += to - from;
        remaining -= to - from;
        from = 0;
      }
      row = end;
    }
    SCRATCH.give(scratch);
  }

  /** Lowers pixels {@code from} to {@code to} of one output plane for some taps. */
  private void lower(
      Scratch scratch,
      MemorySegment image,
      long plane,
      long tapFrom,
      long tapTo,
      long from,
      long to,
      MemorySegment columns,
      long columnsIndex,
      long rowStride) {
    int width = (int) geometry.inW();
    int kernelW = (int) geometry.kernelW();
    int down = (int) geometry.dilationH() * width;
    long firstRow = from / width;
    long rows = (to - 1) / width - firstRow + 1;
    int lines = (int) (rows + (geometry.kernelH() - 1) * geometry.dilationH());
    scratch.reserve(lines * width);
    for (long column = 0; column < Math.min(kernelW, tapTo - tapFrom); column++) {
      long first = tapFrom + column;
      long right = first % kernelW * geometry.dilationW() - geometry.padLeft();
      F64ShiftedLines.load(
          image,
          plane,
          geometry.inH(),
          width,
          firstRow - geometry.padTop(),
          right,
          scratch.lines,
          lines,
          width);
      for (long tap = first; tap < tapTo; tap += kernelW) {
        int source = (int) (tap / kernelW * down + from % width);
        long target = (columnsIndex + (tap - tapFrom) * rowStride) * Double.BYTES;
        MemorySegment.copy(scratch.lines, source, columns, JAVA_DOUBLE, target, (int) (to - from));
      }
    }
  }
}
