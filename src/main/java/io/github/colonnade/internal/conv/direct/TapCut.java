package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.Parts;

/**
 * How work tap by tap is cut: the batch into runs of images, the targets' plane into bands of rows
 * and columns, the channels of a group into blocks of targets and chunks of sources. The rows of a
 * band lie one below the other in one array, whatever is computed with them.
 *
 * @param vertical the taps down the rows
 * @param horizontal the taps along the columns
 * @param batch images
 * @param images images of a tile
 * @param rows target rows of a tile: of each phase
 * @param columns target columns of a tile: of each phase
 * @param targets target channels of a tile
 * @param sources source channels held at once
 * @param rowBands bands of rows
 * @param columnBands bands of columns
 */
record TapCut(
    TapAxis vertical,
    TapAxis horizontal,
    long batch,
    long images,
    long rows,
    long columns,
    long targets,
    long sources,
    long rowBands,
    long columnBands) {

  /** The header of an array and the reference to it. */
  static final long ARRAY_BYTES = 24;

  /** Returns the bytes that a tile holds, cut in some way. */
  @FunctionalInterface
  interface Bytes {
    double of(TapCut cut);
  }

  /** Returns one tile for all images, rows, columns and channels of a group. */
  static TapCut whole(ConvGeometry g, boolean adjoint) {
    TapAxis vertical = adjoint ? TapAxis.adjoint(g.vertical()) : TapAxis.forward(g.vertical());
    TapAxis horizontal =
        adjoint ? TapAxis.adjoint(g.horizontal()) : TapAxis.forward(g.horizontal());
    return new TapCut(
        vertical,
        horizontal,
        g.batch(),
        g.batch(),
        vertical.targets(),
        horizontal.targets(),
        adjoint ? g.groupInChannels() : g.groupOutChannels(),
        adjoint ? g.groupOutChannels() : g.groupInChannels(),
        1,
        1);
  }

  /** Cuts into parts as even as can be, none of them larger than these. */
  TapCut into(long someImages, long someRows, long someColumns) {
    long bandRows = Parts.evenSize(vertical.targets(), Math.max(1, someRows));
    long bandColumns = Parts.evenSize(horizontal.targets(), Math.max(1, someColumns));
    return new TapCut(
        vertical,
        horizontal,
        batch,
        Parts.evenSize(batch, Math.max(1, someImages)),
        bandRows,
        bandColumns,
        targets,
        sources,
        Math.ceilDiv(vertical.targets(), bandRows),
        Math.ceilDiv(horizontal.targets(), bandColumns));
  }

  /** Takes other taps along the columns, of which there is one tile. */
  TapCut along(TapAxis columnTaps) {
    return new TapCut(
        vertical,
        columnTaps,
        batch,
        images,
        rows,
        columnTaps.targets(),
        targets,
        sources,
        rowBands,
        columnBands);
  }

  /** Takes so many channels at once. */
  TapCut of(long someTargets, long someSources) {
    return new TapCut(
        vertical,
        horizontal,
        batch,
        images,
        rows,
        columns,
        someTargets,
        someSources,
        rowBands,
        columnBands);
  }

  /** Takes less at once until it fits, or there is no less. */
  TapCut within(long bytes, Bytes held) {
    TapCut cut = this;
    while (held.of(cut) > bytes && cut.images > 1) {
      cut = cut.into(half(cut.images), cut.rows, cut.columns);
    }
    while (held.of(cut) > bytes && cut.sources > 1) {
      cut = cut.of(cut.targets, half(cut.sources));
    }
    while (held.of(cut) > bytes && cut.targets > 1) {
      cut = cut.of(half(cut.targets), cut.sources);
    }
    while (held.of(cut) > bytes && cut.rows > 1) {
      cut = cut.into(1, half(cut.rows), cut.columns);
    }
    while (held.of(cut) > bytes && cut.columns > 1) {
      cut = cut.into(1, 1, half(cut.columns));
    }
    return cut;
  }

  private static long half(long size) {
    return Math.ceilDiv(size, 2);
  }

  /** Returns the elements from one row to the next in an array. */
  long pitch() {
    TapAxis.Side side = horizontal.source();
    long reads = columns + horizontal.reach();
    // As much as there is of a phase; then a row ends where the next begins.
    return Math.max(columns, Math.min(reads, Math.ceilDiv(side.size(), side.stride())));
  }

  /** Returns the source rows that a band reads: of each phase. */
  long height() {
    return rows + vertical.reach();
  }

  /** Returns the source arrays of one channel. */
  long planes() {
    return (long) vertical.source().phases().length * horizontal.views().length;
  }

  /** Returns the phases of the targets. */
  long phases() {
    return (long) vertical.target().phases().length * horizontal.target().phases().length;
  }

  /** Returns the kernel's taps in one plane. */
  long taps() {
    return (long) vertical.taps() * horizontal.taps();
  }

  /** Returns the regions that images and planes are cut into. */
  long regions() {
    return Math.ceilDiv(batch, images) * rowBands * columnBands;
  }

  /** What a tile covers of images and planes. */
  static final class Region {
    private long firstImage;
    private long firstRow;
    private long firstColumn;
    private int images;
    private int rows;
    private int columns;

    /** Moves to one of the regions. */
    void set(TapCut cut, long index) {
      long band = index / cut.columnBands;
      firstColumn = index % cut.columnBands * cut.columns;
      firstRow = band % cut.rowBands * cut.rows;
      firstImage = band / cut.rowBands * cut.images;
      images = (int) Math.min(cut.images, cut.batch - firstImage);
      rows = (int) Math.min(cut.rows, cut.vertical.targets() - firstRow);
      columns = (int) Math.min(cut.columns, cut.horizontal.targets() - firstColumn);
    }

    long firstImage() {
      return firstImage;
    }

    long firstRow() {
      return firstRow;
    }

    long firstColumn() {
      return firstColumn;
    }

    int images() {
      return images;
    }

    int rows() {
      return rows;
    }

    int columns() {
      return columns;
    }
  }
}
