package io.github.colonnade.internal.border;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.memory.FreeList;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The sums of a filter; the single-precision twin is derived from this file by the build. */
final class F64PlaneFilter extends PlaneFilter {
  private static final FreeList<Scratch> SCRATCH = new FreeList<>(Scratch::new, Scratch::bytes);

  private final Border border;
  private final double value;
  private final MemorySegment image;
  private final MemorySegment kernel;
  private final MemorySegment output;

  F64PlaneFilter(
      FilterGeometry geometry,
      Border border,
      double value,
      MemorySegment image,
      MemorySegment kernel,
      MemorySegment output) {
    super(geometry);
    this.border = border;
    this.value = value;
    this.image = image;
    this.kernel = kernel;
    this.output = output;
  }

  /** Part of an image row, four copies of it at different shifts, and the sums of a tile. */
  private static final class Scratch {
    private double[] line = {};
    private double[][] shifted = {{}};
    private double[][] sums = {};

    void reserve(int rows, int columns, int blockColumns) {
      if (line.length < columns + blockColumns - 1
          || shifted[0].length < columns
          || sums.length < rows) {
        line = new double[columns + blockColumns - 1];
        shifted = new double[4][columns];
        sums = new double[rows][columns];
      }
    }

    long bytes() {
      long elements = line.length + 4L * shifted[0].length + (long) sums.length * sums[0].length;
      return elements * Double.BYTES;
    }
  }

  @Override
  void filter(long oh, long ow, int rows, int columns) {
    Scratch scratch = SCRATCH.take();
    scratch.reserve(tileRows, tileColumns, blockColumns);
    for (int row = 0; row < rows; row++) {
      Arrays.fill(scratch.sums[row], 0, columns, 0);
    }
    long last = rows + geometry.kernelH() - 2;
    for (long row = 0; row <= last; row++) {
      // Of the image rows under the tile, in the order in which kernel rows ascend for each output.
      addImageRow(scratch, oh, ow, rows, columns, geometry.flipped() ? last - row : row);
    }
    for (int row = 0; row < rows; row++) {
      store(scratch.sums[row], oh + row, ow, columns);
    }
    SCRATCH.give(scratch);
  }

  /** Adds an image row's products with every kernel row that meets it in this tile. */
  private void addImageRow(
      Scratch scratch, long oh, long ow, int rows, int columns, long imageRow) {
    boolean flipped = geometry.flipped();
    long lastTap = geometry.kernelH() - 1;
    long ih = geometry.firstH() + oh + imageRow - (flipped ? lastTap : 0);
    int from = (int) Math.max(0, imageRow - lastTap);
    int to = (int) Math.min(rows, imageRow + 1);
    long kh = flipped ? lastTap - (imageRow - from) : imageRow - from;
    for (long kw = 0; kw < geometry.kernelW(); kw += blockColumns) {
      int block = (int) Math.min(blockColumns, geometry.kernelW() - kw);
      long iw = geometry.firstW() + ow + (flipped ? -(kw + block - 1) : kw);
      F64BorderedRow.load(
          border,
          value,
          image,
          0,
          geometry.inH(),
          geometry.inW(),
          ih,
          iw,
          scratch.line,
          columns + block - 1);
      addTaps(scratch, from, to, columns, kh * geometry.kernelW() + kw, block);
    }
  }

  /**
   * Adds the products of a line with part of a kernel row, which is another one for each output.
   *
   * @param from first output row
   * @param to end of the output rows
   * @param taps index of the first tap for the first output row
   * @param block taps
   */
  private void addTaps(Scratch scratch, int from, int to, int columns, long taps, int block) {
    // The next output row meets the kernel row before, or behind where the kernel is flipped.
    long next = geometry.flipped() ? geometry.kernelW() : -geometry.kernelW();
    for (int tap = 0; tap < block; ) {
      int left = block - tap;
      int together = left >= 4 ? 4 : left == 3 ? 3 : 1;
      for (int i = 0; i < together; i++) {
        int shift = geometry.flipped() ? left - 1 - i : tap + i;
        System.arraycopy(scratch.line, shift, scratch.shifted[i], 0, columns);
      }
      long at = taps + tap;
      for (int row = from; row < to; row++, at += next) {
        switch (together) {
          case 4 -> addFour(scratch.sums[row], scratch.shifted, columns, at);
          case 3 -> addThree(scratch.sums[row], scratch.shifted, columns, at);
          default -> addOne(scratch.sums[row], scratch.shifted[0], columns, tap(at));
        }
      }
      tap += together;
    }
  }

  private double tap(long index) {
    return kernel.getAtIndex(JAVA_DOUBLE, index);
  }

  // The loops that take the time. C2 vectorises them only where all indices are the same.

  private void addFour(double[] sums, double[][] shifted, int columns, long at) {
    double tap0 = tap(at);
    double tap1 = tap(at + 1);
    double tap2 = tap(at + 2);
    double tap3 = tap(at + 3);
    double[] x0 = shifted[0];
    double[] x1 = shifted[1];
    double[] x2 = shifted[2];
    double[] x3 = shifted[3];
    for (int i = 0; i < columns; i++) {
      sums[i] += tap0 * x0[i] + tap1 * x1[i] + tap2 * x2[i] + tap3 * x3[i];
    }
  }

  /** As {@link #addOne} three times. */
  private void addThree(double[] sums, double[][] shifted, int columns, long at) {
    double tap0 = tap(at);
    double tap1 = tap(at + 1);
    double tap2 = tap(at + 2);
    double[] x0 = shifted[0];
    double[] x1 = shifted[1];
    double[] x2 = shifted[2];
    for (int i = 0; i < columns; i++) {
      sums[i] = sums[i] + tap0 * x0[i] + tap1 * x1[i] + tap2 * x2[i];
    }
  }

  private static void addOne(double[] sums, double[] x, int columns, double tap) {
    for (int i = 0; i < columns; i++) {
      sums[i] += tap * x[i];
    }
  }

  private void store(double[] sums, long oh, long ow, int columns) {
    if (!geometry.reversed()) {
      long offset = (oh * geometry.outW() + ow) * JAVA_DOUBLE.byteSize();
      MemorySegment.copy(sums, 0, output, JAVA_DOUBLE, offset, columns);
      return;
    }
    long last = (geometry.outH() - oh) * geometry.outW() - 1 - ow;
    for (int i = 0; i < columns; i++) {
      output.setAtIndex(JAVA_DOUBLE, last - i, sums[i]);
    }
  }
}
