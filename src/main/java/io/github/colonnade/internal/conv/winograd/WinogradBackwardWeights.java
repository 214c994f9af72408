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

  /** What the tasks do that share a block of tiles. */
  private Phase phase;

  /** The block of tiles at work, where tasks share them. */
  private long sharedBlock;

  /** The first output channel of a group at work, where tasks share tiles. */
  private long sharedOut;

  private enum Phase {
    TRANSFORM,
    MULTIPLY,
    TRANSFORM_BACK
  }

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
    this.phase = firstPhase();
  }

  @Override
  public long tileCount() {
    if (!tiling.shared()) {
      return tiling.tileCount();
    }
    return switch (phase) {
      case TRANSFORM -> inputTasks() + groups() * tiling.gradientTasks();
      case MULTIPLY -> tiling.tileCount();
      case TRANSFORM_BACK -> groups() * tiling.backTasks();
    };
  }

  @Override
  public long mostTiles() {
    if (!tiling.shared()) {
      return TileTask.super.mostTiles();
    }
    long transforms = tiling.inputTasks() + groups() * tiling.gradientTasks();
    return Math.max(tiling.tileCount(), Math.max(transforms, groups() * tiling.backTasks()));
  }

  private long groups() {
    return tiling.geometry().groups();
  }

  private long inputTasks() {
    return sharedOut > 0 && tiling.keepsInputs() ? 0 : tiling.inputTasks();
  }

  /** Goes on with the next phase; it is the same object, so that many phases make no garbage. */
  @Override
  public TileTask next() {
    if (tiling.shared() && nextPhase()) {
      return this;
    }
    return notFinite
        ? otherwise.task(input, gradOutput, null, gradWeights)
        : tiling.sums().task(gradWeights);
  }

  private boolean nextPhase() {
    if (phase == Phase.TRANSFORM) {
      phase = Phase.MULTIPLY;
    } else if (phase == Phase.MULTIPLY && sharedBlock + 1 < tiling.grid().blocks()) {
      sharedBlock++;
      phase = Phase.TRANSFORM;
    } else if (phase == Phase.MULTIPLY) {
      phase = Phase.TRANSFORM_BACK;
    } else {
      sharedOut += tiling.outBlock();
      sharedBlock = 0;
      phase = firstPhase();
    }
    return sharedOut < tiling.geometry().groupOutChannels();
  }

  private Phase firstPhase() {
    return tiling.grid().blocks() == 0 ? Phase.TRANSFORM_BACK : Phase.TRANSFORM;
  }

  @Override
  public void run(long task, MemorySegment workspace, long workspaceOffset) {
    if (!tiling.shared()) {
      runApart(task, workspace, workspaceOffset / tiling.type().bytes());
      return;
    }
    switch (phase) {
      case TRANSFORM -> transformShared(task, workspace);
      case MULTIPLY -> multiplyShared(task, workspace);
      case TRANSFORM_BACK -> transformBackShared(task, workspace);
    }
  }

  private void transformShared(long task, MemorySegment workspace) {
    WinogradBlock block = WinogradBlock.acquire(tiling.grid());
    try {
      block.locate(sharedBlock);
      if (task < inputTasks()) {
        transformInputs(block, task * tiling.channelsTogether(), workspace);
      } else {
        long tasks = tiling.gradientTasks();
        long gradients = task - inputTasks();
        long done = gradients % tasks * tiling.channelsTogether();
        transformGradients(block, gradients / tasks, done, workspace);
      }
    } finally {
      WinogradBlock.release(block);
    }
  }

  private void transformInputs(WinogradBlock block, long from, MemorySegment workspace) {
    long to = Math.min(from + tiling.channelsTogether(), tiling.geometry().inChannels());
    block.transformInput(
        input,
        from,
        to,
        workspace,
        from * tiling.channelStride(),
        tiling.channelStride(),
        tiling.inputStride());
  }

  private void transformGradients(
      WinogradBlock block, long group, long from, MemorySegment workspace) {
    long outs = tiling.geometry().groupOutChannels();
    long to = Math.min(from + tiling.channelsTogether(), lastOut() - sharedOut);
    block.transformGradient(
        gradOutput,
        group * outs + sharedOut + from,
        group * outs + sharedOut + to,
        workspace,
        tiling.gradients() + (group * tiling.outBlock() + from) * tiling.channelStride(),
        tiling.channelStride(),
        tiling.gradientStride());
  }

  /** Returns the end of the output channels of a group at work. */
  private long lastOut() {
    return Math.min(sharedOut + tiling.outBlock(), tiling.geometry().groupOutChannels());
  }

  private void multiplyShared(long task, MemorySegment workspace) {
    long group = task / WinogradTransform.FREQUENCIES;
    long frequency = task % WinogradTransform.FREQUENCIES;
    long gradients = group * tiling.outBlock() * tiling.channelStride();
    long inputs = group * tiling.inBlock() * tiling.channelStride();
    TileGrid grid = tiling.grid();
    multiply(
        lastOut() - sharedOut,
        tiling.inBlock(),
        grid.lastTile(sharedBlock) - grid.firstTile(sharedBlock),
        workspace,
        tiling.gradients() + gradients + frequency * tiling.gradientStride(),
        inputs + frequency * tiling.inputStride(),
        sharedBlock == 0 ? 0 : 1,
        tiling.products() + task * tiling.sumStride());
  }

  private void transformBackShared(long task, MemorySegment workspace) {
    ConvGeometry geometry = tiling.geometry();
    long ins = geometry.groupInChannels();
    long group = task / tiling.backTasks();
    long from = task % tiling.backTasks() * tiling.rowsTogether();
    long to = Math.min(from + tiling.rowsTogether(), lastOut() - sharedOut);
    WinogradBlock block = WinogradBlock.acquire(tiling.grid());
    try {
      for (long i = from; i < to; i++) {
        long row = geometry.weightIndex(group, sharedOut + i);
        if (tiling.grid().blocks() == 0) {
          Elements.zero(tiling.type(), gradWeights, row, 9 * ins);
        } else {
          long products = group * WinogradTransform.FREQUENCIES * tiling.sumStride();
          long index = tiling.products() + products + i * ins;
          transformBack(block.kernels(), ins, workspace, index, gradWeights, row);
        }
      }
    } finally {
      WinogradBlock.release(block);
    }
  }

  private void runApart(long task, MemorySegment workspace, long own) {
    ConvGeometry geometry = tiling.geometry();
    long part = task % tiling.sums().parts();
    long channels = task / tiling.sums().parts();
    long group = channels / tiling.inBlocks() / tiling.outBlocks();
    long outFrom = channels / tiling.inBlocks() % tiling.outBlocks() * tiling.outBlock();
    long outTo = Math.min(outFrom + tiling.outBlock(), geometry.groupOutChannels());
    long inFrom = channels % tiling.inBlocks() * tiling.inBlock();
    long inTo = Math.min(inFrom + tiling.inBlock(), geometry.groupInChannels());
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
        long firstIn = group * geometry.groupInChannels();
        block.transformInput(
            input,
            firstIn + inFrom,
            firstIn + inTo,
            workspace,
            own,
            tiling.channelStride(),
            tiling.inputStride());
        long firstOut = group * geometry.groupOutChannels();
        block.transformGradient(
            gradOutput,
            firstOut + outFrom,
            firstOut + outTo,
            workspace,
            own + tiling.gradients(),
            tiling.channelStride(),
            tiling.gradientStride());
        for (int f = 0; f < WinogradTransform.FREQUENCIES; f++) {
          multiply(
              outTo - outFrom,
              inTo - inFrom,
              block.tiles(),
              workspace,
              own + tiling.gradients() + f * tiling.gradientStride(),
              own + f * tiling.inputStride(),
              piece == from ? 0 : 1,
              own + tiling.products() + f * tiling.sumStride());
        }
      }
      for (long oc = outFrom; oc < outTo; oc++) {
        long row = index + (oc - outFrom) * geometry.depth();
        if (from == to) {
          Elements.zero(tiling.type(), target, row, 9 * (inTo - inFrom));
        } else {
          long products = own + tiling.products() + (oc - outFrom) * (inTo - inFrom);
          transformBack(block.kernels(), inTo - inFrom, workspace, products, target, row);
        }
      }
    } finally {
      WinogradBlock.release(block);
    }
  }

  /** Adds the products of one frequency, {@code outs × ins}, to those of the blocks before. */
  private void multiply(
      long outs,
      long ins,
      long tiles,
      MemorySegment workspace,
      long gradients,
      long inputs,
      double beta,
      long products) {
    Gemm.multiply(
        tiling.type(),
        Transpose.NO,
        Transpose.YES,
        outs,
        ins,
        tiles,
        1,
        workspace,
        gradients,
        tiling.channelStride(),
        workspace,
        inputs,
        tiling.channelStride(),
        beta,
        workspace,
        products,
        ins);
  }

  /** Transforms the sums of one output channel back. */
  private void transformBack(
      KernelTransform kernels,
      long ins,
      MemorySegment workspace,
      long products,
      MemorySegment target,
      long index) {
    for (long done = 0; done < ins; done += KernelTransform.RUN) {
      boolean finite =
          kernels.transformBack(
              workspace,
              products + done,
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
