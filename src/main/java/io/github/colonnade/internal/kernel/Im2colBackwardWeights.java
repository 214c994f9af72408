package io.github.colonnade.internal.kernel;

import io.github.colonnade.internal.blas.ElementType;
import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
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
    this.sums = shape.splits == 1 ? null : new PartialSums(shape.sums, gradWeights);
  }

  /** What does not change from call to call. */
  static final class Shape {
    private static final long LEAST_CHANNEL_BLOCK = 64;
    private static final long MOST_ROWS = 384;
    private static final long MOST_PIXELS = 1024;
    private static final long PANEL_BYTES = 1 << 20;

    private final ConvGeometry geometry;
    private final ElementType type;
    private final ColumnWalk lowering;
    private final GradientStage stage;
    private final long rowBlock;
    private final long rowBlocks;
    private final long channelBlock;
    private final long channelBlocks;
    private final long pixels;
    private final long pieces;
    private final long splits;
    private final PartialSums.Shape sums;

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
      long budget = Math.min(PANEL_BYTES, maxWorkspaceBytes) / type.bytes();
      long rows = Math.clamp(budget / 16, 1, Math.min(MOST_ROWS, geometry.depth()));
      this.rowBlocks = Math.ceilDiv(geometry.depth(), rows);
      this.rowBlock = Math.ceilDiv(geometry.depth(), rowBlocks);
      long wanted = Math.clamp(budget / rowBlock, 1, MOST_PIXELS);
      this.stage =
          GradientStage.of(
              geometry, type, wanted, maxWorkspaceBytes / type.bytes() - rowBlock * wanted);
      this.pixels = stage.isUsed() ? stage.pixels() : Math.min(wanted, geometry.outPlane());
      this.lowering = ColumnWalk.lowering(geometry, type, pixels);
      this.pieces = stage.isUsed() ? stage.tiles() : geometry.batch() * piecesPerImage();
      // Splitting the pixels costs a sum of partial gradients; splitting channels instead would
      // lower every pixel once for each block, so it is the second choice.
      long owned = geometry.groups() * rowBlocks;
      long wantedSplits = Math.min(Math.ceilDiv(PanelTiling.enoughTiles(geometry), owned), pieces);
      long partialBytes = Math.max(1, weights() * type.bytes());
      long room = Math.max(0, maxWorkspaceBytes - workspaceBytes());
      this.splits = Math.clamp(room / partialBytes, 1, Math.max(1, wantedSplits));
      this.sums = new PartialSums.Shape(type, splits, weights());
      long wantedBlocks = Math.ceilDiv(PanelTiling.enoughTiles(geometry), owned * splits);
      long blocks = Math.clamp(geometry.groupOutChannels() / LEAST_CHANNEL_BLOCK, 1, wantedBlocks);
      this.channelBlock = Math.ceilDiv(geometry.groupOutChannels(), blocks);
      this.channelBlocks = Math.ceilDiv(geometry.groupOutChannels(), channelBlock);
    }

    private long piecesPerImage() {
      return Math.ceilDiv(geometry.outPlane(), Math.max(1, pixels));
    }

    /** Returns the scratch bytes of one tile. */
    long workspaceBytes() {
      boolean lowered = stage.isUsed() || !geometry.isPointwise();
      return ((lowered ? rowBlock * pixels : 0) + stage.elements()) * type.bytes();
    }

    /** Returns the bytes of the partial gradients. */
    long sharedBytes() {
      return sums.bytes();
    }

    private long weights() {
      return geometry.outChannels() * geometry.depth();
    }

    long tileCount() {
      return geometry.groups() * channelBlocks * rowBlocks * splits;
    }

    /** Returns how the work is cut, for people. */
    String describe() {
      return tileCount()
          + " tiles of "
          + channelBlock
          + " channels × "
          + rowBlock
          + " weights, "
          + pixels
          + " pixels at a time"
          + (splits > 1 ? ", pixels split " + splits + " ways" : "")
          + (stage.isUsed() ? ", several images a tile" : "");
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
    ConvGeometry geometry = shape.geometry;
    ElementType type = shape.type;
    long split = tile % shape.splits;
    long block = tile / shape.splits;
    long channels = channelTo(block) - channelFrom(block);
    long firstChannel = group(block) * geometry.groupOutChannels() + channelFrom(block);
    long target = firstChannel * geometry.depth() + rowFrom(block);
    boolean whole = shape.splits == 1;
    MemorySegment memory = whole ? gradWeights : workspace;
    long memoryIndex = whole ? target : split * shape.weights() + target;
    long pieceFrom = split * shape.pieces / shape.splits;
    long pieceTo = (split + 1) * shape.pieces / shape.splits;
    if (pieceFrom == pieceTo) {
      for (long c = 0; c < channels; c++) {
        Elements.zero(type, memory, memoryIndex + c * geometry.depth(), rows(block));
      }
    }
    for (long piece = pieceFrom; piece < pieceTo; piece++) {
      double beta = piece == pieceFrom ? 0 : 1;
      add(block, piece, beta, workspace, workspaceOffset / type.bytes(), memory, memoryIndex);
    }
  }

  /** Returns the group that a block of the gradient belongs to. */
  private long group(long block) {
    return block / shape.rowBlocks / shape.channelBlocks;
  }

  /** Returns the first of a block's output channels within the group. */
  private long channelFrom(long block) {
    return block / shape.rowBlocks % shape.channelBlocks * shape.channelBlock;
  }

  private long channelTo(long block) {
    return Math.min(channelFrom(block) + shape.channelBlock, shape.geometry.groupOutChannels());
  }

  /** Returns the first of a block's weights within each channel's. */
  private long rowFrom(long block) {
    return block % shape.rowBlocks * shape.rowBlock;
  }

  private long rows(long block) {
    return Math.min(shape.rowBlock, shape.geometry.depth() - rowFrom(block));
  }

  /** Adds what one piece of the pixels contributes to a block. */
  private void add(
      long block,
      long piece,
      double beta,
      MemorySegment workspace,
      long panel,
      MemorySegment target,
      long targetIndex) {
    long plane = shape.geometry.outPlane();
    if (shape.stage.isUsed()) {
      long imageFrom = piece * shape.stage.images();
      long imageTo = Math.min(imageFrom + shape.stage.images(), shape.geometry.batch());
      long count = (imageTo - imageFrom) * plane;
      long staged = panel + shape.rowBlock * shape.pixels;
      shape.stage.gather(
          gradOutput,
          group(block),
          imageFrom,
          imageTo,
          channelFrom(block),
          channelTo(block),
          workspace,
          staged);
      lower(block, imageFrom * plane, count, workspace, panel);
      multiply(
          block,
          workspace,
          staged,
          count,
          workspace,
          panel,
          count,
          count,
          beta,
          target,
          targetIndex);
      return;
    }
    long n = piece / shape.piecesPerImage();
    long from = piece % shape.piecesPerImage() * shape.pixels;
    long count = Math.min(shape.pixels, plane - from);
    long channel = group(block) * shape.geometry.groupOutChannels() + channelFrom(block);
    long gradient = (n * shape.geometry.outChannels() + channel) * plane + from;
    if (shape.geometry.isPointwise()) {
      long inChannel = group(block) * shape.geometry.groupInChannels() + rowFrom(block);
      long x = (n * shape.geometry.inChannels() + inChannel) * plane + from;
      multiply(
          block, gradOutput, gradient, plane, input, x, plane, count, beta, target, targetIndex);
    } else {
      lower(block, n * plane + from, count, workspace, panel);
      multiply(
          block,
          gradOutput,
          gradient,
          plane,
          workspace,
          panel,
          count,
          count,
          beta,
          target,
          targetIndex);
    }
  }

  private void lower(long block, long pixelFrom, long count, MemorySegment workspace, long panel) {
    shape.lowering.walk(
        input,
        group(block),
        rowFrom(block),
        rowFrom(block) + rows(block),
        pixelFrom,
        pixelFrom + count,
        workspace,
        panel,
        count,
        1);
  }

  private void multiply(
      long block,
      MemorySegment gradients,
      long gradientsIndex,
      long gradientsStride,
      MemorySegment columns,
      long columnsIndex,
      long columnsStride,
      long count,
      double beta,
      MemorySegment target,
      long targetIndex) {
    Gemm.multiply(
        shape.type,
        Transpose.NO,
        Transpose.YES,
        channelTo(block) - channelFrom(block),
        rows(block),
        count,
        1,
        gradients,
        gradientsIndex,
        gradientsStride,
        columns,
        columnsIndex,
        columnsStride,
        beta,
        target,
        targetIndex,
        shape.geometry.depth());
  }
}
