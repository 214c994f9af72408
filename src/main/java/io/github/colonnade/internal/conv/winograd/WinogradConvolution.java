package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * A 3×3 convolution by Winograd's minimal filtering (Lavin &amp; Gray 2016): tiles and weights are
 * transformed, multiplied {@code [O, C] · [C, tiles]} once for each frequency, and transformed
 * back.
 *
 * <p>A dilated one is several that interleave: the tiles of each take pixels a dilation apart.
 *
 * <p>A transform spreads what is not finite over a whole tile, and may overflow where the
 * definition would not. No output that reads such a value is finite then, so where all are, nothing
 * was spread; where one is not, all are computed again in another way.
 */
final class WinogradConvolution implements TileTask {
  private final WinogradTiling tiling;
  private final MemorySegment input;
  private final MemorySegment weight;
  private final MemorySegment bias;
  private final MemorySegment output;
  private final PassPlan.Operation otherwise;

  /** Whether an output was computed that is not finite. */
  private volatile boolean notFinite;

  /**
   * Takes the operands of one call.
   *
   * @param tiling how the work is cut
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight as the tiling reads it. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param output {@code [N, O, OH, OW]}. Overwritten.
   * @param otherwise what computes the output again if not all of it is finite
   */
  WinogradConvolution(
      WinogradTiling tiling,
      MemorySegment input,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment output,
      PassPlan.Operation otherwise) {
    this.tiling = tiling;
    this.input = input;
    this.weight = weight;
    this.bias = bias;
    this.output = output;
    this.otherwise = otherwise;
  }

  @Override
  public long tileCount() {
    return tiling.tileCount();
  }

  @Override
  public TileTask next() {
    return notFinite ? otherwise.task(input, weight, bias, output) : null;
  }

  @Override
  public void run(long task, MemorySegment workspace, long workspaceOffset) {
    WinogradBlock block = WinogradBlock.acquire(tiling.grid());
    try {
      long channelTasks = tiling.ranges() * tiling.geometry().groups();
      block.locate(task / channelTasks);
      run(block, task % channelTasks, workspace, workspaceOffset / tiling.type().bytes());
    } finally {
      WinogradBlock.release(block);
    }
  }

  /** Computes a block for a range of one group's output channels. */
  private void run(WinogradBlock block, long channelTask, MemorySegment workspace, long inputs) {
    long group = channelTask / tiling.ranges();
    long from = channelTask % tiling.ranges() * tiling.range();
    long to = Math.min(from + tiling.range(), tiling.geometry().groupOutChannels());
    long channels = tiling.geometry().groupInChannels();
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
      transformOutput(block, group, oc, outTo, workspace, inputs + tiling.products());
    }
  }

  private void transformInput(
      WinogradBlock block, long group, long from, long to, MemorySegment workspace, long inputs) {
    for (long ic = from; ic < to; ic++) {
      block.transformInput(
          input,
          group * tiling.geometry().groupInChannels() + ic,
          workspace,
          inputs + (ic - from) * tiling.channelStride(),
          tiling.tileStride());
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
    long weights;
    long lda;
    if (tiling.sharedWeights()) {
      lda = tiling.geometry().groupInChannels();
      weights = (group * tiling.geometry().groupOutChannels() + outFrom) * lda + inFrom;
    } else {
      lda = inTo - inFrom;
      weights = inputs + tiling.weights();
      WinogradWeights.transform(
          tiling,
          block.kernels(),
          weight,
          group,
          outFrom,
          outTo,
          inFrom,
          inTo,
          workspace,
          weights);
    }
    for (int f = 0; f < WinogradTransform.FREQUENCIES; f++) {
      Gemm.multiplyInParts(
          tiling.type(),
          Transpose.NO,
          outTo - outFrom,
          block.tiles(),
          inTo - inFrom,
          workspace,
          weights + f * tiling.weightStride(),
          lda,
          workspace,
          inputs + f * tiling.tileStride(),
          tiling.channelStride(),
          inFrom == 0 ? 0 : 1,
          workspace,
          inputs + tiling.products() + f * tiling.tileStride(),
          tiling.channelStride());
    }
  }

  private void transformOutput(
      WinogradBlock block, long group, long from, long to, MemorySegment workspace, long products) {
    block.beginOutputs();
    for (long oc = from; oc < to; oc++) {
      block.transformOutput(
          workspace,
          products + (oc - from) * tiling.channelStride(),
          tiling.tileStride(),
          bias,
          output,
          group * tiling.geometry().groupOutChannels() + oc);
    }
    if (!block.outputsAreFinite()) {
      notFinite = true;
    }
  }
}
