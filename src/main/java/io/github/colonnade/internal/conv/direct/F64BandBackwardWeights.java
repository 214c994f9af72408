package io.github.colonnade.internal.conv.direct;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.FreeList;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The weights' gradient of a depthwise convolution for the Vector API, with the sums of {@link
 * F64DirectBackwardWeights}, bit for bit. The single-precision twin is derived from this file by
 * the build.
 */
final class F64BandBackwardWeights implements TileTask {
  private static final FreeList<Tile> TILES = new FreeList<>(Tile::new, Tile::bytes);

  private final BandGradientTiling tiling;
  private final MemorySegment input;
  private final MemorySegment gradOutput;
  private final MemorySegment gradWeights;

  /**
   * Takes the operands of one call.
   *
   * @param tiling how the work is cut
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradWeights {@code [O, 1, KH, KW]}. Overwritten.
   */
  F64BandBackwardWeights(
      BandGradientTiling tiling,
      MemorySegment input,
      MemorySegment gradOutput,
      MemorySegment gradWeights) {
    this.tiling = tiling;
    this.input = input;
    this.gradOutput = gradOutput;
    this.gradWeights = gradWeights;
  }

  @Override
  public long tileCount() {
    return tiling.tileCount();
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    Tile work = TILES.take();
    work.compute(this, tile * tiling.run());
    TILES.give(work);
  }

  /** One tile at work. */
  private static final class Tile {
    /** Planes of the input and of the output's gradient as they lie in memory. */
    private double[] raw = {};

    private double[] gradients = {};

    /** The input of one group in all images, its rows apart. */
    private double[] pixels = {};

    /** A line of sums for each weight of an output channel. */
    private double[] sums = {};

    private double[] spare = {};
    private BandGradientTiling tiling;

    /** Returns the bytes of what is kept from call to call. */
    long bytes() {
      long elements = (long) raw.length + gradients.length + pixels.length + sums.length;
      return (elements + spare.length) * Double.BYTES;
    }

    /** Computes the gradient of a run of groups. */
    void compute(F64BandBackwardWeights call, long firstGroup) {
      tiling = call.tiling;
      ConvGeometry geometry = tiling.geometry();
      int groups = (int) Math.min(tiling.run(), geometry.groups() - firstGroup);
      int images = (int) geometry.batch();
      int outs = (int) geometry.groupOutChannels();
      int inPlane = (int) geometry.inPlane();
      int outPlane = (int) geometry.outPlane();
      reserve(groups, images, outs);
      for (int n = 0; n < images; n++) {
        long from = geometry.inputIndex(n, firstGroup, 0) * Double.BYTES;
        int planes = groups * inPlane;
        MemorySegment.copy(call.input, JAVA_DOUBLE, from, raw, n * planes, planes);
        from = geometry.outputIndex(n, firstGroup, 0) * Double.BYTES;
        planes = groups * outs * outPlane;
        MemorySegment.copy(call.gradOutput, JAVA_DOUBLE, from, gradients, n * planes, planes);
      }
      clear(images);
      for (int group = 0; group < groups; group++) {
        expand(group * inPlane, groups * inPlane, images);
        for (int out = 0; out < outs; out++) {
          F64VectorBandGradient.correlate(
              tiling,
              pixels,
              gradients,
              (group * outs + out) * outPlane,
              groups * outs * outPlane,
              sums);
          long to = geometry.weightIndex(firstGroup + group, out);
          int count = (int) geometry.outH() * tiling.line();
          for (int t = 0; t < BandGradientTiling.TAPS; t++) {
            double sum = F64TapLoops.sum(sums, t * tiling.sumElements(), count, spare);
            call.gradWeights.setAtIndex(JAVA_DOUBLE, to + tiling.kernel()[t], sum);
          }
        }
      }
      tiling = null;
    }

    private void reserve(int groups, int images, int outs) {
      ConvGeometry geometry = tiling.geometry();
      raw = reserve(raw, (long) groups * images * geometry.inPlane() + BandTiling.SLACK);
      gradients =
          reserve(
              gradients, (long) groups * images * outs * geometry.outPlane() + BandTiling.SLACK);
      pixels = reserve(pixels, (long) images * tiling.groupPixels() + BandTiling.SLACK);
      sums = reserve(sums, (long) BandGradientTiling.TAPS * tiling.sumElements());
      spare = reserve(spare, (long) BandGradientTiling.TAPS * tiling.sumElements());
    }

    private static double[] reserve(double[] array, long elements) {
      return array.length < elements ? new double[(int) elements] : array;
    }

    /** Sets to zero what lies outside the image. */
    private void clear(int images) {
      Arrays.fill(pixels, 0, images * tiling.groupPixels(), 0);
    }

    /** Lays the input rows of a group apart. */
    private void expand(int first, int step, int images) {
      ConvGeometry geometry = tiling.geometry();
      BandAxis rows = tiling.rows();
      BandAxis columns = tiling.columns();
      int width = (int) geometry.inW();
      int to = 0;
      for (int row = 0; row < rows.first().length; row++) {
        for (int column = 0; column < columns.first().length; column++) {
          if (rows.count()[row] > 0 && columns.count()[column] > 0) {
            F64VectorBandCopies.expand(
                raw,
                first + rows.pixel()[row] * width + columns.pixel()[column],
                width * (int) geometry.strideH(),
                (int) geometry.strideW(),
                columns.count()[column],
                rows.count()[row],
                pixels,
                to + rows.first()[row] * columns.pitch() + columns.first()[column],
                columns.pitch(),
                images,
                step,
                tiling.groupPixels());
          }
          to += tiling.plane();
        }
      }
    }
  }
}
