package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;

/**
 * How a direct convolution, or the input's gradient of one, is cut: one tile is a block of target
 * channels in a region.
 *
 * @param geometry sizes
 * @param type element type
 * @param adjoint whether outputs are the sources and inputs the targets
 * @param cut regions, blocks and chunks
 * @param phases the taps that write each phase of the targets
 * @param sources source channels of a group
 * @param targets target channels of a group
 * @param kernelPlane weights of a plane of the kernel
 * @param sourcePlane pixels of a source plane
 * @param targetPlane pixels of a target plane
 * @param regions parts of images and planes
 * @param blocks blocks of a group's target channels
 * @param elements elements of an array
 * @param heapBytes what a tile holds
 */
@SuppressWarnings("ArrayRecordComponent") // A table that nobody compares.
record DirectConvolutionTiling(
    ConvGeometry geometry,
    ElementType type,
    boolean adjoint,
    TapCut cut,
    TapPhase[] phases,
    long sources,
    long targets,
    long kernelPlane,
    long sourcePlane,
    long targetPlane,
    long regions,
    long blocks,
    int elements,
    long heapBytes)
    implements Tiling {

  /** What is computed with at once nearly stays in the first-level cache. */
  private static final long TILE_BYTES = 32 << 10;

  /** Rows of a tile for each that it reads beyond them: what they share is loaded again. */
  private static final long LEAST_REACHES = 2;

  /** What a tile holds stays in the second-level cache. */
  private static final long MOST_BYTES = 512 << 10;

  private static final long MOST_TARGETS = 16;

  /** Columns of a tile below which those that it reads beyond them would be most of the work. */
  private static final long LEAST_COLUMNS = 64;

  /**
   * Cuts a pass.
   *
   * @param geometry sizes
   * @param type element type
   * @param adjoint whether it is the input's gradient
   * @param maxBytes what a tile may hold
   */
  static DirectConvolutionTiling of(
      ConvGeometry geometry, ElementType type, boolean adjoint, long maxBytes) {
    TapCut whole = TapCut.whole(geometry, adjoint);
    long channels = whole.sources();
    TapCut.Bytes bytes = cut -> bytes(cut, channels, type);
    TapCut cut = whole.of(Math.min(MOST_TARGETS, whole.targets()), channels);
    cut = fewLines(cut, type);
    while (bytes.of(cut) > MOST_BYTES && cut.sources() > 1) {
      cut = fewLines(cut.of(cut.targets(), Math.ceilDiv(cut.sources(), 2)), type);
    }
    while (bytes.of(cut) > MOST_BYTES && cut.columns() > LEAST_COLUMNS) {
      cut = fewLines(cut.into(1, 1, Math.ceilDiv(cut.columns(), 2)), type);
    }
    cut = cut.within(maxBytes, bytes);
    return new DirectConvolutionTiling(
        geometry,
        type,
        adjoint,
        cut,
        TapPhase.of(cut),
        channels,
        whole.targets(),
        geometry.kernelPlane(),
        adjoint ? geometry.outPlane() : geometry.inPlane(),
        adjoint ? geometry.inPlane() : geometry.outPlane(),
        cut.regions(),
        Math.ceilDiv(whole.targets(), cut.targets()),
        (int) elements(cut),
        (long) bytes.of(cut));
  }

  /** Cuts images and rows so that the lines computed with are few. */
  private static TapCut fewLines(TapCut cut, ElementType type) {
    double arrays = (double) cut.sources() * cut.planes() + 1;
    long lines = (long) (TILE_BYTES / (cut.pitch() * arrays * type.bytes()));
    long reach = cut.vertical().reach();
    long rows = Math.max(1 + LEAST_REACHES * reach, lines - reach);
    // The input's gradient may have no rows.
    return cut.into(lines / Math.max(1, cut.vertical().targets() + reach), rows, cut.columns());
  }

  private static double bytes(TapCut cut, long channels, ElementType type) {
    double weights = (double) cut.targets() * cut.sources() * cut.taps();
    double sums = cut.sources() == channels ? 1 : (double) cut.targets() * cut.phases();
    double pixels = cut.horizontal().source().phases().length;
    double arrays = (double) cut.sources() * cut.planes() + pixels + sums;
    return arrays * (elements(cut) * type.bytes() + TapCut.ARRAY_BYTES) + weights * type.bytes();
  }

  private static double elements(TapCut cut) {
    return (double) cut.images() * cut.height() * cut.pitch();
  }

  /**
   * Returns whether a band is not much less than what it reads beyond its rows: with 2 rows for 62
   * more, a kernel of 63×63 takes 3 times as long as columns, with 51 for 46 half as long.
   */
  boolean isDeep() {
    return cut.rows() >= Math.min(cut.vertical().targets(), cut.vertical().reach() / 2);
  }

  /** Returns the first weight between a target and a source of a group. */
  long weightIndex(long group, long target, long source) {
    long plane =
        adjoint
            ? (group * sources + source) * targets + target
            : (group * targets + target) * sources + source;
    return plane * kernelPlane;
  }

  @Override
  public long tileCount() {
    return regions * geometry.groups() * blocks;
  }

  @Override
  public String describe() {
    return tileCount()
        + " tiles of "
        + cut.targets()
        + " channels × "
        + cut.rows()
        + " rows × "
        + cut.columns()
        + " columns"
        + (cut.images() > 1 ? " in " + cut.images() + " images" : "")
        + ", "
        + cut.sources()
        + " channels read at a time";
  }
}
