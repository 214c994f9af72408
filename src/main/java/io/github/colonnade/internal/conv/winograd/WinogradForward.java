package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.parallel.TileTask;
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
    this.input = input;
    this.weight = weight;
    this.bias = bias;
    this.output = output;
  }

  @Override
  public long tileCount() {
    return shape.tileCount();
  }

  @Override
  public void run(long task, MemorySegment workspace, long workspaceOffset) {
    WinogradBlock block = WinogradBlock.acquire(shape);
    try {
      long channelTasks = shape.tiling().ranges(shape.geometry()) * shape.geometry().groups();
      locate(block, task / channelTasks);
      run(block, task % channelTasks, workspace, workspaceOffset / shape.type().bytes());
    } finally {
      WinogradBlock.release(block);
    }
  }

  private void locate(WinogradBlock block, long index) {
    if (shape.tiling().blocksPerRow() == 1) {
      long from = index * shape.tiling().tileBlock();
      block.locate(from, Math.min(from + shape.tiling().tileBlock(), shape.tiling().tileCount()));
    } else {
      long row = index / shape.tiling().blocksPerRow() * shape.tiling().rowTiles();
      long from = index % shape.tiling().blocksPerRow() * shape.tiling().tileBlock();
      long to = Math.min(from + shape.tiling().tileBlock(), shape.tiling().rowTiles());
      block.locate(row + from, row + to);
    }
  }

  /** Computes a block for a range of one group's output channels. */
  private void run(WinogradBlock block, long channelTask, MemorySegment workspace, long inputs) {
    long group = channelTask / shape.tiling().ranges(shape.geometry());
    long from = channelTask % shape.tiling().ranges(shape.geometry()) * shape.tiling().range();
    long to = Math.min(from + shape.tiling().range(), shape.geometry().groupOutChannels());
    long channels = shape.geometry().groupInChannels();
    boolean whole = shape.tiling().inBlock() >= channels;
    if (whole) {
      transformInput(block, group, 0, channels, workspace, inputs);
    }
    for (long oc = from; oc < to; oc += shape.tiling().outBlock()) {
      long outTo = Math.min(oc + shape.tiling().outBlock(), to);
      for (long ic = 0; ic < channels; ic += shape.tiling().inBlock()) {
        long inTo = Math.min(ic + shape.tiling().inBlock(), channels);
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
    return inputs + shape.tiling().frequencies() * shape.tiling().inputStride(shape.type());
  }

  private void transformInput(
      WinogradBlock block, long group, long from, long to, MemorySegment workspace, long inputs) {
    for (long ic = from; ic < to; ic++) {
      block.transformInput(
          input,
          group * shape.geometry().groupInChannels() + ic,
          workspace,
          inputs + (ic - from) * block.tiles(),
          shape.tiling().inputStride(shape.type()));
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
    long inputStride = shape.tiling().inputStride(shape.type());
    long products = products(inputs);
    long productStride = shape.tiling().productStride(shape.type());
    long weightStride = shape.tiling().weightStride(shape.geometry(), shape.type());
    long weights;
    long lda;
    if (shape.tiling().sharedWeights()) {
      lda = shape.geometry().groupInChannels();
      weights = (group * shape.geometry().groupOutChannels() + outFrom) * lda + inFrom;
    } else {
      lda = inTo - inFrom;
      weights = products + shape.tiling().frequencies() * productStride;
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
    for (int f = 0; f < shape.tiling().frequencies(); f++) {
      Gemm.multiplyInParts(
          shape.type(),
          Transpose.NO,
          outTo - outFrom,
          tiles,
          inTo - inFrom,
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
          shape.tiling().productStride(shape.type()),
          bias,
          output,
          group * shape.geometry().groupOutChannels() + oc);
    }
  }

  WinogradShape shape() {
    return shape;
  }

  MemorySegment weight() {
    return weight;
  }
}
