package io.github.colonnade.internal.conv.reference;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Convolution by its definition: seven loops, each output summed in double precision in the order
 * {@code (ic, kh, kw)} and rounded once. One tile is one output plane.
 *
 * @param geometry sizes
 * @param type element type
 * @param input {@code [N, C, H, W]}. Not modified.
 * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
 * @param bias {@code [O]}, or null for none. Not modified.
 * @param epilogue what becomes of the sums
 * @param output {@code [N, O, OH, OW]}. Overwritten.
 */
record ReferenceForward(
    ConvGeometry geometry,
    ElementType type,
    MemorySegment input,
    MemorySegment weight,
    MemorySegment bias,
    Epilogue epilogue,
    MemorySegment output)
    implements TileTask {

  @Override
  public long tileCount() {
    return geometry.batch() * geometry.outChannels();
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long n = tile / geometry.outChannels();
    long oc = tile % geometry.outChannels();
    double start = bias == null ? 0 : Elements.get(type, bias, oc);
    for (long oh = 0; oh < geometry.outH(); oh++) {
      for (long ow = 0; ow < geometry.outW(); ow++) {
        long index = (tile * geometry.outH() + oh) * geometry.outW() + ow;
        Elements.set(type, output, index, start + sum(n, oc, oh, ow));
      }
    }
    epilogue.apply(type, output, tile * geometry.outPlane(), geometry.outPlane());
  }

  private double sum(long n, long oc, long oh, long ow) {
    long channels = geometry.groupInChannels();
    long firstChannel = oc / geometry.groupOutChannels() * channels;
    double sum = 0;
    for (long ic = 0; ic < channels; ic++) {
      for (long kh = 0; kh < geometry.kernelH(); kh++) {
        long ih = oh * geometry.strideH() - geometry.padTop() + kh * geometry.dilationH();
        for (long kw = 0; kw < geometry.kernelW(); kw++) {
          long iw = ow * geometry.strideW() - geometry.padLeft() + kw * geometry.dilationW();
          long w = ((oc * channels + ic) * geometry.kernelH() + kh) * geometry.kernelW() + kw;
          double x = geometry.pixel(type, input, n, firstChannel + ic, ih, iw);
          sum += x * Elements.get(type, weight, w);
        }
      }
    }
    return sum;
  }
}
