package io.github.colonnade.internal.pool;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.RangeTask;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Pools and their gradients, cut into tiles: output rows where results are written, whole planes
 * where they are added up.
 */
public final class Pooling {
  private Pooling() {}

  /**
   * Takes the operands of a max pool.
   *
   * @param geometry sizes
   * @param type element type
   * @param input {@code [planes, H, W]}. Not modified.
   * @param output {@code [planes, OH, OW]}. Overwritten.
   * @param indices {@code [planes, OH, OW]} of longs, or null for none. Overwritten.
   */
  public static TileTask maxForward(
      PoolGeometry geometry,
      ElementType type,
      MemorySegment input,
      MemorySegment output,
      MemorySegment indices) {
    WindowBlocks blocks = WindowBlocks.of(geometry);
    if (blocks != null) {
      BlockKernels kernels = BlockKernels.of(type);
      return byBlock(
          blocks, (from, to) -> kernels.maxForward(blocks, from, to, input, output, indices));
    }
    PoolKernels kernels = PoolKernels.of(type);
    return byRow(
        geometry, (from, to) -> kernels.maxForward(geometry, from, to, input, output, indices));
  }

  /**
   * Takes the operands of an average pool.
   *
   * @param geometry sizes
   * @param rule what to divide by
   * @param type element type
   * @param input {@code [planes, H, W]}. Not modified.
   * @param output {@code [planes, OH, OW]}. Overwritten.
   */
  public static TileTask averageForward(
      PoolGeometry geometry,
      AverageRule rule,
      ElementType type,
      MemorySegment input,
      MemorySegment output) {
    WindowBlocks blocks = WindowBlocks.of(geometry);
    if (blocks != null) {
      BlockKernels kernels = BlockKernels.of(type);
      return byBlock(
          blocks, (from, to) -> kernels.averageForward(blocks, rule, from, to, input, output));
    }
    PoolKernels kernels = PoolKernels.of(type);
    return byRow(
        geometry, (from, to) -> kernels.averageForward(geometry, rule, from, to, input, output));
  }

  /**
   * Takes the operands of a max pool's gradient, which looks for the maxima once more.
   *
   * @param geometry sizes
   * @param type element type
   * @param input {@code [planes, H, W]}. Not modified.
   * @param gradOutput {@code [planes, OH, OW]}. Not modified.
   * @param gradInput {@code [planes, H, W]}. Overwritten.
   */
  public static TileTask maxBackward(
      PoolGeometry geometry,
      ElementType type,
      MemorySegment input,
      MemorySegment gradOutput,
      MemorySegment gradInput) {
    WindowBlocks blocks = WindowBlocks.of(geometry);
    if (blocks != null) {
      BlockKernels kernels = BlockKernels.of(type);
      return byGroup(
          blocks,
          (from, to) -> kernels.maxBackward(blocks, from, to, input, gradOutput, gradInput));
    }
    PoolKernels kernels = PoolKernels.of(type);
    return byPlane(
        geometry,
        type,
        gradInput,
        rowsOf(
            geometry,
            (from, to) -> kernels.maxBackward(geometry, from, to, input, gradOutput, gradInput)));
  }

  /**
   * Takes the operands of a max pool's gradient, the maxima known.
   *
   * @param geometry sizes
   * @param type element type
   * @param indices {@code [planes, OH, OW]} of positions in the input plane, below 0 for none. Not
   *     modified.
   * @param gradOutput {@code [planes, OH, OW]}. Not modified.
   * @param gradInput {@code [planes, H, W]}. Overwritten.
   */
  public static TileTask maxBackwardFromIndices(
      PoolGeometry geometry,
      ElementType type,
      MemorySegment indices,
      MemorySegment gradOutput,
      MemorySegment gradInput) {
    PoolKernels kernels = PoolKernels.of(type);
    return byPlane(
        geometry,
        type,
        gradInput,
        (from, to) -> kernels.scatterAdd(geometry, from, to, indices, gradOutput, gradInput));
  }

  /**
   * Takes the operands of an average pool's gradient.
   *
   * @param geometry sizes
   * @param rule what to divide by
   * @param type element type
   * @param gradOutput {@code [planes, OH, OW]}. Not modified.
   * @param gradInput {@code [planes, H, W]}. Overwritten.
   */
  public static TileTask averageBackward(
      PoolGeometry geometry,
      AverageRule rule,
      ElementType type,
      MemorySegment gradOutput,
      MemorySegment gradInput) {
    WindowBlocks blocks = WindowBlocks.of(geometry);
    if (blocks != null) {
      BlockKernels kernels = BlockKernels.of(type);
      return byGroup(
          blocks,
          (from, to) -> kernels.averageBackward(blocks, rule, from, to, gradOutput, gradInput));
    }
    PoolKernels kernels = PoolKernels.of(type);
    return byPlane(
        geometry,
        type,
        gradInput,
        rowsOf(
            geometry,
            (from, to) ->
                kernels.averageBackward(geometry, rule, from, to, gradOutput, gradInput)));
  }

  /**
   * Takes the operands of an unpool, which puts values where indices name, over zeros.
   *
   * @param planes images times channels
   * @param pooled pixels of a plane of values
   * @param unpooled pixels of a plane of the output
   * @param type element type
   * @param input {@code [planes, pooled]}. Not modified.
   * @param indices {@code [planes, pooled]} of longs, each a pixel of the output. Not modified.
   * @param output {@code [planes, unpooled]}. Overwritten.
   */
  public static TileTask unpool(
      long planes,
      long pooled,
      long unpooled,
      ElementType type,
      MemorySegment input,
      MemorySegment indices,
      MemorySegment output) {
    return RangeTask.of(
        planes,
        (double) pooled + unpooled,
        (from, to) -> {
          Elements.zero(type, output, from * unpooled, (to - from) * unpooled);
          for (long p = from; p < to; p++) {
            for (long i = p * pooled; i < (p + 1) * pooled; i++) {
              long target = p * unpooled + indices.getAtIndex(JAVA_LONG, i);
              Elements.repeat(type, input, i, output, target, 1);
            }
          }
        });
  }

  /**
   * Takes the operands of an unpool's gradient, which fetches from where indices name.
   *
   * @param planes images times channels
   * @param pooled pixels of a plane of values
   * @param unpooled pixels of a plane of the output
   * @param type element type
   * @param indices {@code [planes, pooled]} of longs, each a pixel of the output. Not modified.
   * @param gradOutput {@code [planes, unpooled]}. Not modified.
   * @param gradInput {@code [planes, pooled]}. Overwritten.
   */
  public static TileTask unpoolBackward(
      long planes,
      long pooled,
      long unpooled,
      ElementType type,
      MemorySegment indices,
      MemorySegment gradOutput,
      MemorySegment gradInput) {
    return RangeTask.of(
        planes,
        (double) pooled,
        (from, to) -> {
          for (long p = from; p < to; p++) {
            for (long i = p * pooled; i < (p + 1) * pooled; i++) {
              long source = p * unpooled + indices.getAtIndex(JAVA_LONG, i);
              Elements.repeat(type, gradOutput, source, gradInput, i, 1);
            }
          }
        });
  }

  private static TileTask byBlock(WindowBlocks blocks, RangeTask.Body body) {
    return RangeTask.of(blocks.count(), blocks.cost(), body);
  }

  /** All blocks of a plane belong together, where they add to the same pixels. */
  private static TileTask byGroup(WindowBlocks blocks, RangeTask.Body planes) {
    return RangeTask.of(blocks.planeGroups(), blocks.cost() * blocks.blocksOfPlane(), planes);
  }

  private static TileTask byRow(PoolGeometry geometry, RangeTask.Body rows) {
    return RangeTask.of(geometry.outRows(), geometry.rowCost(), rows);
  }

  /** Returns what computes planes with what computes rows. */
  private static RangeTask.Body rowsOf(PoolGeometry geometry, RangeTask.Body rows) {
    long height = geometry.vertical().outputs();
    return (from, to) -> rows.run(from * height, to * height);
  }

  /** Zeroes the planes of the sums before they are added to: no other tile touches them. */
  private static TileTask byPlane(
      PoolGeometry geometry, ElementType type, MemorySegment sums, RangeTask.Body planes) {
    return RangeTask.of(
        geometry.planes(),
        geometry.inPlane() + geometry.rowCost() * geometry.vertical().outputs(),
        (from, to) -> {
          Elements.zero(type, sums, from * geometry.inPlane(), (to - from) * geometry.inPlane());
          planes.run(from, to);
        });
  }
}
