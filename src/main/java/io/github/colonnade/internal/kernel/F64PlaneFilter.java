package io.github.colonnade.internal.kernel;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The sums of a filter; the single-precision twin is derived from this file by the build. */
final class F64PlaneFilter extends PlaneFilter {
  private final Border border;
  private final double value;
  private final MemorySegment image;
  private final MemorySegment kernel;
  private final MemorySegment output;

  /** Arrays for as many tiles as run at once. */
  private final ConcurrentLinkedQueue<Scratch> idle = new ConcurrentLinkedQueue<>();

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

  /** The pixels that a tile reads under one block of the kernel, and the sums of its rows. */
  private static final class Scratch {
    private final double[] patch;
    private final double[][] sums;

    Scratch(int patchLength, int rows, int columns) {
      patch = new double[patchLength];
      sums = new double[rows][columns];
    }
  }

  @Override
  void filter(long oh, long ow, int rows, int columns) {
    Scratch scratch = idle.poll();
    if (scratch == null) {
      int patchLength = (tileRows + blockRows - 1) * (tileColumns + blockColumns - 1);
      scratch = new Scratch(patchLength, tileRows, tileColumns);
    }
    for (double[] row : scratch.sums) {
      Arrays.fill(row, 0);
    }
    for (long kh = 0; kh < geometry.kernelH(); kh += blockRows) {
      for (long kw = 0; kw < geometry.kernelW(); kw += blockColumns) {
        addBlock(scratch, oh, ow, rows, columns, kh, kw);
      }
    }
    for (int row = 0; row < rows; row++) {
      store(scratch.sums[row], oh + row, ow, columns);
    }
    idle.add(scratch);
  }

  /** Adds the products with the block of the kernel that begins at {@code (kh, kw)}. */
  private void addBlock(
      Scratch scratch, long oh, long ow, int rows, int columns, long kh, long kw) {
    int kernelRows = (int) Math.min(blockRows, geometry.kernelH() - kh);
    int kernelColumns = (int) Math.min(blockColumns, geometry.kernelW() - kw);
    int patchRows = rows + kernelRows - 1;
    int patchColumns = columns + kernelColumns - 1;
    boolean flipped = geometry.flipped();
    long ih = geometry.firstH() + oh + (flipped ? -(kh + kernelRows - 1) : kh);
    long iw = geometry.firstW() + ow + (flipped ? -(kw + kernelColumns - 1) : kw);
    for (int row = 0; row < patchRows; row++) {
      load(scratch.patch, row * patchColumns, ih + row, iw, patchColumns);
    }
    for (int tap = 0; tap < kernelRows; tap++) {
      int under = flipped ? kernelRows - 1 - tap : tap;
      long taps = (kh + tap) * geometry.kernelW() + kw;
      for (int row = 0; row < rows; row++) {
        int line = (row + under) * patchColumns;
        addTaps(scratch.sums[row], scratch.patch, line, columns, taps, kernelColumns);
      }
    }
  }

  /** Copies one row of the bordered image. */
  private void load(double[] patch, int patchIndex, long row, long iw, int count) {
    long ih = border.source(row, geometry.inH());
    if (ih < 0) {
      Arrays.fill(patch, patchIndex, patchIndex + count, value);
      return;
    }
    long end = iw + count;
    int target = patchIndex;
    for (long column = iw; column < end; ) {
      Border.Run run = border.runAt(column, end, geometry.inW());
      int length = (int) run.count();
      long source = ih * geometry.inW() + run.source();
      if (run.source() < 0) {
        Arrays.fill(patch, target, target + length, value);
      } else if (run.step() == 1) {
        long offset = source * JAVA_DOUBLE.byteSize();
        MemorySegment.copy(image, JAVA_DOUBLE, offset, patch, target, length);
      } else {
        for (int i = 0; i < length; i++) {
          patch[target + i] = image.getAtIndex(JAVA_DOUBLE, source + i * run.step());
        }
      }
      target += length;
      column += length;
    }
  }

  /** Adds the products of one output row with part of a kernel row. */
  private void addTaps(
      double[] sums, double[] patch, int line, int columns, long taps, int kernelColumns) {
    int step = geometry.flipped() ? -1 : 1;
    int at = geometry.flipped() ? line + kernelColumns - 1 : line;
    int tap = 0;
    for (; tap <= kernelColumns - 4; tap += 4, at += 4 * step) {
      double first = kernel.getAtIndex(JAVA_DOUBLE, taps + tap);
      double second = kernel.getAtIndex(JAVA_DOUBLE, taps + tap + 1);
      double third = kernel.getAtIndex(JAVA_DOUBLE, taps + tap + 2);
      double fourth = kernel.getAtIndex(JAVA_DOUBLE, taps + tap + 3);
      addFour(sums, columns, patch, at, step, first, second, third, fourth);
    }
    for (; tap < kernelColumns; tap++, at += step) {
      addOne(sums, columns, patch, at, kernel.getAtIndex(JAVA_DOUBLE, taps + tap));
    }
  }

  // The loops that take the time: apart, and from 0 on, so that C2 makes vectors of them.

  private static void addFour(
      double[] sums,
      int columns,
      double[] patch,
      int at,
      int step,
      double first,
      double second,
      double third,
      double fourth) {
    int at1 = at + step;
    int at2 = at1 + step;
    int at3 = at2 + step;
    for (int i = 0; i < columns; i++) {
      sums[i] +=
          first * patch[at + i]
              + second * patch[at1 + i]
              + third * patch[at2 + i]
              + fourth * patch[at3 + i];
    }
  }

  private static void addOne(double[] sums, int columns, double[] patch, int at, double tap) {
    for (int i = 0; i < columns; i++) {
      sums[i] += tap * patch[at + i];
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
