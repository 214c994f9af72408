package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Parts;

/**
 * How a direct convolution of wide planes, or the input's gradient of one, is cut into strips: a
 * tile is a block of rows and columns of all target channels of a group. It goes down its rows and
 * holds, of each source channel, the rows that the kernel lies on.
 *
 * @param geometry sizes
 * @param type element type
 * @param adjoint whether outputs are the sources and inputs the targets
 * @param cut rows and columns of a tile
 * @param taps the taps, all in one phase
 * @param vectors whether the kernels are those of the Vector API
 * @param held source rows of a channel that are held
 * @param heapBytes what a tile holds
 */
record StripTiling(
    ConvGeometry geometry,
    ElementType type,
    boolean adjoint,
    TapCut cut,
    TapPhase taps,
    boolean vectors,
    int held,
    long heapBytes)
    implements Tiling {

  /** Columns of a target below which rows are too short for loops of their own. */
  private static final long LEAST_COLUMNS = 128;

  /** Channels on either side of a group; of more, several targets should share what is read. */
  private static final long MOST_CHANNELS = 4;

  /**
   * The held rows and the sums stay in the second-level cache. Whole rows of a plane of 4096² are
   * read and written faster than halves: 3×3 weights in single precision take 24 against 30 ms, 5×5
   * 34 against 47, AMD Zen 3.
   */
  private static final long STRIP_BYTES = 192 << 10;

  /** What a tile holds stays in the second-level cache. */
  private static final long MOST_BYTES = 384 << 10;

  /** Columns of a strip. */
  private static final long MOST_COLUMNS = 4096;

  /** Columns below which those that a strip reads beyond its own would be most of the work. */
  private static final long SHORT_COLUMNS = 512;

  /** Elements behind each row: vectors reach beyond its end. */
  private static final int SLACK = 16;

  /** Rows of a tile for each that it reads beyond them: what they share is loaded again. */
  private static final long LEAST_REACHES = 4;

  private static final long LEAST_ROWS = 32;

  /** Tiles of a call, so that several threads find work. */
  private static final long ENOUGH_TILES = 32;

  /**
   * Cuts a pass, or returns null where strips do not suit it.
   *
   * @param geometry sizes
   * @param type element type
   * @param adjoint whether it is the input's gradient
   * @param vectors whether the kernels are those of the Vector API
   * @param maxBytes what a tile may hold
   */
  static StripTiling of(ConvGeometry geometry, ElementType type, boolean adjoint, boolean vectors, long maxBytes) {
    TapCut cut = TapCut.whole(geometry, adjoint);
    if (!isPlain(cut.vertical())
        || !isPlain(cut.horizontal())
        || cut.horizontal().reach() != cut.horizontal().taps() - 1
        || Math.max(cut.sources(), cut.targets()) > MOST_CHANNELS
        || cut.horizontal().targets() < LEAST_COLUMNS) {
      return null;
    }
    long columns = Math.min(MOST_COLUMNS, cut.horizontal().targets());
    cut = cut.into(1, cut.vertical().targets(), columns);
    while (bytes(cut, type) > STRIP_BYTES && cut.columns() > SHORT_COLUMNS) {
      cut = cut.into(1, cut.rows(), Math.max(SHORT_COLUMNS, cut.columns() / 2));
    }
    long most = Math.min(maxBytes, MOST_BYTES);
    while (bytes(cut, type) > most && cut.columns() > LEAST_COLUMNS) {
      cut = cut.into(1, cut.rows(), cut.columns() / 2);
    }
    if (bytes(cut, type) > most) {
      return null;
    }
    long tiles = cut.batch() * geometry.groups() * cut.columnBands();
    long bands = Math.ceilDiv(ENOUGH_TILES, tiles);
    long rows = Math.max(LEAST_ROWS, LEAST_REACHES * cut.vertical().reach());
    rows = Math.max(rows, Math.ceilDiv(cut.vertical().targets(), bands));
    cut = cut.into(1, rows, cut.columns());
    return new StripTiling(
        geometry,
        type,
        adjoint,
        cut,
        TapPhase.of(cut)[0],
        vectors,
        (int) held(cut),
        (long) bytes(cut, type));
  }

  /** Returns whether every tap is a shift of the one phase that there is. */
  private static boolean isPlain(TapAxis axis) {
    return axis.source().stride() == 1 && axis.target().stride() == 1;
  }

  private static long held(TapCut cut) {
    return cut.vertical().reach() + 2;
  }

  private static double bytes(TapCut cut, ElementType type) {
    double rows = (double) held(cut) * cut.sources();
    double weights = (double) cut.targets() * cut.sources() * cut.taps();
    double references = rows * F64RowLoops.TAPS * Integer.BYTES;
    return (rows + 2) * (rowElements(cut) * type.bytes() + TapCut.ARRAY_BYTES)
        + weights * type.bytes()
        + references;
  }

  private static long rowElements(TapCut cut) {
    return cut.columns() + cut.horizontal().reach() + SLACK;
  }

  /** Returns the elements of a source row, and of the sums. */
  int rowElements() {
    return (int) rowElements(cut);
  }

  /** Returns whether two rows are computed at once. */
  boolean pairs() {
    return vectors && held == cut.vertical().taps() + 1;
  }

  int sources() {
    return (int) cut.sources();
  }

  int targets() {
    return (int) cut.targets();
  }

  /** Returns the first weight between a target and a source of a group. */
  long weightIndex(long group, long target, long source) {
    long plane =
        adjoint
            ? (group * sources() + source) * targets() + target
            : (group * targets() + target) * sources() + source;
    return plane * geometry.kernelPlane();
  }

  @Override
  public long tileCount() {
    return cut.regions() * geometry.groups();
  }

  @Override
  public String describe() {
    return tileCount()
        + " tiles of "
        + targets()
        + " channels × "
        + cut.rows()
        + " rows × "
        + cut.columns()
        + " columns, "
        + sources()
        + " channels read at a time";
  }
}
