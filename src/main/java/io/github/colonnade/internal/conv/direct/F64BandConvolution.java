package io.github.colonnade.internal.conv.direct;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.FreeList;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Convolution by its taps, band by band, for the Vector API: the forward pass and the input's
 * gradient, with the sums of {@link F64DirectConvolution}, bit for bit. The single-precision twin
 * is derived from this file by the build.
 */
final class F64BandConvolution implements TileTask {
  private static final FreeList<Tile> TILES = new FreeList<>(Tile::new, Tile::bytes);

  /** Columns from which on rows are copied one by one, straight to where they belong. */
  private static final long LONG_ROW = 512 / Double.BYTES;

  private final BandTiling tiling;
  private final MemorySegment source;
  private final MemorySegment weight;
  private final MemorySegment bias;
  private final Epilogue epilogue;
  private final MemorySegment target;

  /**
   * Takes the operands of one call.
   *
   * @param tiling how the work is cut
   * @param source {@code [N, groups·sources, …]}. Not modified.
   * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
   * @param bias {@code [groups·targets]}, or null for none. Not modified.
   * @param epilogue what becomes of the sums
   * @param target {@code [N, groups·targets, …]}. Overwritten.
   */
  F64BandConvolution(
      BandTiling tiling,
      MemorySegment source,
      MemorySegment weight,
      MemorySegment bias,
      Epilogue epilogue,
      MemorySegment target) {
    this.tiling = tiling;
    this.source = source;
    this.weight = weight;
    this.bias = bias;
    this.epilogue = epilogue;
    this.target = target;
  }

  @Override
  public long tileCount() {
    return tiling.tileCount();
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    Tile work = TILES.take();
    work.compute(this, tile);
    TILES.give(work);
  }

  /** One tile at work. */
  private static final class Tile {
    private final double[] starts = new double[BandTiling.TARGETS];

    /** Source rows as they lie in the image, then the same apart. */
    private double[] raw = {};

    private double[] pixels = {};

    /** Weights as they lie in the tensor, then as they are used. */
    private double[] kernels = {};

    private double[] weights = {};

    /** Sums of each phase of the targets computed at once, then rows as they lie in the image. */
    private double[][] sums = {};

    private double[] out = {};
    private BandAxis sourceRows;
    private BandAxis targetRows;
    private BandAxis targetColumns;
    private F64BandConvolution call;
    private BandTiling tiling;
    private int rows;
    private long firstRow;

    /** The first pixel row of the source that is copied, the number, and of the target likewise. */
    private int sourceFrom;

    private int sourceCount;
    private int targetFrom;
    private int targetCount;

    /** Returns the bytes of what is kept from call to call. */
    long bytes() {
      long elements =
          (long) raw.length + pixels.length + kernels.length + weights.length + out.length;
      return (elements + F64TapLines.elements(sums) + 1) * Double.BYTES;
    }

    /** Computes a tile. */
    void compute(F64BandConvolution convolution, long tile) {
      call = convolution;
      tiling = convolution.tiling;
      long band = tile % tiling.bands();
      long run = tile / tiling.bands() % tiling.runs();
      long image = tile / tiling.bands() / tiling.runs();
      long groups = tiling.geometry().groups();
      long firstGroup = run * tiling.run();
      int count = (int) Math.min(tiling.run(), groups - firstGroup);
      firstRow = band * tiling.rows();
      rows = (int) Math.min(tiling.rows(), tiling.vertical().targets() - firstRow);
      place();
      reserve();
      clear();
      long from = image * groups + firstGroup;
      compute(from, firstGroup, count);
      call = null;
      tiling = null;
    }

    /** Finds where the band's rows lie. */
    private void place() {
      TapAxis vertical = tiling.vertical();
      if (sourceRows == null || sourceRows.first().length != vertical.source().phases().length) {
        sourceRows = new BandAxis(vertical.source().phases().length);
      }
      if (targetRows == null || targetRows.first().length != vertical.target().phases().length) {
        targetRows = new BandAxis(vertical.target().phases().length);
      }
      int columns = tiling.horizontal().target().phases().length;
      if (targetColumns == null || targetColumns.first().length != columns) {
        targetColumns = new BandAxis(columns);
      }
      int height = rows + (int) vertical.reach();
      sourceRows.set(vertical.source(), firstRow, height);
      targetRows.set(vertical.target(), firstRow, rows);
      targetColumns.set(tiling.horizontal().target(), 0, (int) tiling.horizontal().targets());
      sourceFrom = tiling.whole() ? 0 : pixel(vertical.source(), firstRow);
      sourceCount = pixel(vertical.source(), firstRow + height) - sourceFrom;
      targetFrom = pixel(vertical.target(), firstRow);
      targetCount = pixel(vertical.target(), firstRow + rows) - targetFrom;
    }

    /** Returns the first pixel inside the image that belongs to an index or one after it. */
    private static int pixel(TapAxis.Side side, long index) {
      return (int) Math.clamp(index * side.stride() + side.origin(), 0, side.size());
    }

    private int sourcePixels() {
      return sourceCount * (int) tiling.horizontal().source().size();
    }

    private int targetPixels() {
      return targetCount * (int) tiling.horizontal().target().size();
    }

    private void reserve() {
      int held = tiling.whole() ? tiling.run() : 1;
      int channels = held * (int) tiling.sources();
      raw = reserve(raw, channels * tiling.sourcePixels() + BandTiling.SLACK);
      out = reserve(out, held * tiling.targets() * tiling.targetPixels() + BandTiling.SLACK);
      int together = tiling.together();
      pixels = reserve(pixels, (long) together * tiling.groupPixels() + BandTiling.SLACK);
      kernels = reserve(kernels, tiling.run() * tiling.weights());
      weights = reserve(weights, together * tiling.weights());
      int lines = together * tiling.targetsAtOnce() * tiling.phases().length;
      sums = F64TapLines.reserve(sums, lines, tiling.plane());
    }

    private static double[] reserve(double[] array, long elements) {
      return array.length < elements ? new double[(int) elements] : array;
    }

    /** Sets to zero what lies outside the image. */
    private void clear() {
      int pitch = tiling.pitch();
      int height = rows + (int) tiling.vertical().reach();
      BandAxis columns = tiling.columns();
      int at = 0;
      for (int c = 0; c < tiling.together() * tiling.sources(); c++) {
        for (int row = 0; row < sourceRows.first().length; row++) {
          for (int column = 0; column < columns.first().length; column++) {
            int above = sourceRows.first()[row] * pitch + columns.first()[column];
            int below = (sourceRows.first()[row] + sourceRows.count()[row]) * pitch;
            boolean none = sourceRows.count()[row] == 0 || columns.count()[column] == 0;
            Arrays.fill(pixels, at, at + (none ? height * pitch : above), 0);
            // The last row's taps read what would be the zeros before the next.
            Arrays.fill(pixels, at + below, at + height * pitch + BandTiling.SLACK, 0);
            at += tiling.plane();
          }
        }
      }
    }

    private void compute(long from, long firstGroup, int count) {
      int sources = (int) tiling.sources();
      int targets = (int) tiling.targets();
      long plane = tiling.sourcePlane();
      long width = tiling.horizontal().source().size();
      long size = tiling.targetPlane();
      long skipped = sourceFrom * width;
      boolean direct = isLong(tiling.horizontal().source());
      boolean directOut = isLong(tiling.horizontal().target()) && !tiling.picks();
      if (!direct && tiling.whole()) {
        copyIn(from * sources * plane + skipped, count * sources * (int) plane);
      }
      int kernel = (int) tiling.weights();
      long firstKernel = firstGroup * kernel * Double.BYTES;
      MemorySegment.copy(call.weight, JAVA_DOUBLE, firstKernel, kernels, 0, count * kernel);
      int together = tiling.together();
      for (int group = 0; group < count; group += together) {
        int to = Math.min(count, group + together);
        for (int g = group; g < to; g++) {
          packWeights(g, (g - group) * (int) tiling.weights());
          for (int c = 0; c < sources; c++) {
            long first = ((from + g) * sources + c) * plane + skipped;
            int channel = (g - group) * sources + c;
            if (direct) {
              copyRows(first, channel);
            } else if (tiling.whole()) {
              expand((g * sources + c) * (int) plane, channel);
            } else {
              copyIn(first, sourcePixels());
              expand(0, channel);
            }
          }
        }
        for (int t = 0; t < targets; t += BandTiling.TARGETS) {
          int some = Math.min(BandTiling.TARGETS, targets - t);
          for (int g = group; g < to; g++) {
            convolve(firstGroup + g, g - group, t, some);
          }
          for (int g = group; g < to; g++) {
            for (int i = 0; i < some; i++) {
              int line = ((g - group) * tiling.targetsAtOnce() + i) * tiling.phases().length;
              long first =
                  ((from + g) * targets + t + i) * size
                      + targetFrom * tiling.horizontal().target().size();
              if (directOut) {
                copyOut(first, line);
              } else if (tiling.whole()) {
                gather(line, (g * targets + t + i) * (int) size);
              } else {
                gather(line, 0);
                copyOut(first);
              }
            }
          }
        }
      }
      if (!directOut && tiling.whole()) {
        long first = from * targets * size;
        int elements = count * targets * (int) size;
        MemorySegment.copy(out, 0, call.target, JAVA_DOUBLE, first * Double.BYTES, elements);
        call.epilogue.apply(ElementType.F64, call.target, first, elements);
      }
    }

    /** Returns whether rows are copied one by one. */
    private static boolean isLong(TapAxis.Side side) {
      return side.stride() == 1 && side.size() >= LONG_ROW;
    }

    private void copyIn(long first, int count) {
      MemorySegment.copy(call.source, JAVA_DOUBLE, first * Double.BYTES, raw, 0, count);
    }

    private void copyOut(long first) {
      long to = first * Double.BYTES;
      MemorySegment.copy(out, 0, call.target, JAVA_DOUBLE, to, targetPixels());
      call.epilogue.apply(ElementType.F64, call.target, first, targetPixels());
    }

    /** Copies source rows from the image, each to its place. */
    private void copyRows(long first, int channel) {
      TapAxis.Side side = tiling.vertical().source();
      BandAxis columns = tiling.columns();
      int pitch = tiling.pitch();
      int width = columns.count()[0];
      int phases = side.phases().length;
      for (int phase = 0; phase < phases; phase++) {
        int to = (channel * phases + phase) * tiling.plane() + columns.first()[0];
        to += sourceRows.first()[phase] * pitch;
        int row = sourceRows.pixel()[phase] - sourceFrom;
        long from = first + (long) row * sourceWidth() + columns.pixel()[0];
        for (int i = 0; i < sourceRows.count()[phase]; i++) {
          MemorySegment.copy(call.source, JAVA_DOUBLE, from * Double.BYTES, pixels, to, width);
          Arrays.fill(pixels, to + width, to + pitch, 0);
          from += side.stride() * sourceWidth();
          to += pitch;
        }
      }
    }

    private int sourceWidth() {
      return (int) tiling.horizontal().source().size();
    }

    /** Lays the source rows that were copied in apart. */
    private void expand(int at, int channel) {
      BandAxis columns = tiling.columns();
      int pitch = tiling.pitch();
      int width = sourceWidth();
      int stride = (int) tiling.horizontal().source().stride();
      int rowStep = width * (int) tiling.vertical().source().stride();
      int to = channel * tiling.sourcePhases() * tiling.plane();
      for (int row = 0; row < sourceRows.first().length; row++) {
        int from = at + (sourceRows.pixel()[row] - sourceFrom) * width;
        int number = sourceRows.count()[row];
        int below = sourceRows.first()[row] * pitch;
        for (int column = 0; column < columns.first().length; column++) {
          if (number > 0 && columns.count()[column] > 0) {
            F64VectorBandLoops.expand(
                raw,
                from + columns.pixel()[column],
                rowStep,
                stride,
                columns.count()[column],
                number,
                pixels,
                to + below + columns.first()[column],
                pitch);
          }
          to += tiling.plane();
        }
      }
    }

    /** Lines up the weights of a group as they are used. */
    private void packWeights(int group, int first) {
      int[] order = tiling.order();
      int from = group * order.length;
      for (int i = 0; i < order.length; i++) {
        weights[first + i] = kernels[from + order[i]];
      }
    }

    private void convolve(long group, int at, int t, int targets) {
      for (int i = 0; i < targets; i++) {
        starts[i] =
            call.bias == null
                ? 0
                : call.bias.getAtIndex(JAVA_DOUBLE, group * tiling.targets() + t + i);
      }
      int step = (int) (tiling.sources() * tiling.geometry().kernelPlane());
      int first = at * (int) tiling.weights() + t * step;
      int line = at * tiling.targetsAtOnce() * tiling.phases().length;
      int channel = at * tiling.groupPixels();
      for (int phase = 0; phase < tiling.phases().length; phase++) {
        F64VectorBandLoops.convolve(
            tiling, phase, pixels, channel, weights, first, step, starts, targets, sums, line,
            rows);
        first += tiling.offsets()[phase].length;
      }
    }

    private int resting(int phase) {
      return tiling.phases()[phase].lastRow() * tiling.pitch();
    }

    /** Copies rows of sums to the image, one by one. */
    private void copyOut(long first, int line) {
      TapAxis.Side side = tiling.vertical().target();
      int width = (int) tiling.horizontal().target().size();
      int phases = tiling.phases().length;
      for (int phase = 0; phase < phases; phase++) {
        double[] row = sums[line + phase];
        int from = resting(phase) + targetRows.first()[phase] * tiling.pitch();
        from += targetColumns.first()[0];
        long to = first + (long) (targetRows.pixel()[phase] - targetFrom) * width;
        for (int i = 0; i < targetRows.count()[phase]; i++) {
          MemorySegment.copy(row, from, call.target, JAVA_DOUBLE, to * Double.BYTES, width);
          call.epilogue.apply(ElementType.F64, call.target, to, width);
          from += tiling.pitch();
          to += side.stride() * width;
        }
      }
    }

    /** Lays the rows of sums together as they lie in the image. */
    private void gather(int first, int at) {
      TapAxis.Side rowSide = tiling.vertical().target();
      TapAxis.Side side = tiling.horizontal().target();
      int width = (int) side.size();
      int pitch = tiling.pitch() / (int) tiling.horizontal().step();
      int columnPhases = side.phases().length;
      if (tiling.phases().length == 1) {
        int from = resting(0) + targetRows.first()[0] * pitch + targetColumns.first()[0];
        F64VectorBandLoops.compact(sums[first], from, pitch, width, targetRows.count()[0], out, at);
        return;
      }
      int rowPhases = rowSide.phases().length;
      for (int y = 0; y < targetCount; y++) {
        int rowPhase = (int) Math.floorMod(targetFrom + y - rowSide.origin(), (long) rowPhases);
        int index = (int) ((targetFrom + y - rowSide.origin() - rowPhase) / rowPhases - firstRow);
        int phase = rowPhase * columnPhases;
        int from = resting(phase) + index * pitch;
        int to = at + y * width;
        if (columnPhases == 2 && width > 1) {
          // Which phase is the first pixel's.
          int even = targetColumns.pixel()[0] == 0 ? 0 : 1;
          F64VectorBandLoops.interleave(
              sums[first + phase + even],
              resting(phase + even) + index * pitch + targetColumns.first()[even],
              sums[first + phase + 1 - even],
              resting(phase + 1 - even) + index * pitch + targetColumns.first()[1 - even],
              width,
              out,
              to);
          continue;
        }
        for (int column = 0; column < columnPhases; column++) {
          double[] line = sums[first + phase + column];
          from = resting(phase + column) + index * pitch + targetColumns.first()[column];
          int x = to + targetColumns.pixel()[column];
          for (int i = 0; i < targetColumns.count()[column]; i++, x += columnPhases) {
            out[x] = line[from + i];
          }
        }
      }
    }
  }
}
