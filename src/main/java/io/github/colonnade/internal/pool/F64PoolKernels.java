package io.github.colonnade.internal.pool;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.memory.FreeList;
import java.lang.foreign.MemorySegment;

/** Portable loops; the single-precision twin is derived from this file by the build. */
final class F64PoolKernels implements PoolKernels {
  static final PoolKernels INSTANCE = new F64PoolKernels();

  private static final FreeList<F64PoolRow> ROWS =
      new FreeList<>(F64PoolRow::new, F64PoolRow::bytes);

  private F64PoolKernels() {}

  @Override
  public void maxForward(
      PoolGeometry geometry,
      long from,
      long to,
      MemorySegment input,
      MemorySegment output,
      MemorySegment indices) {
    F64PoolRow block = ROWS.take();
    long outW = geometry.horizontal().outputs();
    for (long ow = 0; ow < outW; ow += F64PoolRow.BLOCK) {
      block.setColumns(geometry.horizontal(), ow);
      for (long row = from; row < to; row++) {
        block.setRow(geometry, row);
        block.max(input);
        if (indices != null) {
          block.locate(input);
        }
        block.settle(input);
        if (indices != null) {
          block.storeIndices(indices, row * outW + ow);
        }
        block.store(output, row * outW + ow);
      }
    }
    ROWS.give(block);
  }

  @Override
  public void maxBackward(
      PoolGeometry geometry,
      long from,
      long to,
      MemorySegment input,
      MemorySegment gradOutput,
      MemorySegment gradInput) {
    F64PoolRow block = ROWS.take();
    long outW = geometry.horizontal().outputs();
    // Row by row, however wide: so sums are added in the order of scatterAdd.
    for (long row = from; row < to; row++) {
      block.setRow(geometry, row);
      for (long ow = 0; ow < outW; ow += F64PoolRow.BLOCK) {
        block.setColumns(geometry.horizontal(), ow);
        block.max(input);
        block.locate(input);
        block.settle(input);
        block.load(gradOutput, row * outW + ow);
        block.scatter(gradInput);
      }
    }
    ROWS.give(block);
  }

  @Override
  public void scatterAdd(
      PoolGeometry geometry,
      long from,
      long to,
      MemorySegment indices,
      MemorySegment gradOutput,
      MemorySegment gradInput) {
    long inPlane = geometry.inPlane();
    long outPlane = geometry.outPlane();
    for (long plane = from; plane < to; plane++) {
      long target = plane * inPlane;
      long beyond = (plane + 1) * outPlane;
      for (long i = plane * outPlane; i < beyond; i++) {
        long index = indices.getAtIndex(JAVA_LONG, i);
        if (index >= 0) {
          double sum =
              gradInput.getAtIndex(JAVA_DOUBLE, target + index)
                  + gradOutput.getAtIndex(JAVA_DOUBLE, i);
          gradInput.setAtIndex(JAVA_DOUBLE, target + index, sum);
        }
      }
    }
  }

  @Override
  public void averageForward(
      PoolGeometry geometry,
      AverageRule rule,
      long from,
      long to,
      MemorySegment input,
      MemorySegment output) {
    F64PoolRow block = ROWS.take();
    long outW = geometry.horizontal().outputs();
    for (long ow = 0; ow < outW; ow += F64PoolRow.BLOCK) {
      block.setColumns(geometry.horizontal(), ow);
      block.setDivisors(rule);
      for (long row = from; row < to; row++) {
        block.setRow(geometry, row);
        block.sum(input);
        block.divide(rule);
        block.store(output, row * outW + ow);
      }
    }
    ROWS.give(block);
  }

  @Override
  public void averageBackward(
      PoolGeometry geometry,
      AverageRule rule,
      long from,
      long to,
      MemorySegment gradOutput,
      MemorySegment gradInput) {
    F64PoolRow block = ROWS.take();
    long outW = geometry.horizontal().outputs();
    for (long ow = 0; ow < outW; ow += F64PoolRow.BLOCK) {
      block.setColumns(geometry.horizontal(), ow);
      block.setDivisors(rule);
      for (long row = from; row < to; row++) {
        block.setRow(geometry, row);
        block.load(gradOutput, row * outW + ow);
        block.divide(rule);
        block.spread(gradInput);
      }
    }
    ROWS.give(block);
  }
}
