package io.github.colonnade.cli;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Pad2d;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.SeparableFilter2d;
import io.github.colonnade.SeparableKernel;
import io.github.colonnade.Tensor;
import io.github.colonnade.image.Channels;
import io.github.colonnade.image.ImageOptions;
import io.github.colonnade.image.Photograph;
import java.lang.foreign.Arena;
import java.util.List;

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
      Tensor visible =
          photograph.isTransparent() ? photograph.toTensor(arena, DType.F64, layers) : null;
      List<Tensor> results =
          kernel.parts().stream()
              .map(
                  part ->
                      visible == null
                          ? convolve(arena, own, kernel, part, 0)
                          : convolveVisible(arena, own, visible, kernel, part))
              .toList();
      Tensor result = results.getFirst();
      if (kernel.edges()) {
        PlaneArithmetic.magnitude(results, result);
      }
      return photograph.withPixels(result);
    }
  }

  /**
   * Runs one kernel over each channel.
   *
   * @param source {@code [1, C, H, W]}
   * @param fill what lies beyond the border where nothing of the image does
   * @return {@code [1, C, H, W]}
   */
  private Tensor convolve(
      Arena arena, Tensor source, ImageKernel kernel, ImageKernel.Part part, double fill) {
    boundary.requireFits("height", kernel.height() / 2, source.size(2));
    boundary.requireFits("width", kernel.width() / 2, source.size(3));
    return switch (part) {
      case ImageKernel.Product product -> separable(product.kernel(), fill).forward(arena, source);
      case ImageKernel.WrittenOut written ->
          convolve(arena, border(kernel, fill).forward(arena, source), kernel, written);
    };
  }

  private SeparableFilter2d separable(SeparableKernel kernel, double fill) {
    SeparableFilter2d.Builder builder = SeparableFilter2d.builder(kernel).threads(threads);
    return (boundary == Boundary.FILL
            ? builder.constantBorder(fill)
            : builder.border(boundary.mode()))
        .build();
  }

  /** The anchor of a kernel is its middle, or below and right of it where a size is even. */
  private Pad2d border(ImageKernel kernel, double fill) {
    int top = kernel.height() / 2;
    int left = kernel.width() / 2;
    Pad2d.Builder builder =
        Pad2d.builder(boundary.mode())
            .padding(top, left, kernel.height() - 1 - top, kernel.width() - 1 - left)
            .threads(threads);
    return (boundary == Boundary.FILL ? builder.value(fill) : builder).build();
  }

  private Tensor convolve(
      Arena arena, Tensor padded, ImageKernel kernel, ImageKernel.WrittenOut part) {
    long colours = padded.size(1);
    double[] taps = part.taps();
    Tensor weight = Tensor.allocate(arena, DType.F64, colours, 1, kernel.height(), kernel.width());
    for (long i = 0; i < weight.elementCount(); i++) {
      weight.set(i, taps[(int) (i % taps.length)]);
    }
    return Conv2d.builder(colours, colours, kernel.height(), kernel.width())
        .groups(colours)
        .options(PlanOptions.defaults().withExact(true).withThreads(threads))
        .build()
        .forward(arena, padded, weight, null);
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
  private Tensor convolveVisible(
      Arena arena, Tensor own, Tensor layers, ImageKernel kernel, ImageKernel.Part part) {
    long colours = own.size(1);
    Tensor premultiplied = channels(layers, 0, colours);
    Tensor opacity = channels(layers, colours, 1);
    Tensor results = convolve(arena, premultiplied, kernel, part, 0);
    Tensor opacities = convolve(arena, opacity, kernel, part, 1);
    boolean same = !part.hasNegative();
    Tensor total = same ? results : convolve(arena, premultiplied, kernel, part.absolute(), 0);
    Tensor totals = same ? opacities : convolve(arena, opacity, kernel, part.absolute(), 1);
    for (long c = 0; c < colours; c++) {
      PlaneArithmetic.fillHidden(
          channels(results, c, 1),
          channels(total, c, 1),
          opacities,
          totals,
          channels(own, c, 1),
          part.sum());
    }
    return results;
  }
}
