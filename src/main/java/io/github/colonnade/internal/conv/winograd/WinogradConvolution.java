package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.conv.ConvGeometry;
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

  /** The step at work, where tasks share tiles. */
  private long step;

  /** Whether tasks multiply in this phase, rather than transform what they share. */
  private boolean multiplies;

  /**
   * Takes the operands of one call.
   *
   * @param tiling how the work is cut
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight as the tiling reads it. Not modified.
   * @param transformed all weights, transformed beforehand; null if they are transformed in the
   *     workspace. Not modified.
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
  }

  @Override
  public long tileCount() {
    if (!shares() || multiplies) {
      return tiling.tileCount();
    }
    return inputTasks() + weightTasks() + outputTasks();
  }

  @Override
  public long mostTiles() {
    // A step that transforms all kinds has at least as many tasks as any.
    return shares()
        ? Math.max(tiling.tileCount(), tiling.inputTasks() + allWeightTasks() + allOutputTasks())
        : tiling.tileCount();
  }

  /** Goes on with the next phase; it is the same object, so that many phases make no garbage. */
  @Override
  public TileTask next() {
    if (shares() && step < tiling.steps()) {
      step += multiplies ? 1 : 0;
      multiplies = !multiplies;
      return this;
    }
    return notFinite ? otherwise.task(input, weight, bias, output) : null;
  }

  private boolean shares() {
    return tiling.sharing() != Sharing.NOTHING;
  }

  /** Returns the tasks that transform a block's tiles, if this is its first step. */
  private long inputTasks() {
    return step < tiling.steps() && step % tiling.blockSteps() == 0 ? tiling.inputTasks() : 0;
  }

  /** Returns the tasks that transform this step's weights. */
  private long weightTasks() {
    return step < tiling.steps() ? allWeightTasks() : 0;
  }

  /** Returns the tasks that transform the last step's products back. */
  private long outputTasks() {
    return step > 0 ? allOutputTasks() : 0;
  }

  private long allWeightTasks() {
    return tiling.sharesAll() && !tiling.sharedWeights()
        ? tiling.geometry().groups() * groupWeightTasks()
        : 0;
  }

  private long groupWeightTasks() {
    return Math.ceilDiv(tiling.weightRows(), WinogradWeights.rowsTogether(tiling));
  }

  private long allOutputTasks() {
    return tiling.sharesAll() ? tiling.geometry().groups() * groupOutputTasks() : 0;
  }

  private long groupOutputTasks() {
    return Math.ceilDiv(tiling.outBlock(), tiling.channelsTogether());
  }

  @Override
  public void run(long task, MemorySegment workspace, long workspaceOffset) {
    WinogradBlock block = WinogradBlock.acquire(tiling.grid());
    try {
      if (!shares()) {
        long channelTasks = tiling.ranges() * tiling.geometry().groups();
        block.locate(task / channelTasks);
        run(block, task % channelTasks, workspace, workspaceOffset / tiling.type().bytes());
      } else if (multiplies) {
        block.locate(step / tiling.blockSteps());
        if (tiling.sharesAll()) {
          multiplyFrequency(block, task, workspace);
        } else {
          run(block, task, workspace, workspaceOffset / tiling.type().bytes());
        }
      } else {
        transformShared(block, task, workspace);
      }
    } finally {
      WinogradBlock.release(block);
    }
  }

  private void transformShared(WinogradBlock block, long task, MemorySegment workspace) {
    long inputs = inputTasks();
    long outputs = outputTasks();
    if (task < inputs) {
      block.locate(step / tiling.blockSteps());
      long from = task * tiling.channelsTogether();
      long to = Math.min(from + tiling.channelsTogether(), tiling.geometry().inChannels());
      transformInput(block, from, to, workspace, from * tiling.channelStride());
    } else if (task < inputs + outputs) {
      block.locate((step - 1) / tiling.blockSteps());
      transformBack(block, task - inputs, workspace);
    } else {
      transformWeights(block, task - inputs - outputs, workspace);
    }
  }

  /** Transforms some products of the last step, of a group's block of output channels, back. */
  private void transformBack(WinogradBlock block, long task, MemorySegment workspace) {
    long group = task / groupOutputTasks();
    long done = task % groupOutputTasks() * tiling.channelsTogether();
    long from = firstOut(step - 1) + done;
    long to = Math.min(from + tiling.channelsTogether(), lastOut(step - 1));
    long index = tiling.products() + (group * tiling.outBlock() + done) * tiling.channelStride();
    transformOutput(block, group, from, to, workspace, index);
  }

  /** Transforms some rows of the weights of a group's block of output channels. */
  private void transformWeights(WinogradBlock block, long task, MemorySegment workspace) {
    long group = task / groupWeightTasks();
    long row = task % groupWeightTasks() * WinogradWeights.rowsTogether(tiling);
    long to = row + WinogradWeights.rowsTogether(tiling);
    long outFrom = firstOut(step);
    long outTo = lastOut(step);
    long ins = tiling.geometry().groupInChannels();
    long index = blockWeights(group) + row * tiling.weightRow();
    if (tiling.transposed()) {
      transformWeights(block, group, outFrom, outTo, row, Math.min(to, ins), workspace, index);
    } else if (row < outTo - outFrom) {
      long outs = Math.min(outFrom + to, outTo);
      transformWeights(block, group, outFrom + row, outs, 0, ins, workspace, index);
    }
  }

  /** Transforms the weights from some input channels of a group to some output channels. */
  private void transformWeights(
      WinogradBlock block,
      long group,
      long outFrom,
      long outTo,
      long inFrom,
      long inTo,
      MemorySegment workspace,
      long index) {
    boolean transposed = tiling.transposed();
    ConvGeometry geometry = tiling.geometry();
    long rows = transposed ? geometry.groupInChannels() : geometry.groupOutChannels();
    WinogradWeights.transform(
        tiling,
        block.kernels(),
        weight,
        group * rows + (transposed ? inFrom : outFrom),
        transposed ? inTo - inFrom : outTo - outFrom,
        transposed ? outFrom : inFrom,
        transposed ? outTo - outFrom : inTo - inFrom,
        workspace,
        index);
  }

  /** Multiplies one frequency of a group's tiles by the weights of a block of output channels. */
  private void multiplyFrequency(WinogradBlock block, long task, MemorySegment workspace) {
    long group = task / WinogradTransform.FREQUENCIES;
    long channels = tiling.geometry().groupInChannels();
    long from = firstOut(step);
    multiply(
        block,
        (int) (task % WinogradTransform.FREQUENCIES),
        lastOut(step) - from,
        0,
        channels,
        tiling.sharedWeights() ? sharedWeights(group, from, 0) : blockWeights(group),
        workspace,
        group * channels * tiling.channelStride(),
        tiling.products() + group * tiling.outBlock() * tiling.channelStride());
  }

  /** Returns the first output channel of a group's block in a step. */
  private long firstOut(long ofStep) {
    return ofStep % tiling.outBlocks() * tiling.outBlock();
  }

  /** Returns the end of the output channels of a group's block in a step. */
  private long lastOut(long ofStep) {
    return Math.min(firstOut(ofStep) + tiling.outBlock(), tiling.geometry().groupOutChannels());
  }

  /** Computes a block for a range of one group's output channels. */
  private void run(WinogradBlock block, long channelTask, MemorySegment workspace, long own) {
    long group = channelTask / tiling.ranges();
    long from = channelTask % tiling.ranges() * tiling.range();
    long to = Math.min(from + tiling.range(), tiling.geometry().groupOutChannels());
    long channels = tiling.geometry().groupInChannels();
    long first = group * channels;
    boolean whole = tiling.inBlock() >= channels;
    long inputs = shares() ? first * tiling.channelStride() : own;
    if (whole && !shares()) {
      transformInput(block, first, first + channels, workspace, own);
    }
    for (long oc = from; oc < to; oc += tiling.outBlock()) {
      long outTo = Math.min(oc + tiling.outBlock(), to);
      for (long ic = 0; ic < channels; ic += tiling.inBlock()) {
        long inTo = Math.min(ic + tiling.inBlock(), channels);
        if (!whole) {
          transformInput(block, first + ic, first + inTo, workspace, own);
        }
        multiply(block, group, oc, outTo, ic, inTo, workspace, inputs, own);
      }
      transformOutput(block, group, oc, outTo, workspace, own + tiling.products());
    }
  }

  /** Transforms the tiles of some channels of all groups' to {@code index}. */
  private void transformInput(
      WinogradBlock block, long from, long to, MemorySegment workspace, long index) {
    block.transformInput(
        input, from, to, workspace, index, tiling.channelStride(), tiling.inputStride());
  }

  /** Multiplies all frequencies of some tiles by weights. */
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
    long weights = own + tiling.blockWeights();
    if (tiling.sharedWeights()) {
      weights = sharedWeights(group, outFrom, inFrom);
    } else {
      transformWeights(block, group, outFrom, outTo, inFrom, inTo, workspace, weights);
    }
    for (int f = 0; f < WinogradTransform.FREQUENCIES; f++) {
      multiply(
          block,
          f,
          outTo - outFrom,
          inFrom,
          inTo,
          weights,
          workspace,
          inputs,
          own + tiling.products());
    }
  }

  /** Returns where the weights of a group's block begin that tasks share. */
  private long blockWeights(long group) {
    return tiling.blockWeights() + group * tiling.weightRows() * tiling.weightRow();
  }

  /** Returns where the weights from an output and an input channel on begin, transformed once. */
  private long sharedWeights(long group, long out, long in) {
    boolean transposed = tiling.transposed();
    long row = group * tiling.weightRows() + (transposed ? in : out);
    long index = row * tiling.weightRow() + (transposed ? out : in);
    return transformed == null ? tiling.sharedWeightIndex() + index : index;
  }

  /** Multiplies one frequency. */
  private void multiply(
      WinogradBlock block,
      int frequency,
      long outs,
      long inFrom,
      long inTo,
      long weights,
      MemorySegment workspace,
      long inputs,
      long products) {
    long depth = Parts.evenSize(inTo - inFrom, MOST_DEPTH);
    for (long ic = inFrom; ic < inTo; ic += depth) {
      Gemm.multiplyInParts(
          tiling.type(),
          tiling.transposed() ? Transpose.YES : Transpose.NO,
          outs,
          block.columns(),
          Math.min(depth, inTo - ic),
          transformed == null ? workspace : transformed,
          weights
              + frequency * tiling.weightStride()
              + (ic - inFrom) * (tiling.transposed() ? tiling.weightRow() : 1),
          tiling.weightRow(),
          workspace,
          inputs + frequency * tiling.inputStride() + (ic - inFrom) * tiling.channelStride(),
          tiling.channelStride(),
          ic == 0 ? 0 : 1,
          workspace,
          products + frequency * tiling.productStride(),
          tiling.channelStride());
    }
  }

  /** Transforms the products from some output channel to another back, the first at an index. */
  private void transformOutput(
      WinogradBlock block, long group, long from, long to, MemorySegment workspace, long products) {
    long first = group * tiling.geometry().groupOutChannels();
    boolean finite =
        block.transformOutput(
            workspace,
            products,
            tiling.channelStride(),
            tiling.productStride(),
            bias,
            epilogue,
            output,
            first + from,
            first + to);
    if (!finite) {
      notFinite = true;
    }
  }
}
