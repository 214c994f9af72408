package io.github.colonnade.internal.conv.direct;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.FreeList;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Convolution by its taps, strip by strip: the forward pass and the input's gradient of wide
 * planes. The single-precision twin is derived from this file by the build.
 */
final class F64StripConvolution implements TileTask {
  private static final FreeList<Tile> TILES = new FreeList<>(Tile::new, Tile::bytes);

  private final StripTiling tiling;
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
  F64StripConvolution(
      StripTiling tiling,
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
    work.compute();
    work.end();
    TILES.give(work);
  }

  /** One tile at work. */
  private static final class Tile {
    private final TapCut.Region region = new TapCut.Region();

    /** The held rows of each source channel, each as often as a loop reads it. */
    private double[][] rows = {};

    private double[] sums = {};

    /** Of the next row of a target, where two are computed at once. */
    private double[] next = {};

    /** What the sums of a row start from. */
    private double[] begun = {};

    private double[] weights = {};
    private F64StripConvolution call;
    private StripTiling tiling;
    private long group;

    /** The first elements of the group's planes. */
    private long sourcePlane;

    private long targetPlane;
    private int held;
    private int sources;

    /** Takes a tile's place in the work. */
    void begin(F64StripConvolution convolution, long tile) {
      call = convolution;
      tiling = convolution.tiling;
      held = tiling.held();
      sources = tiling.sources();
      region.set(tiling.cut(), tile % tiling.cut().regions());
      group = tile / tiling.cut().regions();
      long planes = region.firstImage() * tiling.geometry().groups() + group;
      sourcePlane = planes * sources * rowsOf().source().size() * columnsOf().source().size();
      targetPlane =
          planes * tiling.targets() * rowsOf().target().size() * columnsOf().target().size();
      reserve();
      packWeights();
    }

    private TapAxis rowsOf() {
      return tiling.cut().vertical();
    }

    private TapAxis columnsOf() {
      return tiling.cut().horizontal();
    }

    private void reserve() {
      int elements = tiling.rowElements();
      int count = held * sources * F64RowLoops.TAPS;
      if (rows.length < count) {
        rows = Arrays.copyOf(rows, count);
      }
      for (int i = 0; i < count; i += F64RowLoops.TAPS) {
        if (rows[i] == null || rows[i].length < elements) {
          Arrays.fill(rows, i, i + F64RowLoops.TAPS, new double[elements]);
        }
      }
      if (sums.length < elements) {
        sums = new double[elements];
        next = new double[elements];
        begun = new double[elements];
      }
      int kernels = tiling.targets() * sources * (int) tiling.cut().taps();
      if (weights.length < kernels) {
        weights = new double[kernels];
      }
    }

    /** Lines up the weights as they are used. */
    private void packWeights() {
      int at = 0;
      for (int t = 0; t < tiling.targets(); t++) {
        for (TapPhase.Step step : tiling.taps().steps()) {
          for (int c = 0; c < sources; c++) {
            long from = tiling.weightIndex(group, t, c);
            for (int k : step.kernel()) {
              weights[at++] = call.weight.getAtIndex(JAVA_DOUBLE, from + k);
            }
          }
        }
      }
    }

    /** Returns the bytes of what is kept from call to call. */
    long bytes() {
      long elements = 3L * sums.length + weights.length + 1;
      for (int i = 0; i < rows.length; i += F64RowLoops.TAPS) {
        elements += rows[i].length;
      }
      return elements * Double.BYTES;
    }

    /** Keeps nothing of the call. */
    void end() {
      call = null;
      tiling = null;
    }

    /** Goes down the rows, two at once where there are vectors. */
    void compute() {
      int reach = (int) rowsOf().reach();
      boolean pairs = tiling.pairs();
      boolean nine = pairs && isNine();
      int loaded = 0;
      for (int row = 0; row < region.rows(); ) {
        int some = pairs && row + 1 < region.rows() ? 2 : 1;
        for (; loaded < row + some + reach; loaded++) {
          for (int c = 0; c < sources; c++) {
            load(loaded, c);
          }
        }
        int weight = 0;
        for (int t = 0; t < tiling.targets(); t++) {
          double start =
              call.bias == null
                  ? 0
                  : call.bias.getAtIndex(JAVA_DOUBLE, group * tiling.targets() + t);
          if (some == 2 && nine) {
            convolveNine(row, start, weight, t);
          } else if (some == 2) {
            convolvePair(row, start, weight, t);
          } else {
            convolve(row, start, weight);
            store(sums, row, t);
          }
          weight += sources * (int) tiling.cut().taps();
        }
        row += some;
      }
    }

    /** Returns where a row of a source channel is held. */
    private int place(int row, int c) {
      return (c * held + row % held) * F64RowLoops.TAPS;
    }

    /** Loads a row of a source channel, zeros where it is outside. */
    private void load(int row, int c) {
      TapAxis.Side side = rowsOf().source();
      TapAxis.Side across = columnsOf().source();
      double[] line = rows[place(row, c)];
      int count = region.columns() + (int) columnsOf().reach();
      long pixel = region.firstRow() + row + side.origin();
      if (pixel < 0 || pixel >= side.size()) {
        Arrays.fill(line, 0, count, 0);
        return;
      }
      long first = region.firstColumn() + across.origin();
      int before = Math.clamp(-first, 0, count);
      int behind = Math.clamp(across.size() - first, before, count);
      long from = sourcePlane + (c * side.size() + pixel) * across.size() + first + before;
      Arrays.fill(line, 0, before, 0);
      MemorySegment.copy(
          call.source, JAVA_DOUBLE, from * Double.BYTES, line, before, behind - before);
      Arrays.fill(line, behind, count, 0);
    }

    /** Computes a row of a target channel. */
    private void convolve(int row, double start, int firstWeight) {
      int columns = region.columns();
      int taps = columnsOf().taps();
      int weight = firstWeight;
      Arrays.fill(sums, 0, columns, start);
      for (TapPhase.Step step : tiling.taps().steps()) {
        for (int c = 0; c < sources; c++, weight += taps) {
          int at = place(row + step.rows(), c);
          if (tiling.vectors()) {
            F64VectorRowLoops.add(sums, sums, rows[at], weights, weight, taps, columns);
          } else {
            F64RowLoops.add(sums, rows, at, weights, weight, taps, columns);
          }
        }
      }
    }

    /** Returns whether all weights of a target are in registers at once. */
    private boolean isNine() {
      return sources == 1
          && rowsOf().taps() == 3
          && columnsOf().taps() == 3
          && F64VectorLastLoops.fill(region.columns());
    }

    /** Computes and stores two rows of a target channel of nine weights. */
    private void convolveNine(int row, double start, int firstWeight, int t) {
      long upper = index(row, t);
      long lower = index(row + 1, t);
      F64VectorLastLoops.pairNine(
          start,
          rows[place(row, 0)],
          rows[place(row + 1, 0)],
          rows[place(row + 2, 0)],
          rows[place(row + 3, 0)],
          weights,
          firstWeight,
          region.columns(),
          call.target,
          upper * Double.BYTES,
          lower * Double.BYTES);
      call.epilogue.apply(ElementType.F64, call.target, upper, region.columns());
      call.epilogue.apply(ElementType.F64, call.target, lower, region.columns());
    }

    /** Computes and stores two rows of a target channel. */
    private void convolvePair(int row, double start, int firstWeight, int t) {
      int columns = region.columns();
      int taps = columnsOf().taps();
      int height = rowsOf().taps();
      long upper = index(row, t);
      long lower = index(row + 1, t);
      if (row == 0 || tiling.targets() > 1) {
        Arrays.fill(begun, 0, columns, start);
      }
      double[] above = begun;
      double[] below = begun;
      int weight = firstWeight;
      for (int kh = 0; kh <= height; kh++) {
        for (int c = 0; c < sources; c++, weight += taps) {
          double[] line = rows[place(row + kh, c)];
          int before = weight - sources * taps;
          boolean last = c == sources - 1;
          if (kh == 0) {
            add(above, sums, line, weight, last && height == 1, upper);
            above = sums;
          } else if (kh == height) {
            add(below, next, line, before, last, lower);
            below = next;
          } else if (last && kh == height - 1) {
            F64VectorLastLoops.addPair(
                sums,
                below,
                next,
                line,
                weights,
                weight,
                before,
                taps,
                columns,
                call.target,
                upper * Double.BYTES);
            below = next;
          } else {
            F64VectorRowLoops.addPair(
                sums, below, next, line, weights, weight, before, taps, columns);
            below = next;
          }
        }
      }
      call.epilogue.apply(ElementType.F64, call.target, upper, columns);
      call.epilogue.apply(ElementType.F64, call.target, lower, columns);
    }

    /** Adds a row of the kernel to a row of sums, the last one straight into memory. */
    private void add(
        double[] from, double[] to, double[] line, int weight, boolean last, long index) {
      int taps = columnsOf().taps();
      if (last) {
        F64VectorLastLoops.add(
            from,
            to,
            line,
            weights,
            weight,
            taps,
            region.columns(),
            call.target,
            index * Double.BYTES);
      } else {
        F64VectorRowLoops.add(from, to, line, weights, weight, taps, region.columns());
      }
    }

    /** Returns the first element of a row of a target channel. */
    private long index(int row, int t) {
      return targetPlane
          + (t * rowsOf().target().size() + region.firstRow() + row) * columnsOf().target().size()
          + region.firstColumn();
    }

    private void store(double[] line, int row, int t) {
      long to = index(row, t);
      MemorySegment.copy(line, 0, call.target, JAVA_DOUBLE, to * Double.BYTES, region.columns());
      call.epilogue.apply(ElementType.F64, call.target, to, region.columns());
    }
  }
}
