package io.github.colonnade.internal.pool;

import io.github.colonnade.internal.memory.FreeList;
import java.lang.foreign.MemorySegment;

/** Block after block; the single-precision twin is derived from this file by the build. */
final class F64BlockKernels implements BlockKernels {
  static final BlockKernels INSTANCE = new F64BlockKernels();

  private static final FreeList<F64PoolBlock> BLOCKS =
      new FreeList<>(F64PoolBlock::new, F64PoolBlock::bytes);

  private F64BlockKernels() {}

  @Override
  public void maxForward(
      WindowBlocks blocks,
      long from,
      long to,
      MemorySegment input,
      MemorySegment output,
      MemorySegment indices) {
    F64PoolBlock block = BLOCKS.take();
    block.begin(blocks, F64PoolBlock.LEAST);
    long ofPlane = blocks.blocksOfPlane();
    for (long i = from; i < to; i++) {
      block.select(i / ofPlane, i % ofPlane);
      block.load(input);
      if (indices == null) {
        block.max();
      } else {
        block.locateMax();
        block.storeIndices(indices);
        block.takeFound();
      }
      block.store(output);
    }
    BLOCKS.give(block);
  }

  @Override
  public void maxBackward(
      WindowBlocks blocks,
      long from,
      long to,
      MemorySegment input,
      MemorySegment gradOutput,
      MemorySegment gradInput) {
    F64PoolBlock block = BLOCKS.take();
    block.begin(blocks, F64PoolBlock.LEAST);
    for (long group = from; group < to; group++) {
      block.zeroSums();
      for (long i = 0; i < blocks.blocksOfPlane(); i++) {
        block.select(group, i);
        block.load(input);
        block.locateMax();
        block.loadGradients(gradOutput);
        block.scatter();
        block.storeSums(gradInput);
      }
    }
    BLOCKS.give(block);
  }

  @Override
  public void averageForward(
      WindowBlocks blocks,
      AverageRule rule,
      long from,
      long to,
      MemorySegment input,
      MemorySegment output) {
    F64PoolBlock block = BLOCKS.take();
    block.begin(blocks, 0);
    long ofPlane = blocks.blocksOfPlane();
    for (long i = from; i < to; i++) {
      block.select(i / ofPlane, i % ofPlane);
      block.load(input);
      block.sum();
      block.divide(rule);
      block.store(output);
    }
    BLOCKS.give(block);
  }

  @Override
  public void averageBackward(
      WindowBlocks blocks,
      AverageRule rule,
      long from,
      long to,
      MemorySegment gradOutput,
      MemorySegment gradInput) {
    F64PoolBlock block = BLOCKS.take();
    block.begin(blocks, 0);
    for (long group = from; group < to; group++) {
      block.zeroSums();
      for (long i = 0; i < blocks.blocksOfPlane(); i++) {
        block.select(group, i);
        block.loadGradients(gradOutput);
        block.divide(rule);
        block.spread();
        block.storeSums(gradInput);
      }
    }
    BLOCKS.give(block);
  }
}
