package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import java.lang.foreign.MemorySegment;

/** Walks a column matrix channel by channel, all taps of a channel at once. */
abstract class ChannelWalk implements ColumnWalk {
  final ConvGeometry geometry;

  ChannelWalk(ConvGeometry geometry) {
    this.geometry = geometry;
  }

  /**
   * Walks some taps of a channel and some pixels: those of one image, or all of several images.
   *
   * @param image {@code [N, C, H, W]}
   * @param plane first element of the channel in the first image
   * @param step elements from there to the same in the next image
   * @param images how many images
   * @param tapFrom first tap
   * @param tapTo end of the taps
   * @param from first output pixel of each image
   * @param to end of the output pixels of each
   * @param columns where the part of the matrix lies
   * @param columnsIndex first element of the first tap there
   * @param rowStride elements from one tap to the next
   */
  abstract void walkPlanes(
      MemorySegment image,
      long plane,
      long step,
      int images,
      long tapFrom,
      long tapTo,
      long from,
      long to,
      MemorySegment columns,
      long columnsIndex,
      long rowStride);

  @Override
  public final void walk(
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
    assert pixelStride == 1;
    long kernelArea = geometry.kernelPlane();
    PanelOrder order = new PanelOrder(geometry, pixelTo - pixelFrom);
    long n = pixelFrom / geometry.outPlane();
    long from = pixelFrom % geometry.outPlane();
    long to = from + (pixelTo - pixelFrom) / order.images();
    long step = geometry.inChannels() * geometry.inPlane();
    long first = n * step + group * geometry.groupInChannels() * geometry.inPlane();
    for (long row = rowFrom; row < rowTo; ) {
      long channel = row / kernelArea;
      long end = Math.min((channel + 1) * kernelArea, rowTo);
      long tap = row % kernelArea;
      long at = columnsIndex + (row - rowFrom) * rowStride;
      long plane = first + channel * geometry.inPlane();
      long taps = tap + end - row;
      if (order.isInterleaved()) {
        int images = (int) order.images();
        walkPlanes(image, plane, step, images, tap, taps, from, to, columns, at, rowStride);
      } else {
        for (long i = 0; i < order.images(); i++) {
          walkPlanes(image, plane, step, 1, tap, taps, from, to, columns, at, rowStride);
          plane += step;
          at += to - from;
        }
      }
      row = end;
    }
  }
}
