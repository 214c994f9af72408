package io.github.colonnade.internal.conv;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/**
 * The sizes of one convolution, validated: {@code [N, C, H, W] → [N, O, OH, OW]}.
 *
 * @param batch images
 * @param inChannels channels of the input
 * @param outChannels channels of the output
 * @param groups independent groups of channels
 * @param vertical the kernel's way down the rows
 * @param horizontal the kernel's way along the columns
 */
public record ConvGeometry(
    long batch, long inChannels, long outChannels, long groups, Axis vertical, Axis horizontal) {

  /** Returns the height of the input. */
  public long inH() {
    return vertical.size();
  }

  /** Returns the width of the input. */
  public long inW() {
    return horizontal.size();
  }

  /** Returns the height of the output. */
  public long outH() {
    return vertical.outputs();
  }

  /** Returns the width of the output. */
  public long outW() {
    return horizontal.outputs();
  }

  /** Returns the height of the kernel. */
  public long kernelH() {
    return vertical.kernel();
  }

  /** Returns the width of the kernel. */
  public long kernelW() {
    return horizontal.kernel();
  }

  /** Returns the weights of one plane of the kernel. */
  public long kernelPlane() {
    return vertical.kernel() * horizontal.kernel();
  }

  /** Returns the rows from one output row to the next. */
  public long strideH() {
    return vertical.stride();
  }

  /** Returns the columns from one output column to the next. */
  public long strideW() {
    return horizontal.stride();
  }

  /** Returns the rows from one kernel row to the next. */
  public long dilationH() {
    return vertical.dilation();
  }

  /** Returns the columns from one kernel column to the next. */
  public long dilationW() {
    return horizontal.dilation();
  }

  /** Returns the rows of zeros above the input. */
  public long padTop() {
    return vertical.padBefore();
  }

  /** Returns the columns of zeros left of the input. */
  public long padLeft() {
    return horizontal.padBefore();
  }

  /** Returns the pixels of one input plane. */
  public long inPlane() {
    return inH() * inW();
  }

  /** Returns the pixels of one output plane. */
  public long outPlane() {
    return outH() * outW();
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
    return groupInChannels() * kernelPlane();
  }

  /** Returns the elements of the weight. */
  public long weights() {
    return outChannels * depth();
  }

  /** Returns the first element of a plane of the input, the channel counted within its group. */
  public long inputIndex(long n, long group, long channel) {
    return (n * inChannels + group * groupInChannels() + channel) * inPlane();
  }

  /** Returns the first element of a plane of the output, the channel counted within its group. */
  public long outputIndex(long n, long group, long channel) {
    return (n * outChannels + group * groupOutChannels() + channel) * outPlane();
  }

  /** Returns the first weight of an output channel, counted within its group. */
  public long weightIndex(long group, long channel) {
    return (group * groupOutChannels() + channel) * depth();
  }

  /** Returns whether the input is its own column matrix: a 1×1 kernel at every pixel. */
  public boolean isPointwise() {
    return vertical.isPointwise() && horizontal.isPointwise();
  }

  /**
   * Returns whether the kernel covers the plane, tap by pixel: the output plane is one pixel then,
   * and an image its own column, as in a dense layer.
   */
  public boolean isDense() {
    return vertical.isCovered() && horizontal.isCovered();
  }

  /** Returns whether the kernel leaves out pixels from one output to the next. */
  public boolean isStrided() {
    return strideH() > 1 || strideW() > 1;
  }

  /**
   * Returns whether every window reads a pixel, at stride 1. One that lies in the padding alone
   * sums to exactly zero, which an algorithm that mixes the outputs of a tile would round as it
   * does its neighbours.
   */
  public boolean everyWindowReads() {
    return padTop() <= vertical.reach()
        && padLeft() <= horizontal.reach()
        && outH() - padTop() <= inH()
        && outW() - padLeft() <= inW();
  }

  /**
   * Returns the convolution at stride 1 that the input's gradient is: from the output's gradient,
   * with weights turned by half a turn. Its padding may be negative.
   */
  public ConvGeometry adjoint() {
    return new ConvGeometry(
        batch, outChannels, inChannels, groups, vertical.adjoint(), horizontal.adjoint());
  }

  /** Reads a pixel of {@code [N, C, H, W]}, exactly, or the zero of the padding around it. */
  public double pixel(ElementType type, MemorySegment input, long n, long c, long ih, long iw) {
    if (ih < 0 || ih >= inH() || iw < 0 || iw >= inW()) {
      return 0;
    }
    return Elements.get(type, input, ((n * inChannels + c) * inH() + ih) * inW() + iw);
  }
}
