package io.github.colonnade.internal.conv;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/**
 * The sizes of one convolution, validated: {@code [N, C, H, W] → [N, O, OH, OW]}. Padding below and
 * to the right shows in {@code outH} and {@code outW} alone.
 *
 * @param batch images
 * @param inChannels channels of the input
 * @param inH height of the input
 * @param inW width of the input
 * @param outChannels channels of the output
 * @param outH height of the output
 * @param outW width of the output
 * @param kernelH height of the kernel
 * @param kernelW width of the kernel
 * @param strideH rows from one output row to the next
 * @param strideW columns from one output column to the next
 * @param padTop rows of zeros above the input
 * @param padLeft columns of zeros left of the input
 * @param dilationH rows from one kernel row to the next
 * @param dilationW columns from one kernel column to the next
 * @param groups independent groups of channels
 */
public record ConvGeometry(
    long batch,
    long inChannels,
    long inH,
    long inW,
    long outChannels,
    long outH,
    long outW,
    long kernelH,
    long kernelW,
    long strideH,
    long strideW,
    long padTop,
    long padLeft,
    long dilationH,
    long dilationW,
    long groups) {

  /** Returns the pixels of one input plane. */
  public long inPlane() {
    return inH * inW;
  }

  /** Returns the pixels of one output plane. */
  public long outPlane() {
    return outH * outW;
  }

  /** Returns the output pixels of the batch: the columns of the whole column matrix. */
  public long outPixels() {
    return batch * outPlane();
  }

  /** Returns the input channels of one group. */
  public long groupInChannels() {
    return inChannels / groups;
  }

  /** Returns the output channels of one group. */
  public long groupOutChannels() {
    return outChannels / groups;
  }

  /** Returns the length of the sum behind one output: the rows of a group's column matrix. */
  public long depth() {
    return groupInChannels() * kernelH * kernelW;
  }

  /** Returns whether the input is its own column matrix: a 1×1 kernel at every pixel. */
  public boolean isPointwise() {
    return kernelH == 1
        && kernelW == 1
        && strideH == 1
        && strideW == 1
        && padTop == 0
        && padLeft == 0
        && outH == inH
        && outW == inW;
  }

  /** Returns the first output column whose input column for {@code kw} is not left of the input. */
  public long firstInside(long kw) {
    return clampedCeilDiv(padLeft - kw * dilationW, strideW, outW);
  }

  /** Returns the output column from which the input column for {@code kw} is right of the input. */
  public long firstBeyond(long kw) {
    return clampedCeilDiv(inW + padLeft - kw * dilationW, strideW, outW);
  }

  /** Reads a pixel of {@code [N, C, H, W]}, exactly, or the zero of the padding around it. */
  public double pixel(ElementType type, MemorySegment input, long n, long c, long ih, long iw) {
    if (ih < 0 || ih >= inH || iw < 0 || iw >= inW) {
      return 0;
    }
    return Elements.get(type, input, ((n * inChannels + c) * inH + ih) * inW + iw);
  }

  private static long clampedCeilDiv(long dividend, long divisor, long limit) {
    return Math.clamp(Math.ceilDiv(dividend, divisor), 0, limit);
  }
}
