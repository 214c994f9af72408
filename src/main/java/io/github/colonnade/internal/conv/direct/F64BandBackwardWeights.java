package io.github.colonnade.internal.conv.direct;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.FreeList;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The weights' gradient of a depthwise convolution, as {@link BandGradientTiling} cuts it. The
 * single-precision twin is derived from this file by the build.
 */
final class F64BandBackwardWeights implements TileTask {
  private static final FreeList<Tile> TILES = new FreeList<>(Tile::new, Tile::bytes);

  private final BandGradientTiling tiling;
  private final boolean vectors;
  private final MemorySegment input;
  private final MemorySegment gradOutput;
  private final MemorySegment gradWeights;

  /**
   * Takes the operands of one call.
   *
   * @param tiling how the work is cut
   * @param vectors whether to use the Vector API
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradWeights {@code [O, 1, KH, KW]}. Overwritten.
   */
  F64BandBackwardWeights(
      BandGradientTiling tiling,
      boolean vectors,
      MemorySegment input,
      MemorySegment gradOutput,
      MemorySegment gradWeights) {
    this.tiling = tiling;
    this.vectors = vectors;
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

    /** The input of the groups, its rows apart. */
    private double[] pixels = {};

    /** What there are zeros for outside the image. */
    private Object layout;

    /** Sums of each column, a line for each weight. */
    private double[] sums = {};

    private double[] spare = {};
    private final F64BandGradient portable = new F64BandGradient();
    private F64BandBackwardWeights call;
    private BandGradientTiling tiling;

    /** Returns the bytes of what is kept from call to call. */
    long bytes() {
      long elements = (long) raw.length + gradients.length + pixels.length + sums.length;
      return portable.bytes() + (elements + spare.length) * Double.BYTES;
    }

    /** Computes the gradient of a run of groups. */
    void compute(F64BandBackwardWeights gradient, long firstGroup) {
      call = gradient;
      tiling = call.tiling;
      ConvGeometry geometry = tiling.geometry();
      int groups = (int) Math.min(tiling.run(), geometry.groups() - firstGroup);
      int outs = (int) geometry.groupOutChannels();
      reserve();
      begin();
      if (geometry.batch() == 0) {
        Arrays.fill(sums, 0);
      }
      for (long n = 0; n < geometry.batch(); n++) {
        long from = geometry.inputIndex(n, firstGroup, 0) * Double.BYTES;
        int count = groups * (int) geometry.inPlane();
        MemorySegment.copy(call.input, JAVA_DOUBLE, from, raw, 0, count);
        from = geometry.outputIndex(n, firstGroup, 0) * Double.BYTES;
        count = groups * outs * (int) geometry.outPlane();
        MemorySegment.copy(call.gradOutput, JAVA_DOUBLE, from, gradients, 0, count);
        add(groups, n == 0);
      }
      for (int group = 0; group < groups; group++) {
        for (int out = 0; out < outs; out++) {
          long to = geometry.weightIndex(firstGroup + group, out);
          for (int t = 0; t < BandGradientTiling.TAPS; t++) {
            double sum = sum(group, out, t);
            call.gradWeights.setAtIndex(JAVA_DOUBLE, to + tiling.kernel()[t], sum);
          }
        }
      }
      call = null;
      tiling = null;
    }

    private void reserve() {
      ConvGeometry geometry = tiling.geometry();
      long run = tiling.run();
      long outs = run * geometry.groupOutChannels();
      raw = reserve(raw, run * geometry.inPlane() + BandTiling.SLACK);
      gradients = reserve(gradients, outs * geometry.outPlane() + BandTiling.SLACK);
      long line = tiling.rowElements();
      if (call.vectors) {
        pixels = reserve(pixels, run * tiling.groupPixels() + BandTiling.SLACK);
        line = outs * BandGradientTiling.TAPS * tiling.sumElements();
        sums = reserve(sums, line);
      }
      spare = reserve(spare, line);
    }

    private static double[] reserve(double[] array, long elements) {
      return array.length < elements ? new double[(int) elements] : array;
    }

    private void begin() {
      if (!call.vectors) {
        portable.begin(tiling);
      } else if (!tiling.layout().equals(layout)) {
        F64BandCopies.clear(
            pixels, tiling.run(), tiling.rows(), tiling.columns(), tiling.height(), tiling.plane());
        layout = tiling.layout();
      }
    }

    /** Adds the products of the image that was copied. */
    private void add(int groups, boolean first) {
      if (call.vectors) {
        expand(groups);
        F64VectorBandGradient.add(tiling, pixels, gradients, groups, first, sums);
      } else {
        portable.add(tiling, raw, gradients, groups);
      }
    }

    private double sum(int group, int out, int tap) {
      if (!call.vectors) {
        return portable.sum(tiling, group, out, tap, spare);
      }
      ConvGeometry geometry = tiling.geometry();
      int channel = group * (int) geometry.groupOutChannels() + out;
      int from = (channel * BandGradientTiling.TAPS + tap) * tiling.sumElements();
      return F64TapLoops.sum(sums, from, (int) geometry.outW(), spare);
    }

    /** Lays the input rows of the groups apart. */
    private void expand(int groups) {
      ConvGeometry geometry = tiling.geometry();
      BandAxis rows = tiling.rows();
      BandAxis columns = tiling.columns();
      int width = (int) geometry.inW();
      int to = 0;
      for (int row = 0; row < rows.first().length; row++) {
        for (int column = 0; column < columns.first().length; column++) {
          if (rows.count()[row] > 0 && columns.count()[column] > 0) {
            F64BandCopies.expand(
                raw,
                rows.pixel()[row] * width + columns.pixel()[column],
                width * (int) geometry.strideH(),
                (int) geometry.strideW(),
                columns.count()[column],
                rows.count()[row],
                pixels,
                to + rows.first()[row] * columns.pitch() + columns.first()[column],
                columns.pitch(),
                groups,
                (int) geometry.inPlane(),
                tiling.groupPixels());
          }
          to += tiling.plane();
        }
      }
    }
  }
}
