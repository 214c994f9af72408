package io.github.colonnade.internal.conv.reference;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The weights' gradient by its definition: each weight sums {@code x · gradOutput} over the batch
 * and every position of the kernel, in double precision and rounded once. One tile is one kernel.
 *
 * @param geometry sizes
 * @param type element type
 * @param input {@code [N, C, H, W]}. Not modified.
 * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
 * @param gradWeights {@code [O, C/groups, KH, KW]}. Overwritten.
 */
record ReferenceBackwardWeights(
    ConvGeometry geometry,
    ElementType type,
    MemorySegment input,
    MemorySegment gradOutput,
    MemorySegment gradWeights)
    implements TileTask {

  @Override
  public long tileCount() {
    return geometry.outChannels() * geometry.groupInChannels();
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long oc = tile / geometry.groupInChannels();
    long group = oc / geometry.groupOutChannels();
    long c = group * geometry.groupInChannels() + tile % geometry.groupInChannels();
    for (long kh = 0; kh < geometry.kernelH(); kh++) {
      for (long kw = 0; kw < geometry.kernelW(); kw++) {
        long index = (tile * geometry.kernelH() + kh) * geometry.kernelW() + kw;
        Elements.set(type, gradWeights, index, sum(oc, c, kh, kw));
      }
    }
  }

  private double sum(long oc, long c, long kh, long kw) {
    double sum = 0;
    for (long n = 0; n < geometry.batch(); n++) {
      for (long oh = 0; oh < geometry.outH(); oh++) {
        long ih = oh * geometry.strideH() - geometry.padTop() + kh * geometry.dilationH();
        for (long ow = 0; ow < geometry.outW(); ow++) {
          long iw = ow * geometry.strideW() - geometry.padLeft() + kw * geometry.dilationW();
          long row = (n * geometry.outChannels() + oc) * geometry.outH() + oh;
          double grad = Elements.get(type, gradOutput, row * geometry.outW() + ow);
          sum += grad * geometry.pixel(type, input, n, c, ih, iw);
        }
      }
    }
    return sum;
  }
}
