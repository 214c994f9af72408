package io.github.colonnade.internal.conv.lowering;

import io.github.colonnade.internal.conv.ConvGeometry;
import java.lang.foreign.MemorySegment;

/**
 * Walks a channel under a stride by segments: neighbours of one row of the output, for which a row
 * of the kernel reads a part of one line, and each of its taps one phase of that. So it suits long
 * rows, of which a panel holds only a part.
 *
 * @param <A> the arrays of one thread
 */
abstract class SegmentWalk<A> extends ChannelWalk {
  /** Output pixels of a segment at most: all arrays stay in the first-level cache. */
  private static final int MOST_PIXELS = 256;

  private static final long MOST_REACH = 4096;
  private static final long MOST_STRIDE = 64;

  /** Elements that a row of the kernel reads for a row of the output from which on it pays. */
  private static final long LONG_ROW = 64;

  final int stride;
  final int mostPixels;
  private final int kernelW;

  /**
   * Takes the sizes.
   *
   * @param pixels the most output pixels at a time
   */
  SegmentWalk(ConvGeometry geometry, long pixels) {
    super(geometry);
    stride = (int) geometry.strideW();
    mostPixels = Math.clamp(Math.min(geometry.outW(), pixels), 1, MOST_PIXELS);
    kernelW = (int) geometry.kernelW();
  }

  /** Returns whether a geometry has a stride and long rows. */
  static boolean suits(ConvGeometry geometry) {
    return geometry.strideW() > 1
        && geometry.strideW() <= MOST_STRIDE
        && geometry.horizontal().reach() <= MOST_REACH
        && geometry.outW() * geometry.kernelW() >= LONG_ROW;
  }

  /** Returns the pixels that a row of the kernel reads for so many output pixels. */
  final int linePixels(int count) {
    return (count - 1) * stride + (int) geometry.horizontal().reach() + 1;
  }

  /** Returns how many of so many pixels belong to a phase. */
  final int phasePixels(int pixels, int phase) {
    return Math.max(0, Math.ceilDiv(pixels - phase, stride));
  }

  /** Returns the phase of the pixels that a column of the kernel reads. */
  final int phase(int kw) {
    return (int) (kw * geometry.dilationW() % stride);
  }

  /** Returns the first of its phase that a column of the kernel reads. */
  final int shift(int kw) {
    return (int) (kw * geometry.dilationW() / stride);
  }

  /** Returns arrays that no other thread uses, with room for a segment. */
  abstract A take();

  /** Takes them back. */
  abstract void give(A arrays);

  /**
   * Handles the taps of a row of the kernel for a segment.
   *
   * @param arrays of this thread
   * @param image {@code [N, C, H, W]}
   * @param first element of the image, perhaps beside its line, that column 0 of the kernel reads
   *     first
   * @param pixels pixels from there on that the kernel reads
   * @param from the first of them within the image
   * @param to end of those within the image; {@code from} where there are none
   * @param count output pixels
   * @param kwFrom first column of the kernel
   * @param kwTo end of the columns
   * @param columns where the part of the matrix lies
   * @param index first element of column {@code kwFrom} there
   * @param rowStride elements from one tap to the next
   */
  abstract void segment(
      A arrays,
      MemorySegment image,
      long first,
      int pixels,
      int from,
      int to,
      int count,
      int kwFrom,
      int kwTo,
      MemorySegment columns,
      long index,
      long rowStride);

  @Override
  final void walkPlanes(
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
      long rowStride) {
    A arrays = take();
    long outW = geometry.outW();
    for (long pixel = from, count; pixel < to; pixel += count) {
      long oh = pixel / outW;
      long ow = pixel % outW;
      count = Math.min(mostPixels, Math.min(outW - ow, to - pixel));
      int pixels = linePixels((int) count);
      long left = ow * stride - geometry.padLeft();
      int inside = (int) Math.clamp(-left, 0, (long) pixels);
      int beyond = (int) Math.clamp(geometry.inW() - left, (long) inside, (long) pixels);
      for (int i = 0; i < images; i++) {
        // The rows of several images, which are all there, lie side by side.
        long column = images == 1 ? pixel - from : (oh * images + i) * outW + ow;
        for (long tap = tapFrom; tap < tapTo; ) {
          long kh = tap / kernelW;
          long end = Math.min((kh + 1) * kernelW, tapTo);
          long ih = geometry.vertical().position(oh, kh);
          segment(
              arrays,
              image,
              plane + i * step + ih * geometry.inW() + left,
              pixels,
              inside,
              ih >= 0 && ih < geometry.inH() ? beyond : inside,
              (int) count,
              (int) (tap % kernelW),
              (int) (end - kh * kernelW),
              columns,
              columnsIndex + (tap - tapFrom) * rowStride + column,
              rowStride);
          tap = end;
        }
      }
    }
    give(arrays);
  }
}
