package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import java.lang.foreign.MemorySegment;

/** Walks a column matrix channel by channel and image by image, all taps of a channel at once. */
abstract class ChannelWalk implements ColumnWalk {
  final ConvGeometry geometry;

  ChannelWalk(ConvGeometry geometry) {
    this.geometry = geometry;
  }

  /**
   * Walks some taps of a channel and some pixels of an image.
   *
   * @param image {@code [N, C, H, W]}
   * @param plane first element of the channel in the image
   * @param tapFrom first tap
   * @param tapTo end of the taps
   * @param from first output pixel
   * @param to end of the output pixels
   * @param columns where the part of the matrix lies
   * @param columnsIndex first element of the first tap there
   * @param rowStride elements from one tap to the next
   */
  abstract void walkPlane(
      MemorySegment image,
      long plane,
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
    long outPlane = geometry.outPlane();
    for (long row = rowFrom; row < rowTo; ) {
      long inGroup = row / kernelArea;
      long channel = group * geometry.groupInChannels() + inGroup;
      long end = Math.min((inGroup + 1) * kernelArea, rowTo);
      long tap = row % kernelArea;
      long n = pixelFrom / outPlane;
      long from = pixelFrom % outPlane;
      long at = columnsIndex + (row - rowFrom) * rowStride;
      for (long remaining = pixelTo - pixelFrom; remaining > 0; n++) {
        long to = Math.min(from + remaining, outPlane);
        long plane = (n * geometry.inChannels() + channel) * geometry.inPlane();
        walkPlane(image, plane, tap, tap + end - row, from, to, columns, at, rowStride);
        at += to - from;
        remaining -= to - from;
        from = 0;
      }
      row = end;
    }
  }
}
