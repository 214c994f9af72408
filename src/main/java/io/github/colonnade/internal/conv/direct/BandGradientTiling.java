package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import java.util.Arrays;

/**
 * How the weights' gradient of a depthwise convolution with nine weights a plane is cut for the
 * Vector API: a tile is a run of groups, of which one at a time is held in all images. Zeros lie
 * between the rows of the input, as in {@link BandTiling}.
 *
 * @param geometry sizes
 * @param columns where input columns lie in a row, for each of their phases
 * @param rows where input rows lie, for each of their phases
 * @param offsets what each tap adds to a position
 * @param kernel the weight of each tap
 * @param plane elements of the input rows of one phase, with what lies behind
 * @param line elements from one row of sums to the next
 * @param run groups of a tile
 * @param heapBytes what a tile holds
 */
@SuppressWarnings("ArrayRecordComponent") // Tables that nobody compares.
record BandGradientTiling(
    ConvGeometry geometry,
    BandAxis columns,
    BandAxis rows,
    int[] offsets,
    int[] kernel,
    int plane,
    int line,
    int run,
    long heapBytes)
    implements Tiling {

  /** Weights a plane: a sum of each is in a register. */
  static final int TAPS = 9;

  /** What a tile holds stays in the second-level cache. */
  private static final long MOST_BYTES = 512 << 10;

  /** What is copied at once. */
  private static final long RUN_BYTES = 64 << 10;

  /** Tiles of a call, so that several threads find work. */
  private static final long ENOUGH_TILES = 32;

  /**
   * Cuts the gradient, or returns null where this does not suit it.
   *
   * @param portable how it is cut for portable loops, whose order of adding it has
   * @param maxBytes what a tile may hold
   */
  static BandGradientTiling of(DirectBackwardWeightsTiling portable, long maxBytes) {
    ConvGeometry geometry = portable.geometry();
    TapCut cut = portable.cut();
    TapAxis vertical = cut.vertical();
    TapAxis horizontal = cut.horizontal();
    boolean whole = cut.regions() == geometry.batch() && portable.sums().parts() == 1;
    if (!whole
        || !portable.kept()
        || geometry.groupInChannels() != 1
        || geometry.kernelPlane() != TAPS
        || !BandTiling.suits(vertical)
        || !BandTiling.suits(horizontal)) {
      return null;
    }
    BandAxis columns = BandAxis.of(horizontal);
    BandAxis rows = new BandAxis(vertical.source().phases().length);
    int height = Math.toIntExact(vertical.targets() + vertical.reach());
    rows.set(vertical.source(), 0, height);
    int plane = height * columns.pitch() + BandTiling.SLACK;
    int line = (int) cut.pitch();
    if (Arrays.stream(columns.first()).max().orElse(0) > BandTiling.MOST_ZEROS
        || bytes(portable, plane, line, 1) > Math.min(maxBytes, MOST_BYTES)) {
      return null;
    }
    long copied = (geometry.inPlane() + geometry.outPlane()) * portable.type().bytes();
    long run = 1;
    while (run * 2 <= geometry.groups()
        && geometry.groups() / (run * 2) >= ENOUGH_TILES
        && run * 2 * geometry.batch() * copied <= RUN_BYTES
        && bytes(portable, plane, line, run * 2) <= Math.min(maxBytes, MOST_BYTES)) {
      run *= 2;
    }
    return new BandGradientTiling(
        geometry,
        columns,
        rows,
        BandTiling.offsets(new TapPhase[] {portable.taps()}, cut, columns.pitch(), plane)[0],
        Arrays.stream(portable.taps().steps())
            .flatMapToInt(s -> Arrays.stream(s.kernel()))
            .toArray(),
        plane,
        line,
        (int) run,
        bytes(portable, plane, line, run));
  }

  private static long bytes(DirectBackwardWeightsTiling portable, long plane, long line, long run) {
    ConvGeometry g = portable.geometry();
    long raw = run * (g.inPlane() + g.groupOutChannels() * g.outPlane());
    long phases =
        (long) portable.cut().vertical().source().phases().length
            * portable.cut().horizontal().source().phases().length;
    long sums = 2 * TAPS * (g.outH() * line + BandTiling.SLACK);
    long elements = g.batch() * (raw + phases * plane) + sums + 3 * BandTiling.SLACK;
    return elements * portable.type().bytes();
  }

  /** Returns the elements of the input of one image and group. */
  int groupPixels() {
    return rows.first().length * columns.first().length * plane;
  }

  /** Returns the elements from one line of sums to the next. */
  int sumElements() {
    return (int) geometry.outH() * line + BandTiling.SLACK;
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(geometry.groups(), run);
  }

  @Override
  public String describe() {
    return tileCount()
        + " tiles of "
        + run * geometry.groupOutChannels()
        + " channels, "
        + geometry.batch()
        + " images at a time";
  }
}
