package io.github.colonnade.cli;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Padding;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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
      double[][] results = convolve(arena, source, kernel);
      return source.withPlanes(kernel.edges() ? new double[][] {magnitude(results)} : results);
    }
  }

  /** Returns one plane for each colour and kernel, colour by colour. */
  private double[][] convolve(Arena arena, Photograph source, ImageKernel kernel) {
    int colours = source.planes().length;
    int kernels = kernel.taps().size();
    Tensor input = padded(arena, source, kernel);
    Tensor weight =
        Tensor.allocate(
            arena, DType.F64, (long) colours * kernels, 1, kernel.height(), kernel.width());
    long size = (long) kernel.height() * kernel.width();
    for (int i = 0; i < colours * kernels; i++) {
      double[] taps = kernel.taps().get(i % kernels);
      MemorySegment.copy(
          taps, 0, weight.segment(), ValueLayout.JAVA_DOUBLE, i * size * Double.BYTES, taps.length);
    }
    Conv2d conv =
        Conv2d.builder(colours, (long) colours * kernels, kernel.height(), kernel.width())
            .groups(colours)
            .padding(boundary == Boundary.FILL ? border(kernel) : Padding.VALID)
            .options(PlanOptions.defaults().withThreads(threads))
            .build();
    double[] all = conv.forward(arena, input, weight, null).toDoubleArray();
    double[][] planes = new double[colours * kernels][source.width() * source.height()];
    for (int i = 0; i < planes.length; i++) {
      System.arraycopy(all, i * planes[i].length, planes[i], 0, planes[i].length);
    }
    return planes;
  }

  /** The anchor of a kernel is its middle, or below and right of it where a size is even. */
  private static Padding.Explicit border(ImageKernel kernel) {
    long top = kernel.height() / 2;
    long left = kernel.width() / 2;
    return new Padding.Explicit(top, left, kernel.height() - 1 - top, kernel.width() - 1 - left);
  }

  private Tensor padded(Arena arena, Photograph source, ImageKernel kernel) {
    Padding.Explicit border =
        boundary == Boundary.FILL ? new Padding.Explicit(0, 0, 0, 0) : border(kernel);
    boundary.requireFits("height", border.top(), source.height());
    boundary.requireFits("width", border.left(), source.width());
    int height = Math.toIntExact(source.height() + border.top() + border.bottom());
    int width = Math.toIntExact(source.width() + border.left() + border.right());
    Tensor input = Tensor.allocate(arena, DType.F64, 1, source.planes().length, height, width);
    double[] row = new double[width];
    long offset = 0;
    for (double[] plane : source.planes()) {
      for (int y = 0; y < height; y++) {
        int from = boundary.source(y - (int) border.top(), source.height()) * source.width();
        for (int x = 0; x < width; x++) {
          row[x] = plane[from + boundary.source(x - (int) border.left(), source.width())];
        }
        MemorySegment.copy(row, 0, input.segment(), ValueLayout.JAVA_DOUBLE, offset, width);
        offset += (long) width * Double.BYTES;
      }
    }
    return input;
  }

  private static double[] magnitude(double[]... planes) {
    double[] result = new double[planes[0].length];
    for (int i = 0; i < result.length; i++) {
      double sum = 0;
      for (double[] plane : planes) {
        sum += plane[i] * plane[i];
      }
      result[i] = Math.sqrt(sum);
    }
    return result;
  }
}
