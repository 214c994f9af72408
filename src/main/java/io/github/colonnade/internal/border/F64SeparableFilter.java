package io.github.colonnade.internal.border;

import io.github.colonnade.internal.memory.FreeList;
import java.lang.foreign.MemorySegment;

/**
 * Lines and blocks of a strip; the single-precision twin is derived from this file by the build.
 */
final class F64SeparableFilter extends SeparableFilter {
  private static final FreeList<Scratch> SCRATCH = new FreeList<>(Scratch::new, Scratch::bytes);

  private final Border border;
  private final double value;
  private final F64TapSums sums;
  private final double[] vertical;
  private final double[] horizontal;
  private final MemorySegment input;
  private final MemorySegment output;

  F64SeparableFilter(
      SeparableGeometry geometry,
      Border border,
      double value,
      boolean vectors,
      SeparableTaps taps,
      MemorySegment input,
      MemorySegment output) {
    super(geometry, Double.BYTES);
    this.border = border;
    this.value = value;
    this.sums = F64TapSums.of(vectors);
    this.vertical = taps.verticalF64;
    this.horizontal = taps.horizontalF64;
    this.input = input;
    this.output = output;
  }

  /** The arrays of one thread, each with some slack behind its end. */
  private static final class Scratch {
    /** Part of an input row with its border. */
    private double[] row = {};

    /** Rows after the horizontal taps, as many as a block of output rows takes. */
    private double[][] lines = {{}};

    /** A row of the output. */
    private double[] results = {};

    /** What the horizontal taps need beside. */
    private double[][] shifted = new double[F64TapSums.TOGETHER][0];

    /** The lines that become free. */
    private double[][] used = {};

    void reserve(int columns, int kernelH, int kernelW, int blockRows) {
      // Arrays of about the same length, so that lines do not fall on the same sets of a cache.
      int length = columns + SLACK;
      if (row.length < length + kernelW - 1) {
        row = new double[length + kernelW - 1];
      }
      if (lines.length < kernelH - 1 + blockRows || lines[0].length < length) {
        lines = new double[kernelH - 1 + blockRows][length];
      }
      if (used.length < blockRows) {
        used = new double[blockRows][];
      }
      if (results.length < length) {
        results = new double[length];
        shifted = new double[F64TapSums.TOGETHER][length];
      }
    }

    /** Moves the lines behind the first {@code count} to the front. */
    void advance(int count, int kept) {
      System.arraycopy(lines, 0, used, 0, count);
      System.arraycopy(lines, count, lines, 0, kept);
      System.arraycopy(used, 0, lines, kept, count);
    }

    long bytes() {
      long perLine = lines[0].length;
      long elements = row.length + lines.length * perLine + (1L + shifted.length) * results.length;
      return elements * Double.BYTES + 64;
    }
  }

  @Override
  void filter(long plane, long oh, long rows, long ow, int columns) {
    Scratch scratch = SCRATCH.take();
    scratch.reserve(tileColumns, vertical.length, horizontal.length, blockRows);
    int kept = 0;
    for (long done = 0; done < rows; done += blockRows) {
      int block = (int) Math.min(blockRows, rows - done);
      int needed = vertical.length - 1 + block;
      for (int line = kept; line < needed; line++) {
        compute(scratch, line, plane, oh + done + line, ow, columns);
      }
      long index = (plane * geometry.outH() + oh + done) * geometry.outW() + ow;
      sums.columns(
          scratch.lines, vertical, scratch.results, block, columns, output, index, geometry.outW());
      kept = vertical.length - 1;
      scratch.advance(block, kept);
    }
    SCRATCH.give(scratch);
  }

  /** Computes a line from the input row under this output row and the first vertical tap. */
  private void compute(Scratch scratch, int line, long plane, long oh, long ow, int columns) {
    F64BorderedRow.load(
        border,
        value,
        input,
        plane * geometry.inH() * geometry.inW(),
        geometry.inH(),
        geometry.inW(),
        geometry.firstH() + oh,
        geometry.firstW() + ow,
        scratch.row,
        columns + horizontal.length - 1);
    sums.row(scratch.row, horizontal, scratch.lines[line], columns, scratch.shifted);
  }
}
