package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The weights' gradient of a 3×3 convolution by Winograd's minimal filtering, F(3×3, 4×4): tiles of
 * the input are correlated with tiles of 4×4 gradients. Both are transformed, multiplied {@code [O,
 * tiles] · [tiles, C]} once for each frequency, the products summed over all tiles, and the sums
 * transformed back.
 */
final class WinogradBackwardWeights implements TileTask {
  private final BackwardWeightsTiling tiling;
  private final MemorySegment input;
  private final MemorySegment gradOutput;
  private final MemorySegment gradWeights;
  private final PassPlan.Operation otherwise;

  /** Whether a gradient was computed that is not finite. */
  private volatile boolean notFinite;

  /**
   * Takes the operands of one call.
   *
   * @param tiling how the work is cut
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradWeights {@code [O, C/groups, 3, 3]}. Overwritten.
   * @param otherwise what computes the gradient again if not all of it is finite
   */
  WinogradBackwardWeights(
      BackwardWeightsTiling tiling,
      MemorySegment input,
      MemorySegment gradOutput,
      MemorySegment gradWeights,
      PassPlan.Operation otherwise) {
    this.tiling = tiling;
    this.input = input;
    this.gradOutput = gradOutput;
    this.gradWeights = gradWeights;
    this.otherwise = otherwise;
  }

  @Override
  public long tileCount() {
    return tiling.tileCount();
  }

  @Override
  public TileTask next() {
    return notFinite
        ? otherwise.task(input, gradOutput, null, gradWeights)
        : tiling.sums().task(gradWeights);
  }

  @Override
  public void run(long task, MemorySegment workspace, long workspaceOffset) {
    ConvGeometry geometry = tiling.geometry();
    long part = task % tiling.sums().parts();
    long channels = task / tiling.sums().parts();
    long group = channels / tiling.inBlocks() / tiling.outBlocks();
    long outFrom = channels / tiling.inBlocks() % tiling.outBlocks() * tiling.outBlock();
    long outTo = Math.min(outFrom + tiling.outBlock(), geometry.groupOutChannels());
    long inFrom = channels % tiling.inBlocks() * tiling.inBlock();
    long inTo = Math.min(inFrom + tiling.inBlock(), geometry.groupInChannels());
    long own = workspaceOffset / tiling.type().bytes();
    long from = tiling.sums().firstPiece(part);
    long to = tiling.sums().firstPiece(part + 1);
    boolean whole = tiling.sums().parts() == 1;
    MemorySegment target = whole ? gradWeights : workspace;
    long index =
        part * tiling.sums().elements() + geometry.weightIndex(group, outFrom) + 9 * inFrom;
    WinogradBlock block = WinogradBlock.acquire(tiling.grid());
    try {
      for (long piece = from; piece < to; piece++) {
        block.locate(piece);
        for (long ic = inFrom; ic < inTo; ic++) {
          block.transformInput(
              input,
              group * geometry.groupInChannels() + ic,
              workspace,
              own + (ic - inFrom) * tiling.channelStride(),
              tiling.tileStride());
        }
        for (long oc = outFrom; oc < outTo; oc++) {
          block.transformGradient(
              gradOutput,
              group * geometry.groupOutChannels() + oc,
              workspace,
              own + tiling.gradients() + (oc - outFrom) * tiling.channelStride(),
              tiling.tileStride());
        }
        multiply(
            outTo - outFrom, inTo - inFrom, block.tiles(), workspace, own, piece == from ? 0 : 1);
      }
      for (long oc = outFrom; oc < outTo; oc++) {
        long row = index + (oc - outFrom) * geometry.depth();
        if (from == to) {
          Elements.zero(tiling.type(), target, row, 9 * (inTo - inFrom));
        } else {
          transformBack(block.kernels(), oc - outFrom, inTo - inFrom, workspace, own, target, row);
        }
      }
    } finally {
      WinogradBlock.release(block);
    }
  }

  private void multiply(
      long outs, long ins, long tiles, MemorySegment workspace, long own, double beta) {
    for (int f = 0; f < WinogradTransform.FREQUENCIES; f++) {
      Gemm.multiply(
          tiling.type(),
          Transpose.NO,
          Transpose.YES,
          outs,
          ins,
          tiles,
          1,
          workspace,
          own + tiling.gradients() + f * tiling.tileStride(),
          tiling.channelStride(),
          workspace,
          own + f * tiling.tileStride(),
          tiling.channelStride(),
          beta,
          workspace,
          own + tiling.products() + f * tiling.sumStride(),
          ins);
    }
  }

  /** Transforms the sums of one output channel back. */
  private void transformBack(
      KernelTransform kernels,
      long row,
      long ins,
      MemorySegment workspace,
      long own,
      MemorySegment target,
      long index) {
    for (long done = 0; done < ins; done += KernelTransform.RUN) {
      boolean finite =
          kernels.transformBack(
              tiling.type(),
              workspace,
              own + tiling.products() + row * ins + done,
              tiling.sumStride(),
              (int) Math.min(KernelTransform.RUN, ins - done),
              target,
              index + 9 * done);
      if (!finite) {
        notFinite = true;
      }
    }
  }
}
