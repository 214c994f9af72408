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
 * Convolution as a matrix multiply on lowered columns, {@code [O, C·KH·KW] · [C·KH·KW, pixels]}, a
 * tile of pixels at a time: the whole column matrix never exists.
 *
 * @param tiling how the work is cut
 * @param input {@code [N, C, H, W]}. Not modified.
 * @param weight {@code [O, C/groups, KH, KW]}. Not modified. Null where a phase before has laid it
 *     at the start of the workspace.
 * @param bias {@code [O]}, or null for none. Not modified.
 * @param epilogue what becomes of the sums
 * @param output {@code [N, O, OH, OW]}. Overwritten.
 */
record Im2colConvolution(
    ConvolutionTiling tiling,
    MemorySegment input,
    MemorySegment weight,
    MemorySegment bias,
    Epilogue epilogue,
    MemorySegment output)
    implements TileTask {

  @Override
  public long tileCount() {
    return tiling.tileCount();
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    ConvGeometry geometry = tiling.geometry();
    long channelTile = tile / tiling.pixelTiles();
    long pixelTile = tile % tiling.pixelTiles();
    long group = channelTile / tiling.channelBlocks();
    long blockFrom = channelTile % tiling.channelBlocks() * tiling.channelBlock();
    long blockTo = Math.min(blockFrom + tiling.channelBlock(), geometry.groupOutChannels());
    long oc = group * geometry.groupOutChannels() + blockFrom;
    long channels = blockTo - blockFrom;
    long panel = workspaceOffset / tiling.type().bytes();
    long plane = geometry.outPlane();
    long inPlane = pixelTile % tiling.tilesPerImage() * tiling.tilePixels();
    long from = pixelTile * tiling.tilePixels();
    long pixels = geometry.outPixels() - from;
    if (!tiling.staged() || tiling.tilesPerImage() > 1) {
      from = pixelTile / tiling.tilesPerImage() * plane + inPlane;
      pixels = plane - inPlane;
    }
    pixels = Math.min(pixels, tiling.tilePixels());
    if (tiling.staged()) {
      long stage = panel + tiling.depthBlock() * tiling.tilePixels();
      multiply(group, oc, channels, from, pixels, workspace, panel, workspace, stage, pixels);
      if (tiling.spread() == null) {
        epilogue.apply(tiling.type(), workspace, stage, channels * pixels);
      }
      unstage(oc, channels, from, pixels, workspace, stage);
    } else {
      long target = geometry.outputIndex(from / plane, 0, oc) + inPlane;
      multiply(group, oc, channels, from, pixels, workspace, panel, output, target, plane);
      for (long c = 0; c < channels; c++) {
        epilogue.apply(tiling.type(), output, target + c * plane, pixels);
      }
    }
  }

  /** Writes {@code channels × pixels} outputs to {@code target}, rows {@code stride} apart. */
  private void multiply(
      long group,
      long oc,
      long channels,
      long pixelFrom,
      long pixels,
      MemorySegment workspace,
      long panel,
      MemorySegment target,
      long targetIndex,
      long stride) {
    ConvGeometry geometry = tiling.geometry();
    double beta = 0;
    if (bias != null) {
      for (long c = 0; c < channels; c++) {
        Elements.repeat(tiling.type(), bias, oc + c, target, targetIndex + c * stride, pixels);
      }
      beta = 1;
    }
    long depth = geometry.depth();
    long channel = oc - group * geometry.groupOutChannels();
    long weightIndex =
        tiling.turned()
            ? geometry.weightIndex(group, 0) + channel
            : geometry.weightIndex(group, channel);
    long weightStep = tiling.turned() ? geometry.groupOutChannels() : 1;
    MemorySegment weights = weight == null ? workspace : weight;
    if (tiling.depthBlock() == 0) {
      long n = pixelFrom / geometry.outPlane();
      long x = geometry.inputIndex(n, group, 0) + pixelFrom % geometry.outPlane();
      gemm(
          workspace,
          panel,
          weights,
          channels,
          pixels,
          depth,
          weightIndex,
          input,
          x,
          geometry.inPlane(),
          beta,
          target,
          targetIndex,
          stride);
      return;
    }
    for (long row = 0; row < depth; row += tiling.depthBlock()) {
      long rowTo = Math.min(row + tiling.depthBlock(), depth);
      tiling
          .lowering()
          .walk(
              input, group, row, rowTo, pixelFrom, pixelFrom + pixels, workspace, panel, pixels, 1);
      gemm(
          workspace,
          panel,
          weights,
          channels,
          pixels,
          rowTo - row,
          weightIndex + row * weightStep,
          workspace,
          panel,
          pixels,
          beta,
          target,
          targetIndex,
          stride);
      beta = 1;
    }
  }

  private void gemm(
      MemorySegment workspace,
      long panel,
      MemorySegment weights,
      long m,
      long n,
      long k,
      long weightIndex,
      MemorySegment b,
      long bIndex,
      long ldb,
      double beta,
      MemorySegment c,
      long cIndex,
      long ldc) {
    ConvGeometry geometry = tiling.geometry();
    if (tiling.turned()) {
      Gemm.multiplyTurned(
          tiling.type(),
          m,
          n,
          k,
          weights,
          weightIndex,
          geometry.groupOutChannels(),
          b,
          bIndex,
          ldb,
          beta,
          c,
          cIndex,
          ldc,
          tiling.turnedBytes() > 0 ? workspace : null,
          panel + tiling.turnedIndex());
      return;
    }
    Gemm.multiplyInParts(
        tiling.type(),
        Transpose.NO,
        m,
        n,
        k,
        weights,
        weightIndex,
        geometry.depth(),
        b,
        bIndex,
        ldb,
        beta,
        c,
        cIndex,
        ldc);
  }

  /** Copies a tile that spans images, or is spread, to its places in the output. */
  private void unstage(
      long oc, long channels, long pixelFrom, long pixels, MemorySegment workspace, long stage) {
    ConvGeometry geometry = tiling.geometry();
    long plane = geometry.outPlane();
    long n = pixelFrom / plane;
    if (tiling.spread() == null) {
      PanelOrder order = new PanelOrder(geometry, pixels);
      long step = geometry.outChannels() * plane;
      for (long c = 0; c < channels; c++) {
        long target = geometry.outputIndex(n, 0, oc + c);
        order.toPlanes(
            tiling.type(), workspace, stage + c * pixels, 0, pixels, output, target, step);
      }
      return;
    }
    long each = Math.min(pixels, plane);
    long rowFrom = pixelFrom % plane / geometry.outW();
    long rowTo = rowFrom + each / geometry.outW();
    for (long done = 0; done < pixels; done += each, n++) {
      for (long c = 0; c < channels; c++) {
        tiling
            .spread()
            .write(
                tiling.type(),
                workspace,
                stage + c * pixels + done,
                bias,
                n,
                oc + c,
                rowFrom,
                rowTo,
                epilogue,
                output);
      }
    }
  }
}
