package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.memory.Parts;

/**
 * How a direct convolution is cut: the targets' plane into bands of rows and columns, the channels
 * of a group into blocks of targets and chunks of sources. It follows from the shapes and the
 * workspace allowed alone.
 *
 * @param rows target rows of a tile
 * @param columns target columns of a tile
 * @param block target channels of a tile
 * @param chunk source channels held at once
 * @param pitch elements from one row to the next, of sources and targets alike
 * @param sourceElements elements of one source channel, all its phases
 * @param targetElements elements of one target channel, all its phases
 * @param weightElements elements of the weights between a block and a chunk
 * @param scratchElements elements for the kernels' own use
 */
record TapTiling(
    long rows,
    long columns,
    long block,
    long chunk,
    long pitch,
    long sourceElements,
    long targetElements,
    long weightElements,
    long scratchElements) {

  /** Sources and targets of a tile nearly stay in the first-level cache. */
  private static final long TILE_BYTES = 64 << 10;

  private static final long MOST_BLOCK = 16;

  /** Rows that the kernels copy side by side stay in the second-level cache. */
  private static final long SCRATCH_BYTES = 512 << 10;

  /** What a tiling is made for. */
  record Sizes(
      TapAxis vertical,
      TapAxis horizontal,
      long sources,
      long targets,
      long elementBytes,
      boolean scratch) {
    private TapTiling cut(long rows, long columns, long block, long chunk) {
      long pitch = columns + horizontal.reach();
      long sourcePhases = (long) vertical.sourcePhases().length * horizontal.sourcePhases().length;
      long targetPhases = (long) vertical.targetPhases().length * horizontal.targetPhases().length;
      return new TapTiling(
          rows,
          columns,
          block,
          chunk,
          pitch,
          sourcePhases * (rows + vertical.reach()) * pitch,
          targetPhases * rows * pitch,
          block * chunk * vertical.taps() * horizontal.taps(),
          0);
    }
  }

  /** Cuts within {@code maxWorkspaceBytes}, or as small as can be where that is not enough. */
  static TapTiling of(Sizes sizes, long maxWorkspaceBytes) {
    long budget = Math.min(TILE_BYTES, maxWorkspaceBytes) / sizes.elementBytes;
    long most = maxWorkspaceBytes / sizes.elementBytes;
    long height = Math.max(1, sizes.vertical.targets());
    long width = Math.max(1, sizes.horizontal.targets());
    long block = Math.min(MOST_BLOCK, sizes.targets);
    TapTiling tiling = sizes.cut(1, width, block, sizes.sources);
    while (tiling.elements() > budget && tiling.chunk > 1) {
      tiling = sizes.cut(1, width, tiling.block, Math.ceilDiv(tiling.chunk, 2));
    }
    while (tiling.elements() > budget && tiling.block > 1) {
      tiling = sizes.cut(1, width, Math.ceilDiv(tiling.block, 2), 1);
    }
    while (tiling.elements() > most && tiling.columns > 1) {
      tiling = sizes.cut(1, Math.ceilDiv(tiling.columns, 2), 1, 1);
    }
    long fixed = tiling.elements();
    long perRow = sizes.cut(2, tiling.columns, tiling.block, tiling.chunk).elements() - fixed;
    long rows = Math.clamp(1 + (budget - fixed) / perRow, 1, height);
    rows = Parts.evenSize(height, rows);
    tiling = sizes.cut(rows, tiling.columns, tiling.block, tiling.chunk);
    long kernels = tiling.chunk * sizes.vertical.taps() * sizes.horizontal.taps();
    long useful = kernels * rows * tiling.pitch;
    long spare = Math.min(SCRATCH_BYTES / sizes.elementBytes, most - tiling.elements());
    return sizes.scratch && tiling.block > 1
        ? tiling.withScratch(Math.clamp(spare, 0, useful))
        : tiling;
  }

  private TapTiling withScratch(long scratch) {
    return new TapTiling(
        rows,
        columns,
        block,
        chunk,
        pitch,
        sourceElements,
        targetElements,
        weightElements,
        scratch);
  }

  /** Returns the elements of a tile's scratch memory. */
  long elements() {
    return chunk * sourceElements + block * targetElements + weightElements + scratchElements;
  }
}
