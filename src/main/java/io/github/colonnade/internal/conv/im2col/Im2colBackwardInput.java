package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The input's gradient as a matrix multiply and col2im, {@code [C·KH·KW, O] · [O, pixels]}, a panel
 * at a time. A tile owns some input channels of some images, so no two tiles add to one pixel.
 * Where these are few, planes are cut into bands of output rows as well, and the odd bands wait for
 * the even ones: neighbours, whose windows overlap, never add at once or in another order.
 *
 * @param tiling how the work is cut
 * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
 * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
 * @param bias {@code [C]}, what each sum starts from, or null for zero. Not modified.
 * @param epilogue what becomes of the sums
 * @param gradInput {@code [N, C, H, W]}. Overwritten.
 */
record Im2colBackwardInput(
    BackwardInputTiling tiling,
    MemorySegment gradOutput,
    MemorySegment weight,
    MemorySegment bias,
    Epilogue epilogue,
    MemorySegment gradInput)
    implements TileTask {

  @Override
  public long tileCount() {
    return tiling.tileCount();
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long bands = tiling.evenBands();
    run(tile / bands, 2 * (tile % bands), workspace, workspaceOffset);
  }

  @Override
  public TileTask next() {
    return tiling.bands() == 1 ? null : new OddBands();
  }

  /** The second phase of the same call. */
  private final class OddBands implements TileTask {
    @Override
    public long tileCount() {
      return tiling.tileCount(tiling.oddBands());
    }

    @Override
    public void run(long tile, MemorySegment workspace, long workspaceOffset) {
      long bands = tiling.oddBands();
      Im2colBackwardInput.this.run(
          tile / bands, 2 * (tile % bands) + 1, workspace, workspaceOffset);
    }
  }

  /** Computes a band of some channels of some images. */
  private void run(long planes, long band, MemorySegment workspace, long workspaceOffset) {
    ConvGeometry geometry = tiling.geometry();
    long block = planes % tiling.channelBlocks();
    long group = planes / tiling.channelBlocks() % geometry.groups();
    long imageTile = planes / tiling.channelBlocks() / geometry.groups();
    long channelFrom = block * tiling.channelBlock();
    long channelTo = Math.min(channelFrom + tiling.channelBlock(), geometry.groupInChannels());
    long images = tiling.gathered().isUsed() ? tiling.gathered().images() : 1;
    long imageFrom = imageTile * images;
    long imageTo = Math.min(imageFrom + images, geometry.batch());
    if (band % 2 == 0) {
      begin(group, channelFrom, channelTo, imageFrom, imageTo, band);
    }
    long workspaceIndex = workspaceOffset / tiling.type().bytes();
    if (tiling.gathered().isUsed()) {
      long panel = workspaceIndex + tiling.gathered().elements();
      long count = (imageTo - imageFrom) * geometry.outPlane();
      tiling
          .gathered()
          .gather(
              gradOutput,
              group,
              imageFrom,
              imageTo,
              0,
              geometry.groupOutChannels(),
              workspace,
              workspaceIndex);
      multiply(
          group,
          channelFrom,
          channelTo,
          workspace,
          workspaceIndex,
          count,
          count,
          workspace,
          workspaceIndex,
          panel);
      col2im(
          group, channelFrom, channelTo, imageFrom * geometry.outPlane(), count, workspace, panel);
      complete(group, channelFrom, channelTo, imageFrom, imageTo, band);
      return;
    }
    long gradient = geometry.outputIndex(imageFrom, group, 0);
    long bandTo = Math.min((band + 1) * tiling.bandRows(), geometry.outH());
    long end = bandTo * geometry.outW();
    for (long from = band * tiling.bandRows() * geometry.outW(); from < end; ) {
      long count = Math.min(tiling.pixels(), end - from);
      multiply(
          group,
          channelFrom,
          channelTo,
          gradOutput,
          gradient + from,
          geometry.outPlane(),
          count,
          workspace,
          workspaceIndex,
          workspaceIndex);
      long pixel = imageFrom * geometry.outPlane() + from;
      col2im(group, channelFrom, channelTo, pixel, count, workspace, workspaceIndex);
      from += count;
    }
    complete(group, channelFrom, channelTo, imageFrom, imageTo, band);
  }

  /** Sets the rows of an even band and of the odd one after it to zero, or to the bias. */
  private void begin(
      long group, long channelFrom, long channelTo, long imageFrom, long imageTo, long band) {
    ConvGeometry geometry = tiling.geometry();
    long rowFrom = tiling.firstRow(band);
    long count = (tiling.firstRow(band + 2) - rowFrom) * geometry.inW();
    for (long n = imageFrom; n < imageTo; n++) {
      for (long c = channelFrom; c < channelTo; c++) {
        long first = geometry.inputIndex(n, group, c) + rowFrom * geometry.inW();
        if (bias == null) {
          Elements.zero(tiling.type(), gradInput, first, count);
        } else {
          long channel = group * geometry.groupInChannels() + c;
          Elements.repeat(tiling.type(), bias, channel, gradInput, first, count);
        }
      }
    }
  }

  /**
   * Completes the rows that nothing is added to any more: the first band's own, and those of an odd
   * band and of the even one after it, whose windows reach no further.
   */
  private void complete(
      long group, long channelFrom, long channelTo, long imageFrom, long imageTo, long band) {
    if (epilogue == Epilogue.NONE || (band > 0 && band % 2 == 0)) {
      return;
    }
    ConvGeometry geometry = tiling.geometry();
    long rowFrom = tiling.firstRow(band);
    long rowTo = tiling.firstRow(band == 0 ? 1 : band + 2);
    long count = (rowTo - rowFrom) * geometry.inW();
    for (long n = imageFrom; n < imageTo; n++) {
      for (long c = channelFrom; c < channelTo; c++) {
        long first = geometry.inputIndex(n, group, c) + rowFrom * geometry.inW();
        epilogue.apply(tiling.type(), gradInput, first, count);
      }
    }
  }

  /** Multiplies the transposed weights of some channels by {@code count} columns of gradients. */
  private void multiply(
      long group,
      long channelFrom,
      long channelTo,
      MemorySegment gradients,
      long gradientsIndex,
      long gradientsStride,
      long count,
      MemorySegment workspace,
      long workspaceIndex,
      long panel) {
    ConvGeometry geometry = tiling.geometry();
    long kernelArea = geometry.kernelPlane();
    long rows = (channelTo - channelFrom) * kernelArea;
    long weights = geometry.weightIndex(group, 0) + channelFrom * kernelArea;
    Gemm.multiplyTurned(
        tiling.type(),
        rows,
        count,
        geometry.groupOutChannels(),
        weight,
        weights,
        geometry.depth(),
        gradients,
        gradientsIndex,
        gradientsStride,
        0,
        workspace,
        panel,
        count,
        tiling.turnedBytes() > 0 ? workspace : null,
        workspaceIndex + tiling.turnedIndex());
  }

  private void col2im(
      long group,
      long channelFrom,
      long channelTo,
      long pixelFrom,
      long count,
      MemorySegment panel,
      long panelIndex) {
    long kernelArea = tiling.geometry().kernelPlane();
    tiling
        .col2im()
        .walk(
            gradInput,
            group,
            channelFrom * kernelArea,
            channelTo * kernelArea,
            pixelFrom,
            pixelFrom + count,
            panel,
            panelIndex,
            count,
            1);
  }
}
