package io.github.colonnade.internal.kernel;

import io.github.colonnade.internal.blas.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * Lowers images to columns (im2col; Chellapilla, Puri and Simard 2006), one panel of the column
 * matrix at a time. The matrix of a group has a row for each {@code (c, kh, kw)} and a column for
 * each output pixel {@code (n, oh, ow)} of the batch.
 */
final class ColumnLowering {
  private final ConvGeometry geometry;
  private final ElementType type;

  ColumnLowering(ConvGeometry geometry, ElementType type) {
    this.geometry = geometry;
    this.type = type;
  }

  /**
   * Writes rows {@code rowFrom} to {@code rowTo} and columns {@code pixelFrom} to {@code pixelTo}
   * of a group's column matrix.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param group index of the group
   * @param rowFrom first row
   * @param rowTo end of the rows
   * @param pixelFrom first column
   * @param pixelTo end of the columns
   * @param panel row-major, one row after another. Overwritten.
   * @param panelIndex first element of the panel
   */
  void lower(
      MemorySegment input,
      long group,
      long rowFrom,
      long rowTo,
      long pixelFrom,
      long pixelTo,
      MemorySegment panel,
      long panelIndex) {
    long kernelArea = geometry.kernelH() * geometry.kernelW();
    long firstChannel = group * geometry.groupInChannels();
    for (long row = rowFrom; row < rowTo; row++) {
      long channel = firstChannel + row / kernelArea;
      long tap = row % kernelArea;
      long target = panelIndex + (row - rowFrom) * (pixelTo - pixelFrom);
      lowerRow(
          input,
          channel,
          tap / geometry.kernelW(),
          tap % geometry.kernelW(),
          pixelFrom,
          pixelTo,
          panel,
          target);
    }
  }

  private void lowerRow(
      MemorySegment input,
      long channel,
      long kh,
      long kw,
      long pixelFrom,
      long pixelTo,
      MemorySegment panel,
      long panelIndex) {
    long outW = geometry.outW();
    long inside = geometry.firstInside(kw);
    long beyond = geometry.firstBeyond(kw);
    long outRow = pixelFrom / outW;
    long ow = pixelFrom % outW;
    long oh = outRow % geometry.outH();
    long n = outRow / geometry.outH();
    long target = panelIndex;
    for (long remaining = pixelTo - pixelFrom; remaining > 0; ) {
      long count = Math.min(outW - ow, remaining);
      long ih = oh * geometry.strideH() - geometry.padTop() + kh * geometry.dilationH();
      if (ih < 0 || ih >= geometry.inH()) {
        Elements.zero(type, panel, target, count);
      } else {
        long from = Math.clamp(inside, ow, ow + count);
        long to = Math.clamp(beyond, from, ow + count);
        Elements.zero(type, panel, target, from - ow);
        if (to > from) {
          long iw = from * geometry.strideW() - geometry.padLeft() + kw * geometry.dilationW();
          long plane = (n * geometry.inChannels() + channel) * geometry.inPlane();
          Elements.gather(
              type,
              input,
              plane + ih * geometry.inW() + iw,
              geometry.strideW(),
              panel,
              target + from - ow,
              to - from);
        }
        Elements.zero(type, panel, target + to - ow, ow + count - to);
      }
      target += count;
      remaining -= count;
      ow = 0;
      if (++oh == geometry.outH()) {
        oh = 0;
        n++;
      }
    }
  }
}
