package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.parallel.PartialSums;

/**
 * How the weights' gradient is cut: a tile owns the weights between a block of output channels and
 * a chunk of input channels of a group; where these are few, the regions are split as well and the
 * partial gradients added in a fixed order.
 *
 * @param geometry sizes
 * @param type element type
 * @param cut regions, blocks and chunks
 * @param taps the taps, all in one phase
 * @param sums parts that the regions are split into
 * @param kept whether the sums of all taps are kept from region to region; else those of one step
 *     are added up in each
 * @param elements elements of an array
 * @param heapBytes what a tile holds
 */
record DirectBackwardWeightsTiling(
    ConvGeometry geometry,
    ElementType type,
    TapCut cut,
    TapPhase taps,
    PartialSums.Split sums,
    boolean kept,
    int elements,
    long heapBytes)
    implements Tiling {

  /** Tiles below which regions are split too, so that several threads find work. */
  private static final long ENOUGH_TILES = 16;

  /** A line of sums for each tap stays in the second-level cache. */
  private static final long LINE_BYTES = 4 << 10;

  /** What a tile holds stays in the second-level cache. */
  private static final long MOST_BYTES = 512 << 10;

  /** The gradient, and the same moved on. */
  static final int GRADIENTS = 2;

  private static final long MOST_TARGETS = 16;

  /** Columns of a tile below which those that it reads beyond them would be most of the work. */
  private static final long LEAST_COLUMNS = 64;

  /**
   * Cuts the gradient.
   *
   * @param geometry sizes
   * @param type element type
   * @param maxBytes what a tile and the partial gradients may hold
   */
  static DirectBackwardWeightsTiling of(ConvGeometry geometry, ElementType type, long maxBytes) {
    TapCut whole = TapCut.whole(geometry, false);
    TapCut cut = shortLines(whole, type);
    boolean kept = bytes(cut.of(1, 1), type, true) <= Math.min(MOST_BYTES, maxBytes);
    TapCut.Bytes bytes = some -> bytes(some, type, kept);
    cut = cut.of(Math.min(MOST_TARGETS, whole.targets()), whole.sources());
    while (bytes.of(cut) > MOST_BYTES && cut.sources() > 1) {
      cut = cut.of(cut.targets(), Math.ceilDiv(cut.sources(), 2));
    }
    while (bytes.of(cut) > MOST_BYTES && cut.targets() > 1) {
      cut = cut.of(Math.ceilDiv(cut.targets(), 2), 1);
    }
    while (bytes.of(cut) > MOST_BYTES && cut.columns() > LEAST_COLUMNS) {
      cut = shortLines(cut.into(1, 1, Math.ceilDiv(cut.columns(), 2)), type);
    }
    cut = cut.within(maxBytes, bytes);
    long heapBytes = (long) bytes.of(cut);
    PartialSums.Split sums =
        PartialSums.Split.whole(type, geometry.weights(), cut.regions())
            .split(
                Math.ceilDiv(ENOUGH_TILES, geometry.groups() * blocks(geometry, cut)),
                maxBytes - heapBytes);
    return new DirectBackwardWeightsTiling(
        geometry,
        type,
        cut,
        TapPhase.of(cut)[0],
        sums,
        kept,
        (int) (cut.height() * cut.pitch()),
        heapBytes);
  }

  private static TapCut shortLines(TapCut cut, ElementType type) {
    long rows = LINE_BYTES / type.bytes() / Math.max(1, cut.pitch());
    return cut.into(1, Math.max(rows, cut.vertical().reach()), cut.columns());
  }

  private static double bytes(TapCut cut, ElementType type, boolean kept) {
    double row = (double) cut.sources() * cut.horizontal().taps();
    double sums = row * (kept ? cut.targets() * cut.vertical().taps() : stepRows(cut));
    double pixels = (double) cut.horizontal().source().phases().length;
    double arrays = (double) cut.sources() * cut.planes() + pixels + sums + GRADIENTS;
    double elements = (double) cut.height() * cut.pitch();
    return arrays * (elements * type.bytes() + TapCut.ARRAY_BYTES);
  }

  /** Returns the most rows of the kernel in one step: under a stride, one for each phase. */
  private static int stepRows(TapCut cut) {
    return cut.vertical().source().phases().length;
  }

  /** Returns the lines of sums that a tile holds for each input channel. */
  int lines(int targets) {
    return kept ? targets * taps.taps() : stepRows(cut) * cut.horizontal().taps();
  }

  /** Returns the blocks of output channels and chunks of input channels of a group, together. */
  private static long blocks(ConvGeometry geometry, TapCut cut) {
    return Math.ceilDiv(geometry.groupOutChannels(), cut.targets())
        * Math.ceilDiv(geometry.groupInChannels(), cut.sources());
  }

  long blocks() {
    return blocks(geometry, cut);
  }

  long chunks() {
    return Math.ceilDiv(geometry.groupInChannels(), cut.sources());
  }

  @Override
  public long sharedBytes() {
    return sums.bytes();
  }

  @Override
  public long tileCount() {
    return geometry.groups() * blocks() * sums.parts();
  }

  @Override
  public String describe() {
    return tileCount()
        + " tiles of "
        + cut.targets()
        + " × "
        + cut.sources()
        + " channels, "
        + cut.rows()
        + " rows × "
        + cut.columns()
        + " columns"
        + (cut.images() > 1 ? " in " + cut.images() + " images" : "")
        + " at a time"
        + (sums.parts() > 1 ? ", split " + sums.parts() + " ways" : "");
  }
}
