package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The first phase where all weights are transformed once: one tile transforms some rows, which are
 * output channels, or input channels where the weights lie transposed.
 *
 * @param tiling how the work is cut
 * @param weight as the tiling reads it. Not modified.
 * @param index where the transformed weights begin in the workspace
 * @param next the phase that runs with the transformed weights
 */
record WinogradWeights(WinogradTiling tiling, MemorySegment weight, long index, TileTask next)
    implements TileTask {
  /** Kernels that one task transforms, if a row has no more. */
  private static final long KERNELS_TOGETHER = 4L * KernelTransform.RUN;

  private long rows() {
    return tiling.geometry().groups() * tiling.weightRows();
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(rows(), rowsTogether(tiling));
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    ConvGeometry geometry = tiling.geometry();
    long from = tile * rowsTogether(tiling);
    long count = Math.min(rowsTogether(tiling), rows() - from);
    long columns = tiling.transposed() ? geometry.groupOutChannels() : geometry.groupInChannels();
    long to = index + from * tiling.weightRow();
    WinogradBlock block = WinogradBlock.acquire(tiling.grid());
    try {
      transform(tiling, block.kernels(), weight, from, count, 0, columns, workspace, to);
    } finally {
      WinogradBlock.release(block);
    }
  }

  /** Returns the rows that one task transforms. */
  static long rowsTogether(WinogradTiling tiling) {
    return Math.max(1, KERNELS_TOGETHER / tiling.weightRow());
  }

  /**
   * Transforms some rows, all of them or a part.
   *
   * @param row the first row, of all groups
   * @param rows how many
   * @param from the first column, of the group
   * @param columns how many
   * @param index where the first kernel goes; rows lie as the tiling says
   */
  static void transform(
      WinogradTiling tiling,
      KernelTransform kernels,
      MemorySegment weight,
      long row,
      long rows,
      long from,
      long columns,
      MemorySegment target,
      long index) {
    ConvGeometry geometry = tiling.geometry();
    long width = tiling.transposed() ? geometry.groupOutChannels() : geometry.groupInChannels();
    boolean joined = columns == width && columns == tiling.weightRow();
    long runs = joined ? 1 : rows;
    long length = joined ? rows * width : columns;
    // Short rows are transformed several at a time.
    int together = (int) Math.max(1, KernelTransform.RUN / length);
    for (long r = 0; r < runs; r += together) {
      int some = (int) Math.min(together, runs - r);
      for (long done = 0; done < length; done += KernelTransform.RUN) {
        int count = (int) Math.min(KernelTransform.RUN, length - done);
        for (int i = 0; i < some; i++) {
          long first = (row + r + i) * width + from + done;
          kernels.load(weight, 9 * first, i * count, count, tiling.transposed());
        }
        kernels.transform(some * count);
        for (int i = 0; i < some; i++) {
          long to = index + (r + i) * tiling.weightRow() + done;
          kernels.store(i * count, count, target, to, tiling.weightStride());
        }
      }
    }
  }
}
