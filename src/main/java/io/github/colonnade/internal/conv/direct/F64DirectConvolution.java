package io.github.colonnade.internal.conv.direct;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.FreeList;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Convolution by its taps, without a matrix: sums of the sources' rows as each column of the kernel
 * views them. For each row of the kernel the sums move on to the rows that it reads, so that a sum
 * and all that is added to it have the same index. It serves the forward pass and the input's
 * gradient, which differ in the {@link TapAxis} and in how the weights lie. The single-precision
 * twin is derived from this file by the build.
 */
final class F64DirectConvolution implements TileTask {
  private static final FreeList<Tile> TILES = new FreeList<>(Tile::new, Tile::bytes);

  private final DirectConvolutionTiling tiling;
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
  F64DirectConvolution(
      DirectConvolutionTiling tiling,
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
    work.begin(this, tile);
    for (long chunk = 0; chunk < tiling.sources(); chunk += tiling.cut().sources()) {
      work.add(chunk);
    }
    work.end();
    TILES.give(work);
  }

  /** One tile at work. */
  private static final class Tile {
    private final TapCut.Region region = new TapCut.Region();
    private final F64TapLines lines = new F64TapLines();

    /** Sums of each phase of each target; of one at a time where all sources are held at once. */
    private double[][] sums = {};

    private double[] weights = {};
    private F64DirectConvolution call;
    private DirectConvolutionTiling tiling;
    private TapCut cut;
    private long group;
    private long firstTarget;
    private int targets;
    private boolean oneChunk;

    /** Takes a tile's place in the work. */
    void begin(F64DirectConvolution convolution, long tile) {
      call = convolution;
      tiling = convolution.tiling;
      cut = tiling.cut();
      long block = tile / tiling.regions();
      region.set(cut, tile % tiling.regions());
      group = block / tiling.blocks();
      firstTarget = block % tiling.blocks() * cut.targets();
      targets = (int) Math.min(cut.targets(), tiling.targets() - firstTarget);
      oneChunk = cut.sources() == tiling.sources();
      lines.begin(cut, (int) cut.sources(), tiling.elements());
      lines.move(region);
      int held = oneChunk ? 1 : targets * tiling.phases().length;
      sums = F64TapLines.reserve(sums, held, tiling.elements());
      int kernels = (int) (cut.targets() * cut.sources() * cut.taps());
      if (weights.length < kernels) {
        weights = new double[kernels];
      }
      if (!cut.vertical().writesEveryPixel() || !cut.horizontal().writesEveryPixel()) {
        fill();
      }
    }

    /** Returns the bytes of what is kept from call to call. */
    long bytes() {
      return lines.bytes() + (F64TapLines.elements(sums) + weights.length) * Double.BYTES;
    }

    /** Keeps nothing of the call. */
    void end() {
      lines.end();
      call = null;
      tiling = null;
      cut = null;
    }

    private double startOf(int t) {
      return call.bias == null
          ? 0
          : call.bias.getAtIndex(JAVA_DOUBLE, group * tiling.targets() + firstTarget + t);
    }

    /** Returns the first element of a target channel's plane in an image of the region. */
    private long targetPlane(int image, int t) {
      long channel = (region.firstImage() + image) * tiling.geometry().groups() + group;
      return (channel * tiling.targets() + firstTarget + t) * tiling.targetPlane();
    }

    /** Adds what some source channels of the group contribute. */
    void add(long chunk) {
      int channels = (int) Math.min(cut.sources(), tiling.sources() - chunk);
      packWeights(chunk, channels);
      long groups = tiling.geometry().groups();
      long plane = tiling.sourcePlane();
      long first = (region.firstImage() * groups + group) * tiling.sources() + chunk;
      for (int c = 0; c < channels; c++) {
        long step = groups * tiling.sources() * plane;
        lines.load(call.source, (first + c) * plane, step, c);
      }
      boolean last = chunk + channels == tiling.sources();
      int weight = 0;
      for (int t = 0; t < targets; t++) {
        for (int p = 0; p < tiling.phases().length; p++) {
          TapPhase phase = tiling.phases()[p];
          double[] line = sums[oneChunk ? 0 : t * tiling.phases().length + p];
          add(line, phase, t, weight, chunk == 0, channels);
          weight += phase.taps() * channels;
          if (last) {
            store(line, phase, t);
          }
        }
      }
    }

    /** Adds what the lines contribute to one phase of a target. */
    private void add(
        double[] line, TapPhase phase, int t, int firstWeight, boolean first, int channels) {
      int pitch = (int) cut.pitch();
      int height = region.rows() + (int) cut.vertical().reach();
      int count = ((region.images() - 1) * height + region.rows()) * pitch;
      int from = phase.lastRow() * pitch;
      if (first) {
        from = phase.steps()[0].rows() * pitch;
        Arrays.fill(line, from, from + count, startOf(t));
      }
      int weight = firstWeight;
      for (TapPhase.Step step : phase.steps()) {
        int to = step.rows() * pitch;
        if (to != from) {
          System.arraycopy(line, from, line, to, count);
        }
        from = to;
        int taps = step.kernel().length * channels;
        F64TapLoops.convolve(
            line, weights, weight, lines.planes(), step.planes(), taps, from, from + count);
        weight += taps;
      }
    }

    /** Lines up the weights as they are used. */
    private void packWeights(long chunk, int channels) {
      int at = 0;
      for (int t = 0; t < targets; t++) {
        for (TapPhase phase : tiling.phases()) {
          for (TapPhase.Step step : phase.steps()) {
            for (int c = 0; c < channels; c++) {
              long from = tiling.weightIndex(group, firstTarget + t, chunk + c);
              for (int k : step.kernel()) {
                weights[at++] = call.weight.getAtIndex(JAVA_DOUBLE, from + k);
              }
            }
          }
        }
      }
    }

    /** Copies sums from where the last step left them to where they belong. */
    private void store(double[] line, TapPhase phase, int t) {
      TapAxis.Side rows = cut.vertical().target();
      TapAxis.Side side = cut.horizontal().target();
      long firstRow = region.firstRow();
      long row = rows.firstInside(firstRow, firstRow + region.rows(), phase.row());
      int height = (int) (rows.firstBeyond(row, firstRow + region.rows(), phase.row()) - row);
      long first = region.firstColumn();
      long column = side.firstInside(first, first + region.columns(), phase.column());
      int width =
          (int) (side.firstBeyond(column, first + region.columns(), phase.column()) - column);
      if (height == 0 || width == 0) {
        return;
      }
      int pitch = (int) cut.pitch();
      long at = rows.pixel(row, phase.row()) * side.size() + side.pixel(column, phase.column());
      int from = (int) (row - firstRow + phase.lastRow()) * pitch + (int) (column - first);
      for (int i = 0; i < region.images(); i++) {
        scatter(line, from, height, width, targetPlane(i, t) + at);
        from += (region.rows() + (int) cut.vertical().reach()) * pitch;
      }
    }

    private void scatter(double[] line, int first, int height, int width, long target) {
      long stride = cut.horizontal().target().stride();
      long size = cut.horizontal().target().size();
      int pitch = (int) cut.pitch();
      long next = cut.vertical().target().stride() * size * Double.BYTES;
      long to = target * Double.BYTES;
      if (width == size && width == pitch && next == (long) width * Double.BYTES) {
        MemorySegment.copy(line, first, call.target, JAVA_DOUBLE, to, height * width);
        call.epilogue.apply(ElementType.F64, call.target, target, (long) height * width);
        return;
      }
      for (int row = 0, from = first; row < height; row++, from += pitch, to += next) {
        if (stride == 1) {
          MemorySegment.copy(line, from, call.target, JAVA_DOUBLE, to, width);
          call.epilogue.apply(ElementType.F64, call.target, to / Double.BYTES, width);
        } else {
          long at = to;
          for (int i = from; i < from + width; i++, at += stride * Double.BYTES) {
            call.target.set(JAVA_DOUBLE, at, call.epilogue.apply(line[i]));
          }
        }
      }
    }

    /** Sets all pixels of the region to what sums start from: no tap writes some of them. */
    private void fill() {
      TapAxis.Side rowSide = cut.vertical().target();
      TapAxis.Side side = cut.horizontal().target();
      long rowFrom = first(rowSide, region.firstRow(), cut.vertical());
      long rowTo = first(rowSide, region.firstRow() + region.rows(), cut.vertical());
      long from = first(side, region.firstColumn(), cut.horizontal());
      long to = first(side, region.firstColumn() + region.columns(), cut.horizontal());
      for (int image = 0; image < region.images(); image++) {
        for (int t = 0; t < targets; t++) {
          double start = call.epilogue.apply(startOf(t));
          for (long row = rowFrom; row < rowTo; row++) {
            long line = targetPlane(image, t) + row * side.size();
            for (long column = from; column < to; column++) {
              call.target.setAtIndex(JAVA_DOUBLE, line + column, start);
            }
          }
        }
      }
    }

    /** Returns the first pixel inside the image that belongs to an index or one after it. */
    private static long first(TapAxis.Side side, long index, TapAxis axis) {
      return index == axis.targets()
          ? side.size()
          : Math.clamp(index * side.stride() + side.origin(), 0, side.size());
    }
  }
}
