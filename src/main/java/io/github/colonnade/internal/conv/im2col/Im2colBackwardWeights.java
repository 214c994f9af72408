package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.TaskShape;
import io.github.colonnade.internal.conv.lowering.ColumnWalk;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.memory.RowKernels;
import io.github.colonnade.internal.parallel.PartialSums;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The weights' gradient as a matrix multiply on lowered columns, {@code [O, pixels] · [pixels,
 * C·KH·KW]}, a panel at a time. A tile owns a block of the gradient; where blocks are few, the
 * pixels are split as well and the partial gradients added in a fixed order.
 */
final class Im2colBackwardWeights implements TileTask {
  private final Shape shape;
  private final MemorySegment input;
  private final MemorySegment gradOutput;
  private final MemorySegment gradWeights;
  private final PartialSums sums;

  /**
   * Takes the operands of one call.
   *
   * @param shape how the work is cut
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradWeights {@code [O, C/groups, KH, KW]}. Overwritten.
   */
  Im2colBackwardWeights(
      Shape shape, MemorySegment input, MemorySegment gradOutput, MemorySegment gradWeights) {
    this.shape = shape;
    this.input = input;
    this.gradOutput = gradOutput;
    this.gradWeights = gradWeights;
    this.sums = shape.sums.task(gradWeights);
  }

  /** What does not change from call to call. */
  static final class Shape implements TaskShape {
    private final ConvGeometry geometry;
    private final ElementType type;
    private final GradientTiling tiling;
    private final ColumnWalk lowering;
    private final PartialSums.Shape sums;
    // Worked out once: the divisions behind these would take longer than a small layer itself.
    private final long rowBlocks;
    private final long channelBlocks;
    private final long piecesPerImage;
    private final long tiles;

    /**
     * Cuts the gradient into tiles.
     *
     * @param geometry sizes
     * @param type element type
     * @param maxWorkspaceBytes the most scratch memory of one tile, and of the partial gradients
     */
    Shape(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
      this.geometry = geometry;
      this.type = type;
      this.tiling = GradientTiling.of(geometry, type, maxWorkspaceBytes);
      this.lowering = ColumnWalk.lowering(geometry, type, tiling.pixels());
      this.sums = tiling.sums();
      this.rowBlocks = tiling.rowBlocks();
      this.channelBlocks = tiling.channelBlocks();
      this.piecesPerImage = Math.max(1, tiling.piecesPerImage());
      this.tiles = tiling.tileCount();
    }

    @Override
    public long workspaceBytes() {
      return tiling.workspaceBytes();
    }

    @Override
    public long sharedBytes() {
      return sums.bytes();
    }

    @Override
    public long tileCount() {
      return tiles;
    }

    @Override
    public String describe() {
      return tiling.describe();
    }
  }

  @Override
  public long tileCount() {
    return shape.tileCount();
  }

  @Override
  public TileTask next() {
    return sums;
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    GradientTiling tiling = shape.tiling;
    long depth = shape.geometry.depth();
    long part = tile % shape.sums.parts();
    long block = tile / shape.sums.parts();
    long channels = channelTo(block) - channelFrom(block);
    long firstChannel = group(block) * shape.geometry.groupOutChannels() + channelFrom(block);
    MemorySegment memory = sums == null ? gradWeights : workspace;
    long memoryIndex = part * shape.sums.elements() + firstChannel * depth + rowFrom(block);
    long pieceFrom = shape.sums.firstPiece(part);
    long pieceTo = shape.sums.firstPiece(part + 1);
    if (pieceFrom == pieceTo) {
      for (long c = 0; c < channels; c++) {
        Elements.zero(shape.type, memory, memoryIndex + c * depth, rows(block));
      }
      return;
    }
    long own = workspaceOffset / shape.type.bytes();
    for (long piece = pieceFrom; piece < pieceTo; piece++) {
      add(block, piece, piece == pieceFrom ? 0 : 1, workspace, own, memory, memoryIndex);
    }
    if (tiling.transposed()) {
      RowKernels.of(shape.type)
          .transpose(
              workspace,
              own + tiling.blockIndex(),
              channels,
              rows(block),
              channels,
              memory,
              memoryIndex,
              depth);
    }
  }

  /** Returns the group that a block of the gradient belongs to. */
  private long group(long block) {
    return block / shape.rowBlocks / shape.channelBlocks;
  }

  /** Returns the first of a block's output channels within the group. */
  private long channelFrom(long block) {
    long index = block / shape.rowBlocks % shape.channelBlocks;
    return index * shape.tiling.channelBlock();
  }

  private long channelTo(long block) {
    long to = channelFrom(block) + shape.tiling.channelBlock();
    return Math.min(to, shape.geometry.groupOutChannels());
  }

  /** Returns the first of a block's weights within each channel's. */
  private long rowFrom(long block) {
    return block % shape.rowBlocks * shape.tiling.rowBlock();
  }

  private long rows(long block) {
    return Math.min(shape.tiling.rowBlock(), shape.geometry.depth() - rowFrom(block));
  }

  /** Adds what one piece of the pixels contributes to a block. */
  private void add(
      long block,
      long piece,
      double beta,
      MemorySegment workspace,
      long own,
      MemorySegment target,
      long targetIndex) {
    GradientTiling tiling = shape.tiling;
    long plane = shape.geometry.outPlane();
    boolean gathered = tiling.stage().isUsed();
    long most = gathered ? tiling.stage().images() : 1;
    long n = piece / shape.piecesPerImage * most;
    long images = Math.min(most, shape.geometry.batch() - n);
    long from = piece % shape.piecesPerImage * tiling.pixels();
    long each = Math.min(tiling.pixels(), plane - from);
    long count = images * each;

    MemorySegment columns = workspace;
    long columnsIndex = own;
    long columnsStride = count;
    if (tiling.lowered()) {
      long first = n * plane + from;
      shape.lowering.walk(
          input,
          group(block),
          rowFrom(block),
          rowFrom(block) + rows(block),
          first,
          first + count,
          workspace,
          own,
          count,
          1);
    } else {
      columns = input;
      long inChannel = group(block) * shape.geometry.groupInChannels() + rowFrom(block);
      columnsIndex = (n * shape.geometry.inChannels() + inChannel) * plane + from;
      columnsStride = plane;
    }

    long channel = group(block) * shape.geometry.groupOutChannels() + channelFrom(block);
    long gradient = (n * shape.geometry.outChannels() + channel) * plane + from;
    long channels = channelTo(block) - channelFrom(block);
    long staged = own + tiling.stagedIndex();
    if (tiling.transposed()) {
      for (long image = 0; image < images; image++) {
        RowKernels.of(shape.type)
            .transpose(
                gradOutput,
                gradient + image * shape.geometry.outChannels() * plane,
                plane,
                channels,
                each,
                workspace,
                staged + image * each * channels,
                channels);
      }
      Gemm.multiplyInParts(
          shape.type,
          Transpose.NO,
          rows(block),
          channels,
          count,
          columns,
          columnsIndex,
          columnsStride,
          workspace,
          staged,
          channels,
          beta,
          workspace,
          own + tiling.blockIndex(),
          channels);
      return;
    }
    if (gathered) {
      tiling
          .stage()
          .gather(
              gradOutput,
              group(block),
              n,
              n + images,
              channelFrom(block),
              channelTo(block),
              workspace,
              staged);
    }
    Gemm.multiply(
        shape.type,
        Transpose.NO,
        Transpose.YES,
        channels,
        rows(block),
        count,
        1,
        gathered ? workspace : gradOutput,
        gathered ? staged : gradient,
        gathered ? count : plane,
        columns,
        columnsIndex,
        columnsStride,
        beta,
        target,
        targetIndex,
        shape.geometry.depth());
  }
}
