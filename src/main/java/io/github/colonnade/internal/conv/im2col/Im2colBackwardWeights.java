package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.im2col.BackwardWeightsTiling.Transposed;
import io.github.colonnade.internal.conv.lowering.PanelOrder;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.memory.RowKernels;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The weights' gradient as a matrix multiply on lowered columns, {@code [O, pixels] · [pixels,
 * C·KH·KW]}, a panel at a time. A tile owns a block of the gradient; where blocks are few, the
 * pixels are split as well and the partial gradients added in a fixed order.
 *
 * @param tiling how the work is cut
 * @param input {@code [N, C, H, W]}. Not modified.
 * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
 * @param gradWeights {@code [O, C/groups, KH, KW]}. Overwritten.
 */
record Im2colBackwardWeights(
    BackwardWeightsTiling tiling,
    MemorySegment input,
    MemorySegment gradOutput,
    MemorySegment gradWeights)
    implements TileTask {

  @Override
  public long tileCount() {
    return tiling.tileCount();
  }

  @Override
  public TileTask next() {
    return tiling.sums().task(gradWeights);
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long depth = tiling.geometry().depth();
    long part = tile % tiling.sums().parts();
    long block = tile / tiling.sums().parts();
    long channels = channelTo(block) - channelFrom(block);
    MemorySegment memory = tiling.sums().parts() == 1 ? gradWeights : workspace;
    long first = tiling.geometry().weightIndex(group(block), channelFrom(block)) + rowFrom(block);
    long memoryIndex = part * tiling.sums().elements() + first;
    long pieceFrom = tiling.sums().firstPiece(part);
    long pieceTo = tiling.sums().firstPiece(part + 1);
    if (pieceFrom == pieceTo) {
      for (long c = 0; c < channels; c++) {
        Elements.zero(tiling.type(), memory, memoryIndex + c * depth, rows(block));
      }
      return;
    }
    long own = workspaceOffset / tiling.type().bytes();
    for (long piece = pieceFrom; piece < pieceTo; piece++) {
      add(block, piece, piece == pieceFrom ? 0 : 1, workspace, own, memory, memoryIndex);
    }
    if (tiling.transposed() == Transposed.GRADIENTS) {
      RowKernels.of(tiling.type())
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
    return block / tiling.rowBlocks() / tiling.channelBlocks();
  }

  /** Returns the first of a block's output channels within the group. */
  private long channelFrom(long block) {
    long index = block / tiling.rowBlocks() % tiling.channelBlocks();
    return index * tiling.channelBlock();
  }

  private long channelTo(long block) {
    long to = channelFrom(block) + tiling.channelBlock();
    return Math.min(to, tiling.geometry().groupOutChannels());
  }

  /** Returns the first of a block's weights within each channel's. */
  private long rowFrom(long block) {
    return block % tiling.rowBlocks() * tiling.rowBlock();
  }

  private long rows(long block) {
    return Math.min(tiling.rowBlock(), tiling.geometry().depth() - rowFrom(block));
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
    ConvGeometry geometry = tiling.geometry();
    long plane = geometry.outPlane();
    boolean gathered = tiling.gathered().isUsed();
    long most = gathered ? tiling.gathered().images() : 1;
    long n = piece / tiling.piecesPerImage() * most;
    long images = Math.min(most, geometry.batch() - n);
    long from = piece % tiling.piecesPerImage() * tiling.pixels();
    long each = Math.min(tiling.pixels(), plane - from);
    long count = images * each;

    MemorySegment columns = workspace;
    long columnsIndex = own;
    long columnsStride = count;
    if (tiling.isLowered()) {
      long first = n * plane + from;
      tiling
          .lowering()
          .walk(
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
      columnsIndex = geometry.inputIndex(n, group(block), rowFrom(block)) + from;
      columnsStride = plane;
    }

    long gradient = geometry.outputIndex(n, group(block), channelFrom(block)) + from;
    long channels = channelTo(block) - channelFrom(block);
    long gradients = own + tiling.gradientsIndex();
    if (tiling.transposed() == Transposed.GRADIENTS) {
      PanelOrder order = new PanelOrder(geometry, count);
      for (long done = 0, run = 0; done < count; done += order.run(), run++) {
        long source =
            gradient + order.image(run) * geometry.outChannels() * plane + order.pixel(run);
        RowKernels.of(tiling.type())
            .transpose(
                gradOutput,
                source,
                plane,
                channels,
                order.run(),
                workspace,
                gradients + done * channels,
                channels);
      }
      Gemm.multiplyInParts(
          tiling.type(),
          Transpose.NO,
          rows(block),
          channels,
          count,
          columns,
          columnsIndex,
          columnsStride,
          workspace,
          gradients,
          channels,
          beta,
          workspace,
          own + tiling.blockIndex(),
          channels);
      return;
    }
    if (gathered) {
      tiling
          .gathered()
          .gather(
              gradOutput,
              group(block),
              n,
              n + images,
              channelFrom(block),
              channelTo(block),
              workspace,
              gradients);
    }
    if (tiling.transposed() == Transposed.COLUMNS) {
      long transposed = own + tiling.blockIndex();
      long rows = rows(block);
      for (long row = 0; row < rows; row += BackwardWeightsTiling.COLUMNS_TOGETHER) {
        long some = Math.min(BackwardWeightsTiling.COLUMNS_TOGETHER, rows - row);
        RowKernels.of(tiling.type())
            .transpose(
                columns,
                columnsIndex + row * columnsStride,
                columnsStride,
                some,
                count,
                workspace,
                transposed,
                some);
        Gemm.multiplyInParts(
            tiling.type(),
            Transpose.NO,
            channels,
            some,
            count,
            gathered ? workspace : gradOutput,
            gathered ? gradients : gradient,
            gathered ? count : plane,
            workspace,
            transposed,
            some,
            beta,
            target,
            targetIndex + row,
            geometry.depth());
      }
      return;
    }
    Gemm.multiply(
        tiling.type(),
        Transpose.NO,
        Transpose.YES,
        channels,
        rows(block),
        count,
        1,
        gathered ? workspace : gradOutput,
        gathered ? gradients : gradient,
        gathered ? count : plane,
        columns,
        columnsIndex,
        columnsStride,
        beta,
        target,
        targetIndex,
        geometry.depth());
  }
}
