package io.github.colonnade.cli;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Pad2d;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import io.github.colonnade.cli.image.Photograph;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Runs kernels over photographs, each colour on its own, in double precision. */
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
      Tensor padded = border(source, kernel).forward(arena, source.toTensor(arena, DType.F64));
      Tensor results = convolve(arena, padded, kernel);
      return source.withPixels(kernel.edges() ? magnitude(arena, results) : results);
    }
  }

  /** The anchor of a kernel is its middle, or below and right of it where a size is even. */
  private Pad2d border(Photograph source, ImageKernel kernel) {
    int top = kernel.height() / 2;
    int left = kernel.width() / 2;
    boundary.requireFits("height", top, source.height());
    boundary.requireFits("width", left, source.width());
    return Pad2d.builder(boundary.mode())
        .padding(top, left, kernel.height() - 1 - top, kernel.width() - 1 - left)
        .threads(threads)
        .build();
  }

  /** Returns one channel for each colour and kernel, colour by colour. */
  private Tensor convolve(Arena arena, Tensor input, ImageKernel kernel) {
    long colours = input.size(1);
    long results = colours * kernel.taps().size();
    Tensor weight = Tensor.allocate(arena, DType.F64, results, 1, kernel.height(), kernel.width());
    long offset = 0;
    for (long colour = 0; colour < colours; colour++) {
      for (double[] taps : kernel.taps()) {
        MemorySegment from = MemorySegment.ofArray(taps);
        weight.segment().asSlice(offset, from.byteSize()).copyFrom(from);
        offset += from.byteSize();
      }
    }
    return Conv2d.builder(colours, results, kernel.height(), kernel.width())
        .groups(colours)
        .options(PlanOptions.defaults().withThreads(threads))
        .build()
        .forward(arena, input, weight, null);
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
