package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import java.util.Arrays;

/**
 * How a direct convolution, or the input's gradient of one, is cut into bands of whole rows: a tile
 * is a band of one image in a run of groups, whose sources are all held at once. Zeros lie between
 * the rows of a band, so that a tap is an offset, whatever the column.
 *
 * @param geometry sizes
 * @param type element type
 * @param adjoint whether outputs are the sources and inputs the targets
 * @param vertical the taps down the rows
 * @param horizontal the taps along the columns
 * @param phases the taps that write each phase of the targets
 * @param columns where source columns lie in a row, for each of their phases
 * @param offsets what each tap adds to a position: by phases of the targets, as {@link TapPhase}
 *     orders them
 * @param order where each weight of a group lies among them, as they are used: target by target,
 *     each by phases
 * @param tapRuns the taps of each phase as runs of neighbours, or null with the Vector API
 * @param straight whether the nine weights of a target stay in registers and its sums go from there
 *     straight to where they lie in the image: for three adjacent rows of three adjacent taps, and
 *     where every second sum is picked
 * @param rows target rows of a band: of each phase
 * @param run groups of a tile
 * @param together of these, the groups whose rows are laid apart before any is computed with: to
 *     read what was just written is slow
 * @param whole whether a band is a whole plane, so that the planes of a run are copied as one
 * @param heapBytes what a tile holds
 */
@SuppressWarnings("ArrayRecordComponent") // Tables that nobody compares.
record BandTiling(
    ConvGeometry geometry,
    ElementType type,
    boolean adjoint,
    TapAxis vertical,
    TapAxis horizontal,
    TapPhase[] phases,
    BandAxis columns,
    int[][] offsets,
    int[] order,
    TapRuns tapRuns,
    boolean straight,
    int rows,
    int run,
    int together,
    boolean whole,
    long heapBytes)
    implements Tiling {

  /** What is computed with at once stays near the first-level cache. */
  private static final long BAND_BYTES = 48 << 10;

  /** What the tiles of one call are made of at least, if there is so much. */
  private static final long RUN_BYTES = 64 << 10;

  /** Tiles of a call, so that several threads find work. */
  private static final long ENOUGH_TILES = 32;

  /** Rows of a tile for each that it reads beyond them: what they share is loaded again. */
  private static final long LEAST_REACHES = 2;

  /** What a tile holds stays in the second-level cache. */
  private static final long MOST_BYTES = 512 << 10;

  /** Beyond these a band is mostly zeros, or more than one tile should hold. */
  private static final long MOST_REACH = 256;

  private static final long MOST_COLUMNS = 1 << 16;

  private static final long MOST_CHANNELS = 64;

  /** Elements of what is laid apart before it is computed with. */
  private static final long TOGETHER = 6 << 10;

  /** Elements behind each array: vectors read and write beyond the end. */
  static final int SLACK = 64;

  /**
   * Pixels of a source plane up to which 3×3 weights under a stride of 2 are summed at every column
   * in single precision: to lay every second column apart takes longer than the sums that are left
   * out. Planes of 14² to 28² take 0.7 to 0.8 of the time, of 40² to 60² 0.85 to 0.95, of 112²
   * 1.03; in double precision it is 1 to 1.3 (AMD Zen 3).
   */
  private static final long MOST_PICKED_PIXELS = 64 * 64;

  /** Zeros before a row; those behind the last row are written into the slack. */
  static final int MOST_ZEROS = 40;

  // Without the Vector API, where bands beat whole lines (F64DirectConvolution), depthwise, 3×3 and
  // 5×5, two threads of an Intel Xeon (family 6 model 167, AVX-512).

  /**
   * Pixels of a source plane at stride 1, in bytes of one: planes of 16² in single precision and of
   * 10² in double take 0.2 to 0.9 of the time, of 20² 0.9 to 1.3.
   */
  private static final long MOST_UNSTRIDED_BYTES = 1 << 10;

  /** Of every second sum of a row picked, planes of 24² take 0.3 to 0.75, of 28² 0.97. */
  private static final long MOST_PICKED_PORTABLE_PIXELS = 24 * 24;

  /** Of an input's gradient under a stride, planes of 28² take 0.5 to 0.95, of 112² 0.97 to 1.2. */
  private static final long MOST_SPREAD_PIXELS = 28 * 28;

  /** Copies of the sources: more were not measured. */
  private static final int MOST_RUNS = 8;

  /** Targets that are computed at once. */
  static final int TARGETS = 4;

  /**
   * Cuts a pass, or returns null where bands do not suit it.
   *
   * @param geometry sizes
   * @param type element type
   * @param adjoint whether it is the input's gradient
   * @param vectors whether the kernels are those of the Vector API
   * @param maxBytes what a tile may hold
   */
  static BandTiling of(
      ConvGeometry geometry, ElementType type, boolean adjoint, boolean vectors, long maxBytes) {
    TapCut cut = cut(geometry, type, adjoint);
    TapAxis vertical = cut.vertical();
    TapAxis horizontal = cut.horizontal();
    if (!suits(vertical)
        || !suits(horizontal)
        || cut.sources() > MOST_CHANNELS
        || cut.targets() > MOST_CHANNELS) {
      return null;
    }
    DirectConvolutionTiling portable =
        DirectConvolutionTiling.of(geometry, type, adjoint, maxBytes);
    if (portable.cut().sources() < cut.sources()) {
      // Its loops add chunks of the sources one after the other, which is another order.
      return null;
    }
    BandAxis columns = BandAxis.of(horizontal);
    if (Arrays.stream(columns.first()).max().orElse(0) > MOST_ZEROS) {
      return null;
    }
    TapPhase[] phases = TapPhase.of(cut);
    int copies = 0;
    if (!vectors) {
      if (!isSmall(cut, type)) {
        return null;
      }
      int[] runs = tapRuns(phases, cut, columns.pitch(), 1).offsets();
      if (runs.length > MOST_RUNS) {
        return null;
      }
      // Of the sources, one for each run, and the sums.
      copies = 1 + runs.length;
    }
    Sizes sizes = new Sizes(geometry, type, cut, columns.pitch(), copies);
    long most = Math.min(maxBytes, MOST_BYTES);
    long rows = vertical.targets();
    long least = Math.min(rows, 1 + LEAST_REACHES * vertical.reach());
    while (rows > least && sizes.bytes(rows, 1) > BAND_BYTES) {
      rows = Math.max(least, (rows + 1) / 2);
    }
    if (sizes.bytes(rows, 1) > most) {
      return null;
    }
    rows = Math.ceilDiv(vertical.targets(), Math.ceilDiv(vertical.targets(), rows));
    boolean whole = rows == vertical.targets();
    long bands = geometry.batch() * Math.ceilDiv(vertical.targets(), rows);
    long run = 1;
    while (run * 2 <= geometry.groups()
        && bands * (geometry.groups() / (run * 2)) >= ENOUGH_TILES
        && sizes.copied(rows) * run * 2 <= RUN_BYTES
        && sizes.bytes(rows, run * 2) <= most) {
      run *= 2;
    }
    run = Math.ceilDiv(geometry.groups(), Math.ceilDiv(geometry.groups(), run));
    long together = sizes.together(rows, run);
    int[][] offsets = offsets(phases, cut, columns.pitch(), (int) sizes.plane(rows));
    return new BandTiling(
        geometry,
        type,
        adjoint,
        vertical,
        horizontal,
        phases,
        columns,
        offsets,
        order(phases, cut, adjoint),
        vectors ? null : TapRuns.of(offsets),
        isStraight(cut),
        (int) rows,
        (int) run,
        (int) together,
        whole,
        sizes.bytes(rows, run));
  }

  private static boolean isSmall(TapCut cut, ElementType type) {
    TapAxis vertical = cut.vertical();
    TapAxis horizontal = cut.horizontal();
    if (cut.sources() > 1) {
      return false;
    }
    long sources = vertical.source().size() * horizontal.source().size();
    if (horizontal.step() > 1) {
      return sources <= MOST_PICKED_PORTABLE_PIXELS;
    }
    if (vertical.source().stride() * horizontal.source().stride() > 1) {
      return false;
    }
    long targets = vertical.target().size() * horizontal.target().size();
    return vertical.target().stride() * horizontal.target().stride() > 1
        ? targets <= MOST_SPREAD_PIXELS
        : sources * type.bytes() <= MOST_UNSTRIDED_BYTES;
  }

  private static TapCut cut(ConvGeometry geometry, ElementType type, boolean adjoint) {
    TapCut cut = TapCut.whole(geometry, adjoint);
    return !adjoint && picks(geometry, type)
        ? cut.along(TapAxis.forwardAtEveryPixel(geometry.horizontal()))
        : cut;
  }

  private static boolean picks(ConvGeometry geometry, ElementType type) {
    Axis columns = geometry.horizontal();
    return type == ElementType.F32
        && columns.stride() == 2
        && columns.kernel() == 3
        && columns.dilation() == 1
        && columns.padBefore() <= MOST_ZEROS
        && geometry.kernelH() == 3
        && geometry.groupInChannels() == 1
        && geometry.groupOutChannels() == 1
        && geometry.inPlane() <= MOST_PICKED_PIXELS;
  }

  static boolean suits(TapAxis axis) {
    return axis.targets() > 0
        && axis.reach() <= MOST_REACH
        && axis.source().size() <= MOST_COLUMNS
        && axis.target().size() <= MOST_COLUMNS
        && axis.source().readsEveryPixel()
        && axis.target().readsEveryPixel();
  }

  /** Sizes in elements and bytes; none of them is beyond 2^50. */
  private record Sizes(ConvGeometry geometry, ElementType type, TapCut cut, int pitch, int copies) {
    /** Returns the elements of the source rows of a band in one phase. */
    long plane(long rows) {
      return BandTiling.plane(cut, pitch, rows);
    }

    private long sourcePixels(long rows) {
      return cut.sources() * BandTiling.sourcePixels(cut.vertical(), cut.horizontal(), rows);
    }

    private long targetPixels(long rows) {
      return cut.targets() * BandTiling.targetPixels(cut.vertical(), cut.horizontal(), rows);
    }

    /** Returns the bytes that one group's part of a tile reads and writes. */
    long copied(long rows) {
      return (sourcePixels(rows) + targetPixels(rows)) * type.bytes();
    }

    private long sums() {
      return isStraight(cut) ? 0 : Math.min(TARGETS, cut.targets()) * cut.phases();
    }

    /** Returns the elements of what one group is computed with. */
    long groupElements(long rows) {
      long phases =
          (long) cut.vertical().source().phases().length
              * cut.horizontal().source().phases().length;
      return (cut.sources() * phases * (1 + copies) + sums()) * plane(rows)
          + cut.sources() * cut.targets() * cut.taps();
    }

    /**
     * Returns the groups whose rows are laid apart together: one where its targets are computed in
     * several goes, for what a plane of sums writes behind its end must be written again.
     */
    long together(long rows, long run) {
      return cut.targets() > TARGETS && !isStraight(cut)
          ? 1
          : Math.clamp(TOGETHER / groupElements(rows), 1, run);
    }

    long bytes(long rows, long run) {
      long together = together(rows, run);
      long elements =
          together * groupElements(rows)
              + run * (sourcePixels(rows) + targetPixels(rows))
              + run * cut.sources() * cut.targets() * cut.taps()
              + 3 * SLACK
              + together * cut.targets();
      return elements * type.bytes() + (together * sums() + 6) * TapCut.ARRAY_BYTES;
    }
  }

  private static long plane(TapCut cut, int pitch, long rows) {
    return (rows + cut.vertical().reach()) * pitch + SLACK;
  }

  private static TapRuns tapRuns(TapPhase[] phases, TapCut cut, int pitch, long rows) {
    return TapRuns.of(offsets(phases, cut, pitch, (int) plane(cut, pitch, rows)));
  }

  private static int[] order(TapPhase[] phases, TapCut cut, boolean adjoint) {
    int kernel = (int) cut.taps();
    int sources = (int) cut.sources();
    int targets = (int) cut.targets();
    int[] order = new int[targets * sources * kernel];
    int at = 0;
    for (int t = 0; t < targets; t++) {
      for (TapPhase phase : phases) {
        for (TapPhase.Step step : phase.steps()) {
          for (int c = 0; c < sources; c++) {
            int plane = adjoint ? c * targets + t : t * sources + c;
            for (int k : step.kernel()) {
              order[at++] = plane * kernel + k;
            }
          }
        }
      }
    }
    return order;
  }

  private static boolean isStraight(TapCut cut) {
    return cut.sources() == 1
        && (cut.horizontal().step() == 2
            || (isThreeInARow(cut.horizontal()) && isThreeInARow(cut.vertical())));
  }

  private static boolean isThreeInARow(TapAxis axis) {
    return axis.taps() == 3
        && axis.reach() == 2
        && axis.source().stride() == 1
        && axis.target().stride() == 1;
  }

  static int[][] offsets(TapPhase[] phases, TapCut cut, int pitch, int plane) {
    TapAxis horizontal = cut.horizontal();
    TapAxis vertical = cut.vertical();
    int columnPhases = horizontal.source().phases().length;
    int channel = vertical.source().phases().length * columnPhases * plane;
    int[][] offsets = new int[phases.length][];
    for (int p = 0; p < phases.length; p++) {
      int[] each = new int[phases[p].taps() * (int) cut.sources()];
      int at = 0;
      for (TapPhase.Step step : phases[p].steps()) {
        for (int c = 0; c < cut.sources(); c++) {
          for (int k : step.kernel()) {
            int row = vertical.sourcePhase(k / horizontal.taps());
            int column = k % horizontal.taps();
            int phase = row * columnPhases + horizontal.sourcePhase(column);
            each[at++] =
                c * channel + phase * plane + step.rows() * pitch + (int) horizontal.shift(column);
          }
        }
      }
      offsets[p] = each;
    }
    return offsets;
  }

  private static long sourcePixels(TapAxis vertical, TapAxis horizontal, long rows) {
    long size = vertical.source().size();
    long read = (rows + vertical.reach()) * vertical.source().stride();
    return (rows == vertical.targets() ? size : Math.min(size, read)) * horizontal.source().size();
  }

  /** Returns the pixels of a source channel that are copied for a band, at most. */
  long sourcePixels() {
    return sourcePixels(vertical, horizontal, rows);
  }

  private static long targetPixels(TapAxis vertical, TapAxis horizontal, long rows) {
    long written = rows * vertical.target().stride();
    return Math.min(vertical.target().size(), written) * horizontal.target().size();
  }

  /** Returns the pixels of a target channel that are written for a band, at most. */
  long targetPixels() {
    return targetPixels(vertical, horizontal, rows);
  }

  long sources() {
    return adjoint ? geometry.groupOutChannels() : geometry.groupInChannels();
  }

  long targets() {
    return adjoint ? geometry.groupInChannels() : geometry.groupOutChannels();
  }

  long sourcePlane() {
    return vertical.source().size() * horizontal.source().size();
  }

  long targetPlane() {
    return vertical.target().size() * horizontal.target().size();
  }

  int pitch() {
    return columns.pitch();
  }

  /** Returns whether every second sum of a row is a target. */
  boolean picks() {
    return horizontal.step() == 2;
  }

  /** Returns the elements of the source rows of a band in one phase, with what lies behind. */
  int plane() {
    return (rows + (int) vertical.reach()) * pitch() + SLACK;
  }

  /** Returns the source phases of one channel. */
  int sourcePhases() {
    return vertical.source().phases().length * horizontal.source().phases().length;
  }

  /** Returns the elements of a group's sources. */
  int groupPixels() {
    return (int) sources() * sourcePhases() * plane();
  }

  /** Returns the targets of a group that are computed at once, at most. */
  int targetsAtOnce() {
    return (int) Math.min(TARGETS, targets());
  }

  /** Returns the weights of a group. */
  long weights() {
    return sources() * targets() * geometry.kernelPlane();
  }

  long bands() {
    return Math.ceilDiv(vertical.targets(), rows);
  }

  long runs() {
    return Math.ceilDiv(geometry.groups(), run);
  }

  @Override
  public long tileCount() {
    return geometry.batch() * runs() * bands();
  }

  @Override
  public String describe() {
    return tileCount()
        + " tiles of "
        + run * targets()
        + " channels × "
        + rows
        + " rows × "
        + Math.ceilDiv(horizontal.targets(), horizontal.step())
        + " columns, "
        + sources()
        + " channels read at a time";
  }
}
