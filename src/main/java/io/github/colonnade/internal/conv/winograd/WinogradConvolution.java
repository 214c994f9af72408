package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.memory.Parts;
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
  /**
   * Input channels that are summed at once. OpenBLAS's kernels for small matrices add one after
   * another, however many; sums of sums have smaller errors.
   */
  private static final long MOST_DEPTH = 256;

  private final WinogradTiling tiling;
  private final MemorySegment input;
  private final MemorySegment weight;
  private final MemorySegment transformed;
  private final MemorySegment bias;
  private final Epilogue epilogue;
  private final MemorySegment output;
  private final PassPlan.Operation otherwise;

  /** Whether an output was computed that is not finite. */
  private volatile boolean notFinite;

  /** The block of tiles at work, where tasks share them. */
  private long sharedBlock;

  /** Whether this phase transforms the tiles of that block for the next, which multiplies them. */
  private boolean transforms;

  /**
   * Takes the operands of one call.
   *
   * @param tiling how the work is cut
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight as the tiling reads it. Not modified.
   * @param transformed the transformed weights, where they are shared; null if a phase before lays
   *     them at the start of the workspace. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param epilogue what becomes of the sums
   * @param output {@code [N, O, OH, OW]}. Overwritten.
   * @param otherwise what computes the output again if not all of it is finite
   */
  WinogradConvolution(
      WinogradTiling tiling,
      MemorySegment input,
      MemorySegment weight,
      MemorySegment transformed,
      MemorySegment bias,
      Epilogue epilogue,
      MemorySegment output,
      PassPlan.Operation otherwise) {
    this.tiling = tiling;
    this.input = input;
    this.weight = weight;
    this.transformed = transformed;
    this.bias = bias;
    this.epilogue = epilogue;
    this.output = output;
    this.otherwise = otherwise;
    this.transforms = tiling.sharedTiles();
  }

  @Override
  public long tileCount() {
    return transforms ? tiling.inputTasks() : tiling.tileCount();
  }

  @Override
  public long mostTiles() {
    return tiling.sharedTiles()
        ? Math.max(tiling.inputTasks(), tiling.tileCount())
        : tiling.tileCount();
  }

  /** Goes on with the next phase; it is the same object, so that many phases make no garbage. */
  @Override
  public TileTask next() {
    if (transforms) {
      transforms = false;
      return this;
    }
    if (tiling.sharedTiles() && sharedBlock + 1 < tiling.grid().blocks()) {
      sharedBlock++;
      transforms = true;
      return this;
    }
    return notFinite ? otherwise.task(input, weight, bias, output) : null;
  }

  @Override
  public void run(long task, MemorySegment workspace, long workspaceOffset) {
    long own = workspaceOffset / tiling.type().bytes();
    WinogradBlock block = WinogradBlock.acquire(tiling.grid());
    try {
      if (transforms) {
        block.locate(sharedBlock);
        long from = task * tiling.channelsTogether();
        long to = Math.min(from + tiling.channelsTogether(), tiling.geometry().inChannels());
        transformInput(block, from, to, workspace, from * tiling.channelStride());
      } else if (tiling.sharedTiles()) {
        block.locate(sharedBlock);
        multiplyShared(block, task, workspace, own);
      } else {
        long channelTasks = tiling.ranges() * tiling.geometry().groups();
        block.locate(task / channelTasks);
        run(block, task % channelTasks, workspace, own);
      }
    } finally {
      WinogradBlock.release(block);
    }
  }

  /** Computes the shared block for a block of one group's output channels. */
  private void multiplyShared(
      WinogradBlock block, long channelTask, MemorySegment workspace, long own) {
    long group = channelTask / tiling.ranges();
    long from = channelTask % tiling.ranges() * tiling.outBlock();
    long to = Math.min(from + tiling.outBlock(), tiling.geometry().groupOutChannels());
    long channels = tiling.geometry().groupInChannels();
    long inputs = group * channels * tiling.channelStride();
    multiply(block, group, from, to, 0, channels, workspace, inputs, own);
    transformOutput(block, group, from, to, workspace, own + tiling.products());
  }

  /** Computes a block for a range of one group's output channels. */
  private void run(WinogradBlock block, long channelTask, MemorySegment workspace, long own) {
    long group = channelTask / tiling.ranges();
    long from = channelTask % tiling.ranges() * tiling.range();
    long to = Math.min(from + tiling.range(), tiling.geometry().groupOutChannels());
    long channels = tiling.geometry().groupInChannels();
    long first = group * channels;
    boolean whole = tiling.inBlock() >= channels;
    if (whole) {
      transformInput(block, first, first + channels, workspace, own);
    }
    for (long oc = from; oc < to; oc += tiling.outBlock()) {
      long outTo = Math.min(oc + tiling.outBlock(), to);
      for (long ic = 0; ic < channels; ic += tiling.inBlock()) {
        long inTo = Math.min(ic + tiling.inBlock(), channels);
        if (!whole) {
          transformInput(block, first + ic, first + inTo, workspace, own);
        }
        multiply(block, group, oc, outTo, ic, inTo, workspace, own, own);
      }
      transformOutput(block, group, oc, outTo, workspace, own + tiling.products());
    }
  }

  /** Transforms the tiles of some channels of all groups' to {@code index}. */
  private void transformInput(
      WinogradBlock block, long from, long to, MemorySegment workspace, long index) {
    for (long ic = from; ic < to; ic++) {
      block.transformInput(
          input, ic, workspace, index + (ic - from) * tiling.channelStride(), tiling.tileStride());
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
      long inputs,
      long own) {
    long weights;
    long lda;
    if (tiling.sharedWeights()) {
      lda = tiling.geometry().groupInChannels();
      weights = (group * tiling.geometry().groupOutChannels() + outFrom) * lda + inFrom;
      weights += transformed == null ? tiling.sharedWeightIndex() : 0;
    } else {
      lda = inTo - inFrom;
      weights = own + tiling.weights();
      WinogradWeights.transform(
          tiling, block.kernels(), weight, group, outFrom, outTo, inFrom, inTo, workspace, weights);
    }
    long depth = Parts.evenSize(inTo - inFrom, MOST_DEPTH);
    for (int f = 0; f < WinogradTransform.FREQUENCIES; f++) {
      for (long ic = inFrom; ic < inTo; ic += depth) {
        Gemm.multiplyInParts(
            tiling.type(),
            Transpose.NO,
            outTo - outFrom,
            block.tiles(),
            Math.min(depth, inTo - ic),
            transformed == null ? workspace : transformed,
            weights + f * tiling.weightStride() + ic - inFrom,
            lda,
            workspace,
            inputs + f * tiling.tileStride() + (ic - inFrom) * tiling.channelStride(),
            tiling.channelStride(),
            ic == 0 ? 0 : 1,
            workspace,
            own + tiling.products() + f * tiling.tileStride(),
            tiling.channelStride());
      }
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
          epilogue,
          output,
          group * tiling.geometry().groupOutChannels() + oc);
    }
    if (!block.outputsAreFinite()) {
      notFinite = true;
    }
  }
}
