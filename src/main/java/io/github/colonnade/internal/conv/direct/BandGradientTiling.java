package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import java.util.Arrays;

/**
 * How the weights' gradient of a depthwise convolution with nine weights a plane is cut: a tile is
 * a run of groups, of which one image at a time is held. Zeros lie between the rows of the input,
 * as in {@link BandTiling}. The products of each column are added row after row and image after
 * image; the columns' sums last.
 *
 * @param geometry sizes
 * @param columns where input columns lie in a row, for each of their phases
 * @param rows where input rows lie, for each of their phases
 * @param offsets what each tap adds to a position, where the rows of a phase lie behind each other
 * @param tapRows the row that each tap reads first, where rows are counted phase after phase
 * @param kernel the weight of each tap
 * @param height input rows of one phase
 * @param layout stands for where rows lie: arrays that were used with it have its zeros
 * @param run groups of a tile
 * @param heapBytes what a tile holds
 */
@SuppressWarnings("ArrayRecordComponent") // Tables that nobody compares.
record BandGradientTiling(
    ConvGeometry geometry,
    BandAxis columns,
    BandAxis rows,
    int[] offsets,
    int[] tapRows,
    int[] kernel,
    int height,
    Object layout,
    int run,
    long heapBytes)
    implements Tiling {

  /** Weights a plane: a sum of each is in a register. */
  static final int TAPS = 9;

  /** Taps of a row, which one loop adds. */
  private static final int ROW_TAPS = 3;

  /** Columns' strides that the loops know. */
  private static final long MOST_STRIDE = 2;

  /** Elements of the longest vector, which may reach beyond the end of a line of sums. */
  private static final int VECTOR = 16;

  /**
   * Pixels of a plane up to which several images pay in single precision: eight images of 56² take
   * 1.25 times as long as in whole lines, with the Vector API 0.9 to 1.1 (one image 0.95 to 1.25,
   * and 0.55 to 0.7; two threads of an Intel Xeon, family 6 model 167).
   */
  private static final long MOST_PIXELS_OF_IMAGES_F32 = 48 * 48;

  /** What a tile holds stays in the second-level cache. */
  private static final long MOST_BYTES = 512 << 10;

  /** What is copied at once. */
  private static final long RUN_BYTES = 64 << 10;

  /** Tiles of a call, so that several threads find work: fewer groups are not cut into bands. */
  private static final long ENOUGH_TILES = 16;

  /**
   * Cuts the gradient, or returns null where this does not suit it.
   *
   * @param geometry sizes
   * @param type element type
   * @param maxBytes what a tile may hold
   */
  static BandGradientTiling of(ConvGeometry geometry, ElementType type, long maxBytes) {
    if (geometry.groupInChannels() != 1
        || geometry.groups() < ENOUGH_TILES
        || geometry.kernelPlane() != TAPS
        || geometry.kernelW() != ROW_TAPS
        || geometry.dilationW() != 1
        || geometry.strideW() > MOST_STRIDE
        || (type == ElementType.F32
            && geometry.batch() > 1
            && geometry.outPlane() > MOST_PIXELS_OF_IMAGES_F32)) {
      return null;
    }
    TapCut cut = TapCut.whole(geometry, false);
    TapAxis vertical = cut.vertical();
    TapAxis horizontal = cut.horizontal();
    if (!BandTiling.suits(vertical) || !BandTiling.suits(horizontal)) {
      return null;
    }
    BandAxis columns = BandAxis.of(horizontal);
    BandAxis rows = new BandAxis(vertical.source().phases().length);
    long height = vertical.targets() + vertical.reach();
    Sizes sizes = new Sizes(geometry, type, rows.first().length, columns, height);
    long most = Math.min(maxBytes, MOST_BYTES);
    if (Arrays.stream(columns.first()).max().orElse(0) > BandTiling.MOST_ZEROS
        || sizes.bytes(1) > most) {
      return null;
    }
    rows.set(vertical.source(), 0, (int) height);
    long run = 1;
    while (run * 2 <= geometry.groups()
        && geometry.groups() / (run * 2) >= ENOUGH_TILES
        && run * 2 * sizes.copied() <= RUN_BYTES
        && sizes.bytes(run * 2) <= most) {
      run *= 2;
    }
    TapPhase taps = TapPhase.of(cut)[0];
    int[] kernel =
        Arrays.stream(taps.steps()).flatMapToInt(s -> Arrays.stream(s.kernel())).toArray();
    int phases = columns.first().length;
    return new BandGradientTiling(
        geometry,
        columns,
        rows,
        BandTiling.offsets(new TapPhase[] {taps}, cut, columns.pitch(), (int) sizes.plane())[0],
        Arrays.stream(kernel)
            .map(k -> firstRow(vertical, horizontal, k, phases, (int) height))
            .toArray(),
        kernel,
        (int) height,
        new Object(),
        (int) run,
        sizes.bytes(run));
  }

  private static int firstRow(
      TapAxis vertical, TapAxis horizontal, int tap, int columnPhases, int height) {
    int row = tap / ROW_TAPS;
    int phase = vertical.sourcePhase(row) * columnPhases + horizontal.sourcePhase(tap % ROW_TAPS);
    return phase * height + (int) vertical.shift(row);
  }

  /** Sizes in elements and bytes; none of them is beyond 2^50. */
  private record Sizes(
      ConvGeometry geometry, ElementType type, long rowPhases, BandAxis columns, long height) {

    long plane() {
      return height * columns.pitch() + BandTiling.SLACK;
    }

    private long planes() {
      return geometry.inPlane() + geometry.groupOutChannels() * geometry.outPlane();
    }

    /** Returns the bytes of one group that are copied from one image. */
    long copied() {
      return planes() * type.bytes();
    }

    /** Returns the bytes of a tile, with either kind of kernels. */
    long bytes(long run) {
      long lines = rowPhases * columns.first().length;
      long sums =
          Math.max(run * (columns.pitch() + VECTOR), run * columns.pitch() + BandTiling.SLACK)
              * geometry.groupOutChannels()
              * TAPS;
      long apart = lines * height * (run * columns.pitch() + BandTiling.SLACK);
      long gradients = geometry.outH() * (run * columns.pitch() + BandTiling.SLACK);
      long elements =
          run * (planes() + lines * BandTiling.SLACK)
              + apart
              + gradients
              + 2 * sums
              + 3 * BandTiling.SLACK;
      long arrays = lines * height + geometry.outH() + geometry.groupOutChannels() * TAPS + 3;
      return elements * type.bytes() + arrays * TapCut.ARRAY_BYTES;
    }
  }

  /** Returns the phases of the input. */
  int phases() {
    return rows.first().length * columns.first().length;
  }

  /** Returns the elements of the input rows of one phase, with what lies behind. */
  int plane() {
    return height * columns.pitch() + BandTiling.SLACK;
  }

  /** Returns the elements of the input of one image and group. */
  int groupPixels() {
    return phases() * plane();
  }

  /** Returns the elements of a row of all groups side by side, with what lies behind. */
  int rowElements() {
    return run * columns.pitch() + BandTiling.SLACK;
  }

  /** Returns the elements from one line of sums to the next. */
  int sumElements() {
    return columns.pitch() + VECTOR;
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
        + " channels, an image at a time";
  }
}
