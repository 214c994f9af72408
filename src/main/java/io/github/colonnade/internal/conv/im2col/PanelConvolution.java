package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.conv.lowering.PanelOrder;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Convolution as a matrix multiply on lowered columns, as {@link Im2colConvolution}, where pixels
 * are few: phase after phase, a panel of columns is lowered, then multiplied.
 */
final class PanelConvolution implements TileTask {
  private final PanelTiling tiling;
  private final MemorySegment input;
  private final MemorySegment weight;
  private final MemorySegment bias;
  private final Epilogue epilogue;
  private final MemorySegment output;

  /** The panel at work: of all panels of all groups of all images. */
  private long panel;

  /** Whether this phase lowers the panel for the next, which multiplies it. */
  private boolean lowers = true;

  /**
   * Takes the operands of one call.
   *
   * @param tiling how the work is cut
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param epilogue what becomes of the sums
   * @param output {@code [N, O, OH, OW]}. Overwritten.
   */
  PanelConvolution(
      PanelTiling tiling,
      MemorySegment input,
      MemorySegment weight,
      MemorySegment bias,
      Epilogue epilogue,
      MemorySegment output) {
    this.tiling = tiling;
    this.input = input;
    this.weight = weight;
    this.bias = bias;
    this.epilogue = epilogue;
    this.output = output;
  }

  @Override
  public long tileCount() {
    return lowers ? tiling.loweringTiles() : tiling.multiplyTiles();
  }

  @Override
  public long mostTiles() {
    return Math.max(tiling.loweringTiles(), tiling.multiplyTiles());
  }

  /** Goes on with the next phase; it is the same object, so that many phases make no garbage. */
  @Override
  public TileTask next() {
    if (lowers) {
      lowers = false;
      return this;
    }
    lowers = true;
    panel++;
    return panel < tiling.allPanels() ? this : null;
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    if (lowers) {
      lower(tile, workspace);
    } else {
      multiply(tile, workspace);
    }
  }

  /** Returns the first row of the panel, of all columns. */
  private long row() {
    return panel % tiling.panels() * tiling.panelRows();
  }

  /** Returns the rows of the panel; the last is lower than others. */
  private long rows() {
    return Math.min(tiling.panelRows(), tiling.geometry().depth() - row());
  }

  private long group() {
    return panel / tiling.panels() % tiling.geometry().groups();
  }

  /** Returns the first image of the panel. */
  private long image() {
    return panel / tiling.panels() / tiling.geometry().groups() * tiling.images();
  }

  /** Returns the pixels of the panel; the last images are fewer than others. */
  private long panelPixels() {
    ConvGeometry geometry = tiling.geometry();
    return Math.min(tiling.images(), geometry.batch() - image()) * geometry.outPlane();
  }

  private void lower(long tile, MemorySegment workspace) {
    long pixels = panelPixels();
    long firstPixel = image() * tiling.geometry().outPlane();
    long from = tile * tiling.loweredRows();
    long to = Math.min(from + tiling.loweredRows(), rows());
    if (from >= to) {
      return;
    }
    tiling
        .lowering()
        .walk(
            input,
            group(),
            row() + from,
            row() + to,
            firstPixel,
            firstPixel + pixels,
            workspace,
            from * pixels,
            pixels,
            1);
  }

  private void multiply(long tile, MemorySegment workspace) {
    ConvGeometry geometry = tiling.geometry();
    long row = row();
    long rows = rows();
    long group = group();
    long allPixels = panelPixels();
    long channel = tile % tiling.channelBlocks() * tiling.channelBlock();
    long channels = Math.min(tiling.channelBlock(), geometry.groupOutChannels() - channel);
    long pixel = tile / tiling.channelBlocks() * tiling.pixelBlock();
    long pixels = Math.min(tiling.pixelBlock(), allPixels - pixel);
    if (pixels <= 0) {
      return;
    }
    MemorySegment target = tiling.staged() ? workspace : output;
    long index =
        pixel
            + (tiling.staged()
                ? tiling.stage() + channel * allPixels
                : geometry.outputIndex(image(), group, channel));
    double beta = row == 0 ? 0 : 1;
    if (row == 0 && bias != null) {
      for (long c = 0; c < channels; c++) {
        long oc = group * geometry.groupOutChannels() + channel + c;
        Elements.repeat(tiling.type(), bias, oc, target, index + c * allPixels, pixels);
      }
      beta = 1;
    }
    Gemm.multiplyInParts(
        tiling.type(),
        tiling.turned() ? Transpose.YES : Transpose.NO,
        channels,
        pixels,
        rows,
        weight,
        tiling.turned()
            ? geometry.weightIndex(group, 0) + row * geometry.groupOutChannels() + channel
            : geometry.weightIndex(group, channel) + row,
        tiling.turned() ? geometry.groupOutChannels() : geometry.depth(),
        workspace,
        pixel,
        allPixels,
        beta,
        target,
        index,
        allPixels);
    if (row + rows < geometry.depth()) {
      return;
    }
    PanelOrder order = new PanelOrder(geometry, allPixels);
    for (long c = 0; c < channels; c++) {
      epilogue.apply(tiling.type(), target, index + c * allPixels, pixels);
      if (tiling.staged()) {
        order.toPlanes(
            tiling.type(),
            workspace,
            index + c * allPixels,
            pixel,
            pixels,
            output,
            geometry.outputIndex(image(), group, channel + c),
            geometry.outChannels() * geometry.outPlane());
      }
    }
  }
}
