package io.github.colonnade.internal.kernel;

import io.github.colonnade.internal.blas.ElementType;
import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import java.lang.foreign.MemorySegment;

/**
 * A 3×3 convolution by Winograd's minimal filtering (Lavin &amp; Gray 2016): tiles and weights are
 * transformed, multiplied {@code [O, C] · [C, tiles]} once for each frequency, and transformed
 * back.
 *
 * <p>A dilated one is several that interleave: their tiles take every so manyth pixel.
 */
final class WinogradForward implements TileTask {
  private final WinogradShape shape;
  private final ConvGeometry geometry;
  private final ElementType type;
  private final WinogradTiling tiling;
  private final MemorySegment input;
  private final MemorySegment weight;
  private final MemorySegment bias;
  private final MemorySegment output;

  /**
   * Takes the operands of one call.
   *
   * @param shape how the work is cut
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight as the shape reads it. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param output {@code [N, O, OH, OW]}. Overwritten.
   */
  WinogradForward(
      WinogradShape shape,
      MemorySegment input,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment output) {
    this.shape = shape;
    this.geometry = shape.geometry();
    this.type = shape.type();
    this.tiling = shape.tiling();
    this.input = input;
    this.weight = weight;
    this.bias = bias;
    this.output = output;
  }

  @Override
  public long tileCount() {
    return tiling.taskCount(geometry);
  }

  @Override
  public long workspaceBytes() {
    return tiling.workspaceBytes(geometry, type);
  }

  @Override
  public long sharedBytes() {
    return tiling.sharedBytes(geometry, type);
  }

  @Override
  public void run(long task, MemorySegment workspace, long workspaceOffset) {
    WinogradBlock block = WinogradBlock.acquire(shape);
    try {
      long channelTasks = tiling.ranges(geometry) * geometry.groups();
      locate(block, task / channelTasks);
      run(block, task % channelTasks, workspace, workspaceOffset / type.bytes());
    } finally {
      WinogradBlock.release(block);
    }
  }

  private void locate(WinogradBlock block, long index) {
    if (tiling.blocksPerRow() == 1) {
      long from = index * tiling.tileBlock();
      block.locate(from, Math.min(from + tiling.tileBlock(), tiling.tileCount()));
    } else {
      long row = index / tiling.blocksPerRow() * tiling.rowTiles();
      long from = index % tiling.blocksPerRow() * tiling.tileBlock();
      long to = Math.min(from + tiling.tileBlock(), tiling.rowTiles());
      block.locate(row + from, row + to);
    }
  }

  /** Computes a block for a range of one group's output channels. */
  private void run(WinogradBlock block, long channelTask, MemorySegment workspace, long inputs) {
    long group = channelTask / tiling.ranges(geometry);
    long from = channelTask % tiling.ranges(geometry) * tiling.range();
    long to = Math.min(from + tiling.range(), geometry.groupOutChannels());
    long channels = geometry.groupInChannels();
    boolean whole = tiling.inBlock() >= channels;
    if (whole) {
      transformInput(block, group, 0, channels, workspace, inputs);
    }
    for (long oc = from; oc < to; oc += tiling.outBlock()) {
      long outTo = Math.min(oc + tiling.outBlock(), to);
      for (long ic = 0; ic < channels; ic += tiling.inBlock()) {
        long inTo = Math.min(ic + tiling.inBlock(), channels);
        if (!whole) {
          transformInput(block, group, ic, inTo, workspace, inputs);
        }
        multiply(block, group, oc, outTo, ic, inTo, workspace, inputs);
      }
      transformOutput(block, group, oc, outTo, workspace, products(inputs));
    }
  }

  /** Returns where the products lie: behind the transformed tiles. */
  private long products(long inputs) {
    return inputs + tiling.frequencies() * tiling.inputStride(type);
  }

  private void transformInput(
      WinogradBlock block, long group, long from, long to, MemorySegment workspace, long inputs) {
    for (long ic = from; ic < to; ic++) {
      block.transformInput(
          input,
          group * geometry.groupInChannels() + ic,
          workspace,
          inputs + (ic - from) * block.tiles(),
          tiling.inputStride(type));
    }
  }

  private void multiply(
      WinogradBlock block,
      long group,
      long outFrom,
      long outTo,
      long inFrom,
      long inTo,
      MemorySegment workspace,
      long inputs) {
    long tiles = block.tiles();
    long inputStride = tiling.inputStride(type);
    long products = products(inputs);
    long productStride = tiling.productStride(type);
    long weightStride = tiling.weightStride(geometry, type);
    long weights;
    long lda;
    if (tiling.sharedWeights()) {
      lda = geometry.groupInChannels();
      weights = (group * geometry.groupOutChannels() + outFrom) * lda + inFrom;
    } else {
      lda = inTo - inFrom;
      weights = products + tiling.frequencies() * productStride;
      shape.transformWeights(
          block.transform(),
          weight,
          group,
          outFrom,
          outTo,
          inFrom,
          inTo,
          workspace,
          weights,
          weightStride);
    }
    for (int f = 0; f < tiling.frequencies(); f++) {
      Gemm.multiply(
          type,
          Transpose.NO,
          Transpose.NO,
          outTo - outFrom,
          tiles,
          inTo - inFrom,
          1,
          workspace,
          weights + f * weightStride,
          lda,
          workspace,
          inputs + f * inputStride,
          tiles,
          inFrom == 0 ? 0 : 1,
          workspace,
          products + f * productStride,
          tiles);
    }
  }

  private void transformOutput(
      WinogradBlock block, long group, long from, long to, MemorySegment workspace, long products) {
    for (long oc = from; oc < to; oc++) {
      block.transformOutput(
          workspace,
          products + (oc - from) * block.tiles(),
          tiling.productStride(type),
          bias,
          output,
          group * geometry.groupOutChannels() + oc);
    }
  }
}
