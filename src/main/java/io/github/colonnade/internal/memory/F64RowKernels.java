package io.github.colonnade.internal.memory;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;

/**
 * Portable loops, for long runs on the heap, since C2 does not vectorise sums between segments; the
 * single-precision twin is derived from this file by the build.
 */
final class F64RowKernels implements RowKernels {
  static final RowKernels INSTANCE = new F64RowKernels();

  /** Elements at a time, which stay in the first-level cache. */
  private static final int CHUNK = 1024;

  /** Rows and columns of the blocks that are transposed at once; two blocks stay in that cache. */
  private static final int SIDE = 48;

  /** Rows whose elements are laid side by side at once. */
  private static final int WEAVE = 8;

  private static final FreeList<Chunks> CHUNKS =
      new FreeList<>(Chunks::new, chunks -> Chunks.bytes());

  private F64RowKernels() {}

  /** The arrays of one thread. */
  private static final class Chunks {
    static final int LENGTH = Math.max(CHUNK, SIDE * SIDE);

    private final double[] source = new double[LENGTH];
    private final double[] target = new double[LENGTH];

    static long bytes() {
      return 2L * LENGTH * Double.BYTES;
    }
  }

  @Override
  public long heapBytes() {
    return Chunks.bytes();
  }

  @Override
  public void add(
      MemorySegment source,
      long sourceIndex,
      long sourceStride,
      MemorySegment target,
      long targetIndex,
      long targetStride,
      long count) {
    if (sourceStride == 1 && targetStride == 1 && count >= LONG_RUN) {
      addChunks(source, sourceIndex, target, targetIndex, count);
    } else {
      addInPlace(source, sourceIndex, sourceStride, target, targetIndex, targetStride, count);
    }
  }

  @Override
  public void addInPlace(
      MemorySegment source,
      long sourceIndex,
      long sourceStride,
      MemorySegment target,
      long targetIndex,
      long targetStride,
      long count) {
    for (long i = 0; i < count; i++) {
      long to = targetIndex + i * targetStride;
      double sum =
          target.getAtIndex(JAVA_DOUBLE, to)
              + source.getAtIndex(JAVA_DOUBLE, sourceIndex + i * sourceStride);
      target.setAtIndex(JAVA_DOUBLE, to, sum);
    }
  }

  private static void addChunks(
      MemorySegment source, long sourceIndex, MemorySegment target, long targetIndex, long count) {
    Chunks chunks = CHUNKS.take();
    for (long done = 0; done < count; done += CHUNK) {
      int run = (int) Math.min(CHUNK, count - done);
      long from = (sourceIndex + done) * Double.BYTES;
      long to = (targetIndex + done) * Double.BYTES;
      MemorySegment.copy(source, JAVA_DOUBLE, from, chunks.source, 0, run);
      MemorySegment.copy(target, JAVA_DOUBLE, to, chunks.target, 0, run);
      add(chunks.source, chunks.target, run);
      MemorySegment.copy(chunks.target, 0, target, JAVA_DOUBLE, to, run);
    }
    CHUNKS.give(chunks);
  }

  private static void add(double[] source, double[] target, int count) {
    for (int i = 0; i < count; i++) {
      target[i] += source[i];
    }
  }

  @Override
  public void transpose(
      MemorySegment source,
      long sourceIndex,
      long sourceStride,
      long rows,
      long columns,
      MemorySegment target,
      long targetIndex,
      long targetStride) {
    Chunks chunks = CHUNKS.take();
    for (long column = 0; column < columns; column += SIDE) {
      int width = (int) Math.min(SIDE, columns - column);
      for (long row = 0; row < rows; row += SIDE) {
        int height = (int) Math.min(SIDE, rows - row);
        for (int r = 0; r < height; r++) {
          long from = (sourceIndex + (row + r) * sourceStride + column) * Double.BYTES;
          MemorySegment.copy(source, JAVA_DOUBLE, from, chunks.source, r * SIDE, width);
        }
        transpose(chunks.source, height, width, chunks.target);
        for (int c = 0; c < width; c++) {
          long to = (targetIndex + (column + c) * targetStride + row) * Double.BYTES;
          MemorySegment.copy(chunks.target, c * SIDE, target, JAVA_DOUBLE, to, height);
        }
      }
    }
    CHUNKS.give(chunks);
  }

  private static void transpose(double[] source, int rows, int columns, double[] target) {
    // Rows beyond the last are interleaved as well, but not read again.
    for (int row = 0; row < rows; row += WEAVE) {
      int from = row * SIDE;
      for (int c = 0; c < columns; c++) {
        int to = c * SIDE + row;
        target[to] = source[from + c];
        target[to + 1] = source[from + SIDE + c];
        target[to + 2] = source[from + 2 * SIDE + c];
        target[to + 3] = source[from + 3 * SIDE + c];
        target[to + 4] = source[from + 4 * SIDE + c];
        target[to + 5] = source[from + 5 * SIDE + c];
        target[to + 6] = source[from + 6 * SIDE + c];
        target[to + 7] = source[from + 7 * SIDE + c];
      }
    }
  }

  @Override
  public void rotate(
      MemorySegment source,
      long sourceIndex,
      long sourceStride,
      long outs,
      long channels,
      long area,
      MemorySegment target,
      long targetIndex) {
    if (channels * area > Chunks.LENGTH) {
      for (long run = 0; run < channels * outs; run++) {
        long last = sourceIndex + run % outs * sourceStride + (run / outs + 1) * area - 1;
        Elements.copy(ElementType.F64, source, last, -1, target, targetIndex + run * area, 1, area);
      }
      return;
    }
    Chunks chunks = CHUNKS.take();
    int run = (int) (channels * area);
    int most = Chunks.LENGTH / Math.max(1, run);
    for (long out = 0; out < outs; out += most) {
      int some = (int) Math.min(most, outs - out);
      for (int i = 0; i < some; i++) {
        long from = (sourceIndex + (out + i) * sourceStride) * Double.BYTES;
        MemorySegment.copy(source, JAVA_DOUBLE, from, chunks.source, i * run, run);
      }
      rotate(chunks.source, some, (int) channels, (int) area, chunks.target);
      int length = some * (int) area;
      for (int c = 0; c < channels; c++) {
        long to = (targetIndex + (c * outs + out) * area) * Double.BYTES;
        MemorySegment.copy(chunks.target, c * length, target, JAVA_DOUBLE, to, length);
      }
    }
    CHUNKS.give(chunks);
  }

  private static void rotate(double[] source, int outs, int channels, int area, double[] target) {
    int to = 0;
    for (int c = 0; c < channels; c++) {
      int last = (c + 1) * area - 1;
      for (int out = 0; out < outs; out++, last += channels * area, to += area) {
        for (int k = 0; k < area; k++) {
          target[to + k] = source[last - k];
        }
      }
    }
  }
}
