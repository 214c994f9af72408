package io.github.colonnade.cli;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Pad2d;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import io.github.colonnade.cli.image.Photograph;
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
    Photograph source = kernel.edges() ? photograph.luminance() : photograph;
    try (Arena arena = Arena.ofShared()) {
      Tensor colours = source.toTensor(arena, DType.F64);
      Tensor padded = border(source, kernel, 0).forward(arena, colours);
      Tensor results;
      if (source.isTransparent()) {
        Tensor opacity = border(source, kernel, 1).forward(arena, source.opacity(arena));
        results = convolveVisible(arena, colours, weighted(arena, padded, opacity), kernel);
      } else {
        results = convolve(arena, padded, kernel.taps(), kernel);
      }
      return source.withPixels(kernel.edges() ? magnitude(arena, results) : results);
    }
  }

  /**
   * The anchor of a kernel is its middle, or below and right of it where a size is even.
   *
   * @param fill what lies beyond the border where nothing of the image does
   */
  private Pad2d border(Photograph source, ImageKernel kernel, double fill) {
    int top = kernel.height() / 2;
    int left = kernel.width() / 2;
    boundary.requireFits("height", top, source.height());
    boundary.requireFits("width", left, source.width());
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

  /** Returns the colours times the opacity, and the opacity as a last channel. */
  private static Tensor weighted(Arena arena, Tensor colours, Tensor opacity) {
    long pixels = opacity.elementCount();
    Tensor layers =
        Tensor.allocate(arena, DType.F64, 1, colours.size(1) + 1, colours.size(2), colours.size(3));
    for (long i = 0; i < colours.elementCount(); i++) {
      layers.set(i, colours.get(i) * opacity.get(i % pixels));
    }
    for (long i = 0; i < pixels; i++) {
      layers.set(colours.elementCount() + i, opacity.get(i));
    }
    return layers;
  }

  /**
   * As {@link #convolve}, where some pixels are transparent.
   *
   * @param own the colours before they were padded, for where nothing is visible under a kernel
   * @param layers what {@link #weighted} returns
   */
  private Tensor convolveVisible(Arena arena, Tensor own, Tensor layers, ImageKernel kernel) {
    List<double[]> sizes =
        kernel.taps().stream().map(taps -> DoubleStream.of(taps).map(Math::abs).toArray()).toList();
    Tensor seen = convolve(arena, layers, kernel.taps(), kernel);
    Tensor total = convolve(arena, layers, sizes, kernel);
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
