package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import java.lang.foreign.MemorySegment;

/** Walks a column matrix run by run: neighbours of one row of the output. */
abstract class RunWalk implements ColumnWalk {
  final ConvGeometry geometry;

  RunWalk(ConvGeometry geometry) {
    this.geometry = geometry;
  }

  /** Handles {@code count} columns of pixels {@code imageStride} apart. */
  abstract void inside(
      MemorySegment image,
      long imageIndex,
      long imageStride,
      MemorySegment columns,
      long columnsIndex,
      long columnsStride,
      long count);

  /** Handles {@code count} columns of padding. */
  abstract void outside(MemorySegment columns, long columnsIndex, long columnsStride, long count);

  @Override
  public void walk(
      MemorySegment image,
      long group,
      long rowFrom,
      long rowTo,
      long pixelFrom,
      long pixelTo,
      MemorySegment columns,
      long columnsIndex,
      long rowStride,
      long pixelStride) {
    long kernelArea = geometry.kernelPlane();
    long firstChannel = group * geometry.groupInChannels();
    for (long row = rowFrom; row < rowTo; row++) {
      long channel = firstChannel + row / kernelArea;
      long tap = row % kernelArea;
      walkRow(
          image,
          channel,
          tap / geometry.kernelW(),
          tap % geometry.kernelW(),
          pixelFrom,
          pixelTo,
          columns,
          columnsIndex + (row - rowFrom) * rowStride,
          pixelStride);
    }
  }

  private void walkRow(
      MemorySegment image,
      long channel,
      long kh,
      long kw,
      long pixelFrom,
      long pixelTo,
      MemorySegment columns,
      long columnsIndex,
      long pixelStride) {
    long outW = geometry.outW();
    long firstInside = geometry.horizontal().firstInside(kw);
    long firstBeyond = geometry.horizontal().firstBeyond(kw);
    long outRow = pixelFrom / outW;
    long ow = pixelFrom % outW;
    long oh = outRow % geometry.outH();
    long n = outRow / geometry.outH();
    PanelOrder order = new PanelOrder(geometry, pixelTo - pixelFrom);
    long firstImage = n;
    long at = columnsIndex;
    for (long remaining = pixelTo - pixelFrom; remaining > 0; ) {
      long count = Math.min(outW - ow, remaining);
      long ih = oh * geometry.strideH() - geometry.padTop() + kh * geometry.dilationH();
      if (ih < 0 || ih >= geometry.inH()) {
        outside(columns, at, pixelStride, count);
      } else {
        long from = Math.clamp(firstInside, ow, ow + count);
        long to = Math.clamp(firstBeyond, from, ow + count);
        long plane = (n * geometry.inChannels() + channel) * geometry.inPlane();
        long iw = from * geometry.strideW() - geometry.padLeft() + kw * geometry.dilationW();
        outside(columns, at, pixelStride, from - ow);
        if (to > from) {
          // A tap outside the input for the whole run points outside the memory.
          inside(
              image,
              plane + ih * geometry.inW() + iw,
              geometry.strideW(),
              columns,
              at + (from - ow) * pixelStride,
              pixelStride,
              to - from);
        }
        outside(columns, at + (to - ow) * pixelStride, pixelStride, ow + count - to);
      }
      at += count * pixelStride;
      remaining -= count;
      ow = 0;
      if (order.isInterleaved()) {
        if (++n == firstImage + order.images()) {
          n = firstImage;
          oh++;
        }
      } else if (++oh == geometry.outH()) {
        oh = 0;
        n++;
      }
    }
  }
}
