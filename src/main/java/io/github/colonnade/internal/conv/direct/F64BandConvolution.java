package io.github.colonnade.internal.conv.direct;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.FreeList;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Convolution by its taps, band by band: the forward pass and the input's gradient, with the sums
 * of {@link F64DirectConvolution}, bit for bit. The single-precision twin is derived from this file
 * by the build.
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
    /** Source rows as they lie in the image, then the same apart. */
    private double[] raw = {};

    private double[] pixels = {};

    /** Weights as they lie in the tensor, then as they are used. */
    private double[] kernels = {};

    private double[] weights = {};

    /** What the sums of each target start from. */
    private double[] starts = {};

    /** Sums of each phase of the targets computed at once, then rows as they lie in the image. */
    private double[][] sums = {};

    private double[] out = {};

    /** Where the rows of sums lie that are interleaved. */
    private double[][] lines = {};

    private int[] places = {};
    private BandAxis sourceRows;
    private BandAxis targetRows;
    private BandAxis targetColumns;
    private final F64BandLoops loops = new F64BandLoops();
    private F64BandConvolution call;
    private BandTiling tiling;
    private boolean vectors;
    private boolean narrow;
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
          (long) raw.length
              + pixels.length
              + kernels.length
              + weights.length
              + starts.length
              + out.length;
      return loops.bytes() + (elements + F64TapLines.elements(sums) + 1) * Double.BYTES;
    }

    /** Computes a tile. */
    void compute(F64BandConvolution convolution, long tile) {
      call = convolution;
      tiling = convolution.tiling;
      vectors = tiling.tapRuns() == null;
      narrow = F64BandLoops.isNarrow(tiling);
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
      int together = tiling.together();
      long targets = tiling.targets() * (tiling.straight() ? Math.max(held, together) : held);
      out = reserve(out, targets * tiling.targetPixels() + BandTiling.SLACK);
      pixels = reserve(pixels, (long) together * tiling.groupPixels() + BandTiling.SLACK);
      starts = reserve(starts, together * tiling.targets());
      kernels = reserve(kernels, tiling.run() * tiling.weights());
      weights = reserve(weights, together * tiling.weights());
      if (!tiling.straight()) {
        int count = together * tiling.targetsAtOnce() * tiling.phases().length;
        sums = F64TapLines.reserve(sums, count, tiling.plane());
      }
      int rowPhases = tiling.vertical().target().phases().length;
      if (places.length < 2 * rowPhases) {
        places = new int[2 * rowPhases];
        lines = new double[2 * rowPhases][];
      }
    }

    private static double[] reserve(double[] array, long elements) {
      return array.length < elements ? new double[(int) elements] : array;
    }

    /** Sets to zero what lies outside the image. */
    private void clear() {
      int height = rows + (int) tiling.vertical().reach();
      int channels = tiling.together() * (int) tiling.sources();
      F64BandCopies.clear(pixels, channels, sourceRows, tiling.columns(), height, tiling.plane());
    }

    private void compute(long from, long firstGroup, int count) {
      int sources = (int) tiling.sources();
      int targets = (int) tiling.targets();
      long plane = tiling.sourcePlane();
      long width = tiling.horizontal().source().size();
      long size = tiling.targetPlane();
      long skipped = sourceFrom * width;
      long above = targetFrom * tiling.horizontal().target().size();
      boolean direct = isLong(tiling.horizontal().source());
      if (!direct && tiling.whole()) {
        copyIn(from * sources * plane + skipped, count * sources * (int) plane);
      }
      int kernel = (int) tiling.weights();
      long firstKernel = firstGroup * kernel * Double.BYTES;
      MemorySegment.copy(call.weight, JAVA_DOUBLE, firstKernel, kernels, 0, count * kernel);
      int together = tiling.together();
      for (int group = 0; group < count; group += together) {
        int some = Math.min(together, count - group);
        packWeights(group, some);
        if (!direct && tiling.whole()) {
          expand(group * sources * (int) plane, 0, some * sources);
        } else {
          for (int channel = 0; channel < some * sources; channel++) {
            long first = ((from + group) * sources + channel) * plane + skipped;
            if (direct) {
              copyRows(first, channel);
            } else {
              copyIn(first, sourcePixels());
              expand(0, channel, 1);
            }
          }
        }
        if (!vectors && !narrow) {
          loops.read(tiling, pixels, some);
        }
        if (tiling.straight()) {
          convolveStraight(from + group, firstGroup + group, group, some);
          continue;
        }
        for (int t = 0; t < targets; t += BandTiling.TARGETS) {
          int atOnce = Math.min(BandTiling.TARGETS, targets - t);
          readStarts((firstGroup + group) * targets + t, some * atOnce);
          convolve(some, t, atOnce);
          for (int g = 0; g < some; g++) {
            for (int i = 0; i < atOnce; i++) {
              int line = (g * tiling.targetsAtOnce() + i) * tiling.phases().length;
              if (tiling.whole()) {
                gather(line, ((group + g) * targets + t + i) * (int) size);
              } else {
                gather(line, 0);
                long first = ((from + group + g) * targets + t + i) * size + above;
                copyOut(first, 0, targetPixels());
              }
            }
          }
        }
      }
      if (tiling.whole()) {
        copyOut(from * targets * size, 0, count * targets * (int) size);
      }
    }

    /** Computes some groups without arrays of sums. */
    private void convolveStraight(long plane, long group, int at, int some) {
      int targets = (int) tiling.targets();
      readStarts(group * targets, some * targets);
      int first = tiling.whole() ? at * targets * targetPixels() : 0;
      convolveStraight(some * targets, first);
      for (int i = 0; i < some * targets && !tiling.whole(); i++) {
        long to = (plane * targets + i) * tiling.targetPlane();
        to += targetFrom * tiling.horizontal().target().size();
        copyOut(to, i * targetPixels(), targetPixels());
      }
    }

    private void convolveStraight(int targets, int first) {
      if (vectors) {
        F64VectorBandRows.convolve(tiling, pixels, weights, starts, targets, out, first, rows);
      } else if (narrow) {
        F64BandLoops.convolveNarrow(tiling, pixels, weights, starts, targets, out, first, rows);
      } else {
        loops.convolveStraight(tiling, weights, starts, targets, out, first, rows);
      }
    }

    private void convolve(int groups, int first, int targets) {
      if (vectors) {
        F64VectorBandLoops.convolve(
            tiling, pixels, weights, starts, groups, first, targets, sums, rows);
      } else {
        loops.convolve(tiling, weights, starts, groups, first, targets, sums, rows);
      }
    }

    private void readStarts(long first, int count) {
      if (call.bias == null) {
        Arrays.fill(starts, 0, count, 0);
      } else {
        MemorySegment.copy(call.bias, JAVA_DOUBLE, first * Double.BYTES, starts, 0, count);
      }
    }

    /** Returns whether rows are copied one by one. */
    private static boolean isLong(TapAxis.Side side) {
      return side.stride() == 1 && side.size() >= LONG_ROW;
    }

    private void copyIn(long first, int count) {
      MemorySegment.copy(call.source, JAVA_DOUBLE, first * Double.BYTES, raw, 0, count);
    }

    private void copyOut(long first, int from, int count) {
      MemorySegment.copy(out, from, call.target, JAVA_DOUBLE, first * Double.BYTES, count);
      call.epilogue.apply(ElementType.F64, call.target, first, count);
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
          from += side.stride() * sourceWidth();
          to += pitch;
        }
      }
    }

    private int sourceWidth() {
      return (int) tiling.horizontal().source().size();
    }

    /** Lays the source rows of some channels that were copied in apart. */
    private void expand(int at, int channel, int channels) {
      BandAxis columns = tiling.columns();
      int pitch = tiling.pitch();
      int width = sourceWidth();
      int stride = (int) tiling.horizontal().source().stride();
      int rowStep = width * (int) tiling.vertical().source().stride();
      int step = tiling.sourcePhases() * tiling.plane();
      int to = channel * step;
      for (int row = 0; row < sourceRows.first().length; row++) {
        int from = at + (sourceRows.pixel()[row] - sourceFrom) * width;
        int number = sourceRows.count()[row];
        int below = sourceRows.first()[row] * pitch;
        for (int column = 0; column < columns.first().length; column++) {
          if (number > 0 && columns.count()[column] > 0) {
            F64BandCopies.expand(
                raw,
                from + columns.pixel()[column],
                rowStep,
                stride,
                columns.count()[column],
                number,
                pixels,
                to + below + columns.first()[column],
                pitch,
                channels,
                (int) tiling.sourcePlane(),
                step);
          }
          to += tiling.plane();
        }
      }
    }

    /** Lines up the weights of some groups as they are used. */
    private void packWeights(int group, int some) {
      int[] order = tiling.order();
      int at = 0;
      for (int from = group * order.length; at < some * order.length; from += order.length) {
        for (int i = 0; i < order.length; i++) {
          weights[at++] = kernels[from + order[i]];
        }
      }
    }

    private int resting(int phase) {
      return tiling.phases()[phase].lastRow() * tiling.pitch();
    }

    /** Lays the rows of sums together as they lie in the image. */
    private void gather(int first, int at) {
      TapAxis.Side rowSide = tiling.vertical().target();
      TapAxis.Side side = tiling.horizontal().target();
      int width = (int) side.size();
      int pitch = tiling.pitch();
      int columnPhases = side.phases().length;
      if (tiling.phases().length == 1) {
        int from = resting(0) + targetRows.first()[0] * pitch + targetColumns.first()[0];
        F64BandCopies.compact(sums[first], from, pitch, width, targetRows.count()[0], out, at);
        return;
      }
      int rowPhases = rowSide.phases().length;
      boolean pairs = columnPhases == 2 && width > 1;
      for (int y = 0; y < (pairs ? Math.min(rowPhases, targetCount) : targetCount); y++) {
        int rowPhase = (int) Math.floorMod(targetFrom + y - rowSide.origin(), (long) rowPhases);
        int index = (int) ((targetFrom + y - rowSide.origin() - rowPhase) / rowPhases - firstRow);
        for (int column = 0; column < columnPhases; column++) {
          int phase = rowPhase * columnPhases + column;
          int from = resting(phase) + index * pitch + targetColumns.first()[column];
          int x = targetColumns.pixel()[column];
          if (pairs) {
            places[2 * y + x] = from;
            lines[2 * y + x] = sums[first + phase];
          } else {
            F64TapLoops.spread(
                sums[first + phase],
                from,
                targetColumns.count()[column],
                out,
                at + y * width + x,
                columnPhases);
          }
        }
      }
      if (pairs) {
        F64BandCopies.interleave(lines, places, rowPhases, pitch, width, targetCount, out, at);
      }
    }
  }
}
