package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * Where the tiles of a convolution of stride 1 lie: each is of so many inputs as a transform has,
 * and of the outputs that read no others. Two at a time, counted through the images, are a pair.
 *
 * @param geometry sizes
 * @param size size of a tile of inputs
 */
record FftGrid(ConvGeometry geometry, FftSize size) {

  /** Returns the element type. */
  ElementType type() {
    return size.type();
  }

  /** Returns the rows of outputs of a tile. */
  int outHeight() {
    return (int) (size.height() - geometry.vertical().reach());
  }

  /** Returns the columns of outputs of a tile. */
  int outWidth() {
    return (int) (size.width() - geometry.horizontal().reach());
  }

  private long tilesDown() {
    return Math.ceilDiv(geometry.outH(), outHeight());
  }

  private long tilesAcross() {
    return Math.ceilDiv(geometry.outW(), outWidth());
  }

  /** Returns the tiles of the batch. */
  long tiles() {
    return geometry.batch() * tilesDown() * tilesAcross();
  }

  /** Returns the pairs of the batch. */
  long pairs() {
    return Math.ceilDiv(tiles(), 2);
  }

  /** Returns the image that a tile lies in. */
  long image(long tile) {
    return tile / (tilesDown() * tilesAcross());
  }

  /** Returns the first row of outputs of a tile. */
  long top(long tile) {
    return tile / tilesAcross() % tilesDown() * outHeight();
  }

  /** Returns the first column of outputs of a tile. */
  long left(long tile) {
    return tile % tilesAcross() * outWidth();
  }

  /** Returns the rows of outputs of a tile that there are. */
  int rows(long tile) {
    return (int) Math.min(outHeight(), geometry.outH() - top(tile));
  }

  /** Returns the columns of outputs of a tile that there are. */
  int columns(long tile) {
    return (int) Math.min(outWidth(), geometry.outW() - left(tile));
  }

  /** Loads a pair's inputs of a channel, counted over all groups. */
  void loadInputs(FftTile target, long pair, MemorySegment input, long channel) {
    Axis vertical = geometry.vertical();
    for (int half = 0; half < 2; half++) {
      long tile = 2 * pair + half;
      if (tile >= tiles()) {
        target.zeroRows(half, 0, size.height());
        continue;
      }
      long plane = (image(tile) * geometry.inChannels() + channel) * geometry.inPlane();
      long top = top(tile) - vertical.padBefore();
      int from = (int) Math.clamp(-top, 0L, size.height());
      int to = Math.clamp(geometry.inH() - top, from, size.height());
      target.zeroRows(half, 0, from);
      for (int row = from; row < to; row++) {
        loadInputRow(target, half, row, input, plane, top + row, left(tile), size.width());
      }
      target.zeroRows(half, to, size.height());
    }
  }

  /**
   * Loads what a row of {@code width} outputs reads at its first tap of a row of inputs, and zeros
   * where that is outside.
   */
  void loadInputRow(
      FftTile target,
      int half,
      int row,
      MemorySegment input,
      long plane,
      long inRow,
      long outColumn,
      int width) {
    long left = outColumn - geometry.padLeft();
    int before = (int) Math.clamp(-left, 0L, width);
    int end = Math.clamp(geometry.inW() - left, before, width);
    long index = before == end ? 0 : plane + inRow * geometry.inW() + left + before;
    target.loadRow(half, row, input, index, before, end - before);
  }

  /** Loads a pair's gradients of an output channel, counted over all groups. */
  void loadGradients(FftTile target, long pair, MemorySegment gradOutput, long channel) {
    for (int half = 0; half < 2; half++) {
      long tile = 2 * pair + half;
      int rows = tile >= tiles() ? 0 : rows(tile);
      if (rows > 0) {
        long plane = (image(tile) * geometry.outChannels() + channel) * geometry.outPlane();
        long first = plane + top(tile) * geometry.outW() + left(tile);
        for (int row = 0; row < rows; row++) {
          long index = first + row * geometry.outW();
          target.loadRow(half, row, gradOutput, index, 0, columns(tile));
        }
      }
      target.zeroRows(half, rows, size.height());
    }
  }

  /**
   * Loads a kernel. What the transform multiplies by its points is divided again at the end: small
   * weights would lose digits.
   *
   * @param index its first weight
   * @param turned whether by half a turn
   */
  void loadKernel(FftTile target, MemorySegment weight, long index, boolean turned) {
    target.zeroRows(0, 0, size.height());
    target.zeroRows(1, 0, size.height());
    long taps = geometry.kernelPlane();
    for (long tap = 0; tap < taps; tap++) {
      long at = turned ? taps - 1 - tap : tap;
      int row = (int) (tap / geometry.kernelW() * geometry.dilationH());
      int column = (int) (tap % geometry.kernelW() * geometry.dilationW());
      target.loadElement(row, column, weight, index + at);
    }
  }

  /** Writes the weights of a kernel, divided by the points of the transform. */
  void storeKernel(FftTile source, MemorySegment weight, long index) {
    for (long tap = 0; tap < geometry.kernelPlane(); tap++) {
      int row = (int) (tap / geometry.kernelW() * geometry.dilationH());
      int column = (int) (tap % geometry.kernelW() * geometry.dilationW());
      source.storeQuotient(row, column, weight, index + tap, (int) size.points());
    }
  }
}
