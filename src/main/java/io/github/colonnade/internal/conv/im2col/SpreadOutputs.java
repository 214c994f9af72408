package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;

/**
 * Where the input's gradient of a strided 1×1 kernel lies: its values on a grid, and between them
 * pixels that no output was computed from. Values and gaps are written together, row by row.
 *
 * @param geometry sizes of the forward pass
 */
record SpreadOutputs(ConvGeometry geometry) {

  /** Returns whether the pixels that a kernel reads lie on a grid that begins in the corner. */
  static boolean suits(ConvGeometry geometry) {
    return geometry.kernelPlane() == 1
        && geometry.isStrided()
        && geometry.padTop() == 0
        && geometry.padLeft() == 0
        && geometry.vertical().firstBeyond(0) == geometry.outH()
        && geometry.horizontal().firstBeyond(0) == geometry.outW();
  }

  /** Returns the convolution at stride 1 that computes the values alone. */
  ConvGeometry dense() {
    return new ConvGeometry(
        geometry.batch(),
        geometry.outChannels(),
        geometry.inChannels(),
        geometry.groups(),
        new Axis(geometry.outH(), 1, 1, 1, 0, 0, geometry.outH()),
        new Axis(geometry.outW(), 1, 1, 1, 0, 0, geometry.outW()));
  }

  /**
   * Writes some rows of a channel, and the gaps below them.
   *
   * @param type element type
   * @param values rows of values without gaps
   * @param valuesIndex first of these
   * @param bias holds what the gaps are, for each channel, or null for zero
   * @param n image
   * @param channel channel of the gradient
   * @param rowFrom first row of values in the image
   * @param rowTo end of these rows
   * @param gradInput {@code [N, C, H, W]}
   */
  void write(
      ElementType type,
      MemorySegment values,
      long valuesIndex,
      MemorySegment bias,
      long n,
      long channel,
      long rowFrom,
      long rowTo,
      MemorySegment gradInput) {
    long width = geometry.inW();
    long at = (n * geometry.inChannels() + channel) * geometry.inPlane();
    at += rowFrom * geometry.strideH() * width;
    long from = valuesIndex;
    for (long row = rowFrom; row < rowTo; row++) {
      boolean last = row + 1 == geometry.outH();
      long rows = last ? geometry.inH() - row * geometry.strideH() : geometry.strideH();
      if (bias == null) {
        Elements.zero(type, gradInput, at, rows * width);
      } else {
        Elements.repeat(type, bias, channel, gradInput, at, rows * width);
      }
      Elements.copy(type, values, from, 1, gradInput, at, geometry.strideW(), geometry.outW());
      from += geometry.outW();
      at += rows * width;
    }
  }
}
