package io.github.colonnade.cli.bench;

import io.github.colonnade.Conv2d;
import io.github.colonnade.PlanOptions;

/**
 * One convolution of a benchmark.
 *
 * @param name what people call it
 * @param n images
 * @param c input channels
 * @param h input rows
 * @param w input columns
 * @param o output channels
 * @param kh kernel rows
 * @param kw kernel columns
 * @param stride both ways
 * @param pad zeros on all four sides
 * @param dilation both ways
 * @param groups of channels
 * @param count how often it stands in its network
 * @param line of its file, for messages
 */
public record Layer(
    String name,
    long n,
    long c,
    long h,
    long w,
    long o,
    long kh,
    long kw,
    long stride,
    long pad,
    long dilation,
    long groups,
    long count,
    int line) {

  /** Returns the operator. */
  public Conv2d conv2d(PlanOptions options) {
    return Conv2d.builder(c, o, kh, kw)
        .stride(stride)
        .padding(pad)
        .dilation(dilation)
        .groups(groups)
        .options(options)
        .build();
  }

  /** Returns the same layer for another number of images. */
  public Layer withImages(long images) {
    return new Layer(name, images, c, h, w, o, kh, kw, stride, pad, dilation, groups, count, line);
  }

  /** Returns the sizes of the images. */
  public long[] inputShape() {
    return new long[] {n, c, h, w};
  }

  /** Returns the sizes of the weights. */
  public long[] weightShape() {
    return new long[] {o, c / groups, kh, kw};
  }

  /** Returns the length of the sum behind each output. */
  public long depth() {
    return c / groups * kh * kw;
  }
}
