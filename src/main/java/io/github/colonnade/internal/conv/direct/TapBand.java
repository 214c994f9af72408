package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What the tiles of a direct convolution share: where a band of source rows lies in the scratch
 * memory, phase by phase, and which taps join which phases.
 */
final class TapBand {
  private final ElementType type;
  private final TapAxis vertical;
  private final TapAxis horizontal;
  private final TapTiling tiling;
  private final int[] sourceRowPhases;
  private final int[] sourceColumnPhases;
  private final TapPhase[] targetPhases;
  private final long rowBands;
  private final long columnBands;

  /**
   * The taps that write one phase of the targets.
   *
   * @param row phase of the rows
   * @param column phase of the columns
   * @param kernel indices in the kernel's plane, ascending
   * @param offsets shift of each tap for every source channel held at once
   */
  @SuppressWarnings("ArrayRecordComponent") // Tables that nobody compares.
  record TapPhase(int row, int column, int[] kernel, int[] offsets) {}

  TapBand(ElementType type, TapAxis vertical, TapAxis horizontal, TapTiling tiling) {
    this.type = type;
    this.vertical = vertical;
    this.horizontal = horizontal;
    this.tiling = tiling;
    this.sourceRowPhases = vertical.sourcePhases();
    this.sourceColumnPhases = horizontal.sourcePhases();
    this.rowBands = Math.ceilDiv(vertical.targets(), tiling.rows());
    this.columnBands = Math.ceilDiv(horizontal.targets(), tiling.columns());
    int[] rowPhases = vertical.targetPhases();
    int[] columnPhases = horizontal.targetPhases();
    this.targetPhases = new TapPhase[rowPhases.length * columnPhases.length];
    for (int i = 0; i < targetPhases.length; i++) {
      targetPhases[i] =
          phase(rowPhases[i / columnPhases.length], columnPhases[i % columnPhases.length]);
    }
  }

  private TapPhase phase(int row, int column) {
    int count = 0;
    int[] kernel = new int[vertical.taps() * horizontal.taps()];
    int[] offsets = new int[kernel.length];
    for (int kh = 0; kh < vertical.taps(); kh++) {
      for (int kw = 0; kw < horizontal.taps(); kw++) {
        if (vertical.targetPhase(kh) == row && horizontal.targetPhase(kw) == column) {
          kernel[count] = kh * horizontal.taps() + kw;
          offsets[count] = offset(kh, kw);
          count++;
        }
      }
    }
    int[] all = new int[Math.toIntExact(count * tiling.chunk())];
    for (int i = 0; i < all.length; i++) {
      all[i] = Math.toIntExact(i / count * tiling.sourceElements() + offsets[i % count]);
    }
    return new TapPhase(row, column, Arrays.copyOf(kernel, count), all);
  }

  private int offset(int kh, int kw) {
    int rowPhase = Arrays.binarySearch(sourceRowPhases, vertical.sourcePhase(kh));
    int columnPhase = Arrays.binarySearch(sourceColumnPhases, horizontal.sourcePhase(kw));
    long plane = (long) rowPhase * sourceColumnPhases.length + columnPhase;
    long row = plane * (tiling.rows() + vertical.reach()) + vertical.shift(kh);
    return Math.toIntExact(row * tiling.pitch() + horizontal.shift(kw));
  }

  TapPhase[] targetPhases() {
    return targetPhases;
  }

  /** Returns the bands of a plane. */
  long count() {
    return rowBands * columnBands;
  }

  long firstRow(long band) {
    return band / columnBands * tiling.rows();
  }

  long firstColumn(long band) {
    return band % columnBands * tiling.columns();
  }

  /** Returns the target rows of a band: of each phase. */
  long rows(long band) {
    return Math.min(tiling.rows(), vertical.targets() - firstRow(band));
  }

  /** Returns the target columns of a band: of each phase. */
  long columns(long band) {
    return Math.min(tiling.columns(), horizontal.targets() - firstColumn(band));
  }

  /**
   * Copies what a band reads of one source channel, zeros where that is outside the image.
   *
   * @param plane first element of the channel's plane in {@code image}
   * @param target first element of the channel in {@code memory}
   */
  void load(MemorySegment image, long plane, long band, MemorySegment memory, long target) {
    TapAxis.Side rowSide = vertical.source();
    TapAxis.Side side = horizontal.source();
    long firstRow = firstRow(band);
    long rows = rows(band) + vertical.reach();
    long first = firstColumn(band);
    long beyond = first + columns(band) + horizontal.reach();
    long to = target;
    for (int rowPhase : sourceRowPhases) {
      for (int columnPhase : sourceColumnPhases) {
        // The divisions behind these cost as much as copying a short row.
        long inside = side.firstInside(first, beyond, columnPhase);
        long count = side.firstBeyond(inside, beyond, columnPhase) - inside;
        long left = inside - first;
        long right = beyond - first - left - count;
        long from = plane + side.pixel(inside, columnPhase);
        for (long row = 0; row < rows; row++) {
          long at = to + row * tiling.pitch();
          long pixelRow = rowSide.pixel(firstRow + row, rowPhase);
          if (count == 0 || pixelRow < 0 || pixelRow >= rowSide.size()) {
            Elements.zero(type, memory, at, beyond - first);
          } else {
            zeroFew(memory, at, left);
            long pixel = from + pixelRow * side.size();
            Elements.copy(type, image, pixel, side.stride(), memory, at + left, 1, count);
            zeroFew(memory, at + left + count, right);
          }
        }
        to += (tiling.rows() + vertical.reach()) * tiling.pitch();
      }
    }
  }

  /** Filling a slice would cost more than the few elements themselves. */
  private void zeroFew(MemorySegment memory, long to, long count) {
    Elements.fill(type, memory, to, count, 0);
  }

  /**
   * Copies one phase of a band's targets to where it belongs, less what is outside the image.
   *
   * @param source first element of the phase in {@code memory}
   * @param plane first element of the channel's plane in {@code image}
   */
  void store(
      MemorySegment memory,
      long source,
      long band,
      TapPhase phase,
      MemorySegment image,
      long plane) {
    TapAxis.Side rowSide = vertical.target();
    TapAxis.Side columnSide = horizontal.target();
    long firstRow = firstRow(band);
    long rowTo = firstRow + rows(band);
    long first = firstColumn(band);
    long beyond = first + columns(band);
    long inside = columnSide.firstInside(first, beyond, phase.column);
    long count = columnSide.firstBeyond(inside, beyond, phase.column) - inside;
    long insideRow = rowSide.firstInside(firstRow, rowTo, phase.row);
    long outsideRow = rowSide.firstBeyond(insideRow, rowTo, phase.row);
    for (long row = insideRow; count > 0 && row < outsideRow; row++) {
      long from = source + (row - firstRow) * tiling.pitch() + inside - first;
      long to = rowSide.pixel(row, phase.row) * columnSide.size();
      to += plane + columnSide.pixel(inside, phase.column);
      Elements.copy(type, memory, from, 1, image, to, columnSide.stride(), count);
    }
  }

  /** Fills a band of a target plane, all phases, with one element. */
  void fill(MemorySegment image, long plane, long band, double value) {
    TapAxis.Side rowSide = vertical.target();
    TapAxis.Side columnSide = horizontal.target();
    long rowFrom = Math.clamp(rowSide.pixel(firstRow(band), 0), 0, rowSide.size());
    long rowTo = Math.clamp(rowSide.pixel(firstRow(band) + rows(band), 0), 0, rowSide.size());
    long from = Math.clamp(columnSide.pixel(firstColumn(band), 0), 0, columnSide.size());
    long columnTo = firstColumn(band) + columns(band);
    long to = Math.clamp(columnSide.pixel(columnTo, 0), 0, columnSide.size());
    for (long row = rowFrom; row < rowTo; row++) {
      Elements.fill(type, image, plane + row * columnSide.size() + from, to - from, value);
    }
  }
}
