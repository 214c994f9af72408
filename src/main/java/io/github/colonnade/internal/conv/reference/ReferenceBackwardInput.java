package io.github.colonnade.internal.conv.reference;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The input's gradient by its definition: each pixel sums {@code w · gradOutput} over every output
 * that it went into, in double precision and rounded once. One tile is one input plane.
 *
 * @param geometry sizes
 * @param type element type
 * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
 * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
 * @param bias {@code [C]}, what each sum starts from, or null for zero. Not modified.
 * @param epilogue what becomes of the sums
 * @param gradInput {@code [N, C, H, W]}. Overwritten.
 */
public record ReferenceBackwardInput(
    ConvGeometry geometry,
    ElementType type,
    MemorySegment gradOutput,
    MemorySegment weight,
    MemorySegment bias,
    Epilogue epilogue,
    MemorySegment gradInput)
    implements TileTask {

  @Override
  public long tileCount() {
    return geometry.batch() * geometry.inChannels();
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long n = tile / geometry.inChannels();
    long c = tile % geometry.inChannels();
    double start = bias == null ? 0 : Elements.get(type, bias, c);
    for (long ih = 0; ih < geometry.inH(); ih++) {
      for (long iw = 0; iw < geometry.inW(); iw++) {
        long index = (tile * geometry.inH() + ih) * geometry.inW() + iw;
        Elements.set(type, gradInput, index, start + sum(n, c, ih, iw));
      }
    }
    epilogue.apply(type, gradInput, tile * geometry.inPlane(), geometry.inPlane());
  }

  private double sum(long n, long c, long ih, long iw) {
    long group = c / geometry.groupInChannels();
    long groupChannel = c % geometry.groupInChannels();
    long firstOut = group * geometry.groupOutChannels();
    double sum = 0;
    for (long oc = firstOut; oc < firstOut + geometry.groupOutChannels(); oc++) {
      for (long kh = 0; kh < geometry.kernelH(); kh++) {
        long oh = outRow(ih, kh);
        for (long kw = 0; oh >= 0 && kw < geometry.kernelW(); kw++) {
          long ow = outColumn(iw, kw);
          if (ow >= 0) {
            long y = ((n * geometry.outChannels() + oc) * geometry.outH() + oh) * geometry.outW();
            long filter = oc * geometry.groupInChannels() + groupChannel;
            long w = (filter * geometry.kernelH() + kh) * geometry.kernelW() + kw;
            sum += Elements.get(type, gradOutput, y + ow) * Elements.get(type, weight, w);
          }
        }
      }
    }
    return sum;
  }

  /** Returns the output row that reads input row {@code ih} at {@code kh}, or -1. */
  private long outRow(long ih, long kh) {
    long distance = ih + geometry.padTop() - kh * geometry.dilationH();
    return position(distance, geometry.strideH(), geometry.outH());
  }

  private long outColumn(long iw, long kw) {
    long distance = iw + geometry.padLeft() - kw * geometry.dilationW();
    return position(distance, geometry.strideW(), geometry.outW());
  }

  private static long position(long distance, long stride, long outputs) {
    boolean reached = distance >= 0 && distance % stride == 0 && distance / stride < outputs;
    return reached ? distance / stride : -1;
  }
}
