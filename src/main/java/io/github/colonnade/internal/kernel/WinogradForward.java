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
    WinogradTransform transform = shape.acquireTransform();
    try {
      new Block(task, workspace, workspaceOffset, transform).run();
    } finally {
      WinogradTransform.release(transform);
    }
  }

  /** One task: a block of tiles and a range of one group's output channels. */
  private final class Block {
    private final MemorySegment workspace;
    private final WinogradTransform transform;
    private final long group;
    private final long rangeFrom;
    private final long rangeTo;
    private final long tileFrom;
    private final long tileTo;
    private final long inputs;
    private final long inputStride;
    private final long weights;
    private final long weightStride;
    private final long products;
    private final long productStride;

    Block(long task, MemorySegment workspace, long workspaceOffset, WinogradTransform transform) {
      this.workspace = workspace;
      this.transform = transform;
      long ranges = tiling.ranges(geometry);
      long channelTask = task % (ranges * geometry.groups());
      long block = task / (ranges * geometry.groups());
      group = channelTask / ranges;
      rangeFrom = channelTask % ranges * tiling.range();
      rangeTo = Math.min(rangeFrom + tiling.range(), geometry.groupOutChannels());
      long row = block / tiling.blocksPerRow();
      if (tiling.blocksPerRow() > 1) {
        long column = block % tiling.blocksPerRow() * tiling.tileBlock();
        tileFrom = row * tiling.rowTiles() + Math.min(column, tiling.rowTiles());
        tileTo = row * tiling.rowTiles() + Math.min(column + tiling.tileBlock(), tiling.rowTiles());
      } else {
        tileFrom = row * tiling.tileBlock();
        tileTo = Math.min(tileFrom + tiling.tileBlock(), tiling.tileCount());
      }
      inputs = workspaceOffset / type.bytes();
      inputStride = tiling.inputStride(type);
      products = inputs + tiling.frequencies() * inputStride;
      productStride = tiling.productStride(type);
      weights = tiling.sharedWeights() ? 0 : products + tiling.frequencies() * productStride;
      weightStride = tiling.weightStride(geometry, type);
    }

    void run() {
      long channels = geometry.groupInChannels();
      if (tiling.inBlock() >= channels) {
        transformInput(0, channels);
      }
      for (long oc = rangeFrom; oc < rangeTo; oc += tiling.outBlock()) {
        long outTo = Math.min(oc + tiling.outBlock(), rangeTo);
        for (long ic = 0; ic < channels; ic += tiling.inBlock()) {
          long inTo = Math.min(ic + tiling.inBlock(), channels);
          if (tiling.inBlock() < channels) {
            transformInput(ic, inTo);
          }
          multiply(oc, outTo, ic, inTo);
        }
        transformOutput(oc, outTo);
      }
    }

    private void transformInput(long from, long to) {
      int tiles = (int) (tileTo - tileFrom);
      for (long ic = from; ic < to; ic++) {
        shape.gather(transform, input, group * geometry.groupInChannels() + ic, tileFrom, tileTo);
        transform.transformInput(tiles, workspace, inputs + (ic - from) * tiles, inputStride);
      }
    }

    private void multiply(long outFrom, long outTo, long inFrom, long inTo) {
      long tiles = tileTo - tileFrom;
      long lda = inTo - inFrom;
      long a = weights;
      if (tiling.sharedWeights()) {
        lda = geometry.groupInChannels();
        a = (group * geometry.groupOutChannels() + outFrom) * lda + inFrom;
      } else {
        shape.transformWeights(
            transform, weight, group, outFrom, outTo, inFrom, inTo, workspace, a, weightStride);
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
            a + f * weightStride,
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

    private void transformOutput(long from, long to) {
      int tiles = (int) (tileTo - tileFrom);
      for (long oc = from; oc < to; oc++) {
        long channel = group * geometry.groupOutChannels() + oc;
        transform.transformOutput(
            workspace, products + (oc - from) * tiles, productStride, tiles, bias, channel);
        shape.scatter(transform, output, channel, tileFrom, tileTo);
      }
    }
  }
}
