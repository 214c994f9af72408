package io.github.colonnade.internal.conv.lowering;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.FreeList;
import java.lang.foreign.MemorySegment;

/**
 * Lowers images where the stride is 1 and the output as wide as the input, through the heap: once
 * the lines of a channel are shifted and their border is zeroed, where that is cheap, the rows of
 * all taps in one column of the kernel are one copy each. The single-precision twin is derived from
 * this file by the build.
 */
final class F64PlaneLowering extends ChannelWalk {
  private static final FreeList<Scratch> SCRATCH = new FreeList<>(Scratch::new, Scratch::bytes);

  private final long pixels;

  /** The arrays of one thread. */
  private static final class Scratch {
    private double[] lines = {};
    private double[] shifted = {};

    void reserve(int elements) {
      if (lines.length < elements) {
        lines = new double[elements];
        shifted = new double[elements];
      }
    }

    long bytes() {
      return 2L * lines.length * Double.BYTES;
    }
  }

  /**
   * Makes a lowering.
   *
   * @param geometry sizes
   * @param pixels the most output pixels at a time
   */
  F64PlaneLowering(ConvGeometry geometry, long pixels) {
    super(geometry);
    this.pixels = pixels;
  }

  @Override
  public long heapBytes() {
    long lines = (long) LineLayout.mostLines(geometry, pixels);
    return 2 * lines * geometry.inW() * Double.BYTES;
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
    int width = (int) geometry.inW();
    int kernelW = (int) geometry.kernelW();
    int down = (int) geometry.dilationH() * width;
    long firstRow = from / width;
    long rows = (to - 1) / width - firstRow + 1;
    int lines = (int) (rows + (geometry.kernelH() - 1) * geometry.dilationH());
    Scratch scratch = SCRATCH.take();
    scratch.reserve(lines * width);
    F64ShiftedLines.load(
        image,
        plane,
        geometry.inH(),
        width,
        firstRow - geometry.padTop(),
        scratch.lines,
        0,
        lines,
        width);
    for (long column = 0; column < Math.min(kernelW, tapTo - tapFrom); column++) {
      long first = tapFrom + column;
      long right = first % kernelW * geometry.dilationW() - geometry.padLeft();
      double[] shifted = F64ShiftedLines.shift(scratch.lines, right, scratch.shifted, lines, width);
      for (long tap = first; tap < tapTo; tap += kernelW) {
        int source = (int) (tap / kernelW * down + from % width);
        long target = (columnsIndex + (tap - tapFrom) * rowStride) * Double.BYTES;
        MemorySegment.copy(shifted, source, columns, JAVA_DOUBLE, target, (int) (to - from));
      }
    }
    SCRATCH.give(scratch);
  }
}
