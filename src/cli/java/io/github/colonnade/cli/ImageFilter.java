package io.github.colonnade.cli;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Pad2d;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import io.github.colonnade.image.Channels;
import io.github.colonnade.image.ImageOptions;
import io.github.colonnade.image.Photograph;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Runs kernels over photographs, each colour on its own, in double precision.
 *
 * <p>What cannot be seen has no say: a pixel counts as its opacity, and what is missing from it
 * counts as the mean of what can be seen under the kernel, weighted by opacity and the size of the
 * taps. For taps that are not negative that is the mean of premultiplied colours, divided by the
 * mean of the opacities. An even colour stays even whatever lies hidden beside it, so no kernel
 * finds an edge there.
 */
final class ImageFilter {
  private final Boundary boundary;
  private final int threads;

  ImageFilter(Boundary boundary, int threads) {
    this.boundary = boundary;
    this.threads = threads;
  }

  /**
   * Returns the image through a kernel, of the same size, cut to the range from black to white.
   *
   * @throws IllegalArgumentException if the border needs more pixels than the image has
   */
  Photograph apply(Photograph photograph, ImageKernel kernel) {
    boolean grey = kernel.edges() || photograph.channels().count() < Channels.RGB.count();
    ImageOptions colours =
        ImageOptions.defaults().withChannels(grey ? Channels.GREY : Channels.RGB);
    ImageOptions layers =
        colours.withChannels(grey ? Channels.GREY_ALPHA : Channels.RGBA).withPremultiplied(true);
    try (Arena arena = Arena.ofShared()) {
      Tensor own = photograph.toTensor(arena, DType.F64, colours);
      Tensor results =
          photograph.isTransparent()
              ? convolveVisible(arena, own, photograph.toTensor(arena, DType.F64, layers), kernel)
              : convolve(arena, border(own, kernel, 0).forward(arena, own), kernel.taps(), kernel);
      return photograph.withPixels(kernel.edges() ? magnitude(arena, results) : results);
    }
  }

  /**
   * The anchor of a kernel is its middle, or below and right of it where a size is even.
   *
   * @param fill what lies beyond the border where nothing of the image does
   */
  private Pad2d border(Tensor source, ImageKernel kernel, double fill) {
    int top = kernel.height() / 2;
    int left = kernel.width() / 2;
    boundary.requireFits("height", top, source.size(2));
    boundary.requireFits("width", left, source.size(3));
    Pad2d.Builder builder =
        Pad2d.builder(boundary.mode())
            .padding(top, left, kernel.height() - 1 - top, kernel.width() - 1 - left)
            .threads(threads);
    return (boundary == Boundary.FILL ? builder.value(fill) : builder).build();
  }

  /** Returns one channel for each colour and kernel, colour by colour. */
  private Tensor convolve(Arena arena, Tensor input, List<double[]> kernels, ImageKernel kernel) {
    long colours = input.size(1);
    long results = colours * kernels.size();
    Tensor weight = Tensor.allocate(arena, DType.F64, results, 1, kernel.height(), kernel.width());
    long offset = 0;
    for (long colour = 0; colour < colours; colour++) {
      for (double[] taps : kernels) {
        MemorySegment from = MemorySegment.ofArray(taps);
        weight.segment().asSlice(offset, from.byteSize()).copyFrom(from);
        offset += from.byteSize();
      }
    }
    return Conv2d.builder(colours, results, kernel.height(), kernel.width())
        .groups(colours)
        .options(PlanOptions.defaults().withExact(true).withThreads(threads))
        .build()
        .forward(arena, input, weight, null);
  }

  /** Returns colours that are multiplied by their opacity, and it, beyond the border as well. */
  private Tensor padded(Arena arena, Tensor layers, ImageKernel kernel) {
    long colours = layers.size(1) - 1;
    Tensor inside = channels(layers, 0, colours);
    long[] shape = border(inside, kernel, 0).outputShape(layers.shape());
    Tensor padded = Tensor.allocate(arena, DType.F64, shape);
    border(inside, kernel, 0).forward(inside, channels(padded, 0, colours));
    border(inside, kernel, 1).forward(channels(layers, colours, 1), channels(padded, colours, 1));
    return padded;
  }

  /** Views some channels of one image. */
  private static Tensor channels(Tensor tensor, long first, long count) {
    long plane = tensor.byteSize() / tensor.size(1);
    return Tensor.of(
        tensor.segment().asSlice(first * plane, count * plane),
        tensor.dtype(),
        1,
        count,
        tensor.size(2),
        tensor.size(3));
  }

  /**
   * As {@link #convolve}, where some pixels are transparent.
   *
   * @param own the colours, for where nothing is visible under a kernel
   * @param layers the colours times their opacity, and the opacity as a last channel
   */
  private Tensor convolveVisible(Arena arena, Tensor own, Tensor layers, ImageKernel kernel) {
    List<double[]> sizes =
        kernel.taps().stream().map(taps -> DoubleStream.of(taps).map(Math::abs).toArray()).toList();
    Tensor padded = padded(arena, layers, kernel);
    Tensor seen = convolve(arena, padded, kernel.taps(), kernel);
    Tensor total = convolve(arena, padded, sizes, kernel);
    int kernels = sizes.size();
    long pixels = own.size(2) * own.size(3);
    long opacities = own.size(1) * kernels * pixels;
    Tensor results =
        Tensor.allocate(arena, DType.F64, 1, own.size(1) * kernels, own.size(2), own.size(3));
    for (long channel = 0; channel < results.size(1); channel++) {
      int k = (int) (channel % kernels);
      double sum = DoubleStream.of(kernel.taps().get(k)).sum();
      for (long i = 0; i < pixels; i++) {
        long at = channel * pixels + i;
        long opacity = opacities + k * pixels + i;
        double mean =
            total.get(opacity) > 0
                ? total.get(at) / total.get(opacity)
                : own.get(channel / kernels * pixels + i);
        results.set(at, seen.get(at) + mean * (sum - seen.get(opacity)));
      }
    }
    return results;
  }

  /** Returns the length of the vector that the channels are at each pixel. */
  private static Tensor magnitude(Arena arena, Tensor channels) {
    double[] values = channels.toDoubleArray();
    double[] lengths = new double[Math.toIntExact(channels.size(2) * channels.size(3))];
    for (int i = 0; i < lengths.length; i++) {
      double sum = 0;
      for (int at = i; at < values.length; at += lengths.length) {
        sum += values[at] * values[at];
      }
      lengths[i] = Math.sqrt(sum);
    }
    return Tensor.copyOf(arena, lengths, 1, 1, channels.size(2), channels.size(3));
  }
}
