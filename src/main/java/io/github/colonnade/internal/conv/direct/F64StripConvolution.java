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

  /**
   * Sums that go through all taps before the next ones do, so that they stay in the first-level
   * cache and memory is read and written while others are computed: planes of 2000×3000 and 4096²
   * took 0.8 to 1.05 of the time that whole rows took (Intel Xeon, family 6 model 167). Multiples
   * of every vector's length.
   */
  private static final int BLOCK = 4096 / Double.BYTES;

  /** Longer where C2 has to make vectors of the loops. */
  private static final int PORTABLE_BLOCK = 8192 / Double.BYTES;

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

    /** Goes down the rows, two at once where there are vectors, and along them block by block. */
    void compute() {
      int reach = (int) rowsOf().reach();
      boolean pairs = tiling.pairs();
      boolean nine = pairs && isNine();
      int columns = region.columns();
      int block = tiling.vectors() ? BLOCK : PORTABLE_BLOCK;
      int loaded = 0;
      for (int row = 0; row < region.rows(); ) {
        int some = pairs && row + 1 < region.rows() ? 2 : 1;
        for (int from = 0; from < columns; ) {
          int to = columns - from < 2 * block ? columns : from + block;
          for (int next = loaded; next < row + some + reach; next++) {
            for (int c = 0; c < sources; c++) {
              load(next, c, from, to);
            }
          }
          int weight = 0;
          for (int t = 0; t < tiling.targets(); t++) {
            if (some == 2 && nine) {
              convolveNine(row, weight, t, from, to);
            } else if (some == 2) {
              convolvePair(row, weight, t, from, to);
            } else {
              convolve(row, weight, t, from, to);
            }
            weight += sources * (int) tiling.cut().taps();
          }
          from = to;
        }
        row += some;
        loaded = row + reach;
      }
    }

    /** Returns what the sums of a target channel start from. */
    private double start(int t) {
      return call.bias == null
          ? 0
          : call.bias.getAtIndex(JAVA_DOUBLE, group * tiling.targets() + t);
    }

    /** Returns where a row of a source channel is held. */
    private int place(int row, int c) {
      return (c * held + row % held) * F64RowLoops.TAPS;
    }

    /**
     * Loads what a block of sums reads of a row of a source channel and the block before does not,
     * zeros where it is outside.
     */
    private void load(int row, int c, int from, int to) {
      TapAxis.Side side = rowsOf().source();
      TapAxis.Side across = columnsOf().source();
      double[] line = rows[place(row, c)];
      int reach = (int) columnsOf().reach();
      int begin = from == 0 ? 0 : from + reach;
      int end = to + reach;
      long pixel = region.firstRow() + row + side.origin();
      if (pixel < 0 || pixel >= side.size()) {
        Arrays.fill(line, begin, end, 0);
        return;
      }
      long first = region.firstColumn() + across.origin();
      int before = Math.clamp(-first, begin, end);
      int behind = Math.clamp(across.size() - first, before, end);
      long at = sourcePlane + (c * side.size() + pixel) * across.size() + first + before;
      Arrays.fill(line, begin, before, 0);
      MemorySegment.copy(
          call.source, JAVA_DOUBLE, at * Double.BYTES, line, before, behind - before);
      Arrays.fill(line, behind, end, 0);
    }

    /** Computes and stores sums of a row of a target channel. */
    private void convolve(int row, int firstWeight, int t, int from, int to) {
      int taps = columnsOf().taps();
      int weight = firstWeight;
      Arrays.fill(sums, from, to, start(t));
      for (TapPhase.Step step : tiling.taps().steps()) {
        for (int c = 0; c < sources; c++, weight += taps) {
          int at = place(row + step.rows(), c);
          if (tiling.vectors()) {
            F64VectorRowLoops.add(sums, sums, rows[at], weights, weight, taps, from, to);
          } else {
            F64RowLoops.add(sums, rows, at, weights, weight, taps, from, to);
          }
        }
      }
      long first = index(row, t) + from;
      MemorySegment.copy(sums, from, call.target, JAVA_DOUBLE, first * Double.BYTES, to - from);
      call.epilogue.apply(ElementType.F64, call.target, first, to - from);
    }

    /** Returns whether all weights of a target are in registers at once. */
    private boolean isNine() {
      return sources == 1
          && rowsOf().taps() == 3
          && columnsOf().taps() == 3
          && F64VectorLastLoops.fill(region.columns());
    }

    /** Computes and stores sums of two rows of a target channel of nine weights. */
    private void convolveNine(int row, int firstWeight, int t, int from, int to) {
      long upper = index(row, t);
      long lower = index(row + 1, t);
      F64VectorLastLoops.pairNine(
          start(t),
          rows[place(row, 0)],
          rows[place(row + 1, 0)],
          rows[place(row + 2, 0)],
          rows[place(row + 3, 0)],
          weights,
          firstWeight,
          from,
          to,
          call.target,
          upper * Double.BYTES,
          lower * Double.BYTES);
      call.epilogue.apply(ElementType.F64, call.target, upper + from, to - from);
      call.epilogue.apply(ElementType.F64, call.target, lower + from, to - from);
    }

    /** Computes and stores sums of two rows of a target channel. */
    private void convolvePair(int row, int firstWeight, int t, int from, int to) {
      int taps = columnsOf().taps();
      int height = rowsOf().taps();
      long upper = index(row, t);
      long lower = index(row + 1, t);
      if (row == 0 || tiling.targets() > 1) {
        Arrays.fill(begun, from, to, start(t));
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
            add(above, sums, line, weight, from, to, last && height == 1, upper);
            above = sums;
          } else if (kh == height) {
            add(below, next, line, before, from, to, last, lower);
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
                from,
                to,
                call.target,
                upper * Double.BYTES);
            below = next;
          } else {
            F64VectorRowLoops.addPair(
                sums, below, next, line, weights, weight, before, taps, from, to);
            below = next;
          }
        }
      }
      call.epilogue.apply(ElementType.F64, call.target, upper + from, to - from);
      call.epilogue.apply(ElementType.F64, call.target, lower + from, to - from);
    }

    /** Adds a row of the kernel to some of a row's sums, the last one straight into memory. */
    private void add(
        double[] begin,
        double[] result,
        double[] line,
        int weight,
        int from,
        int to,
        boolean last,
        long index) {
      int taps = columnsOf().taps();
      if (last) {
        long offset = index * Double.BYTES;
        F64VectorLastLoops.add(
            begin, result, line, weights, weight, taps, from, to, call.target, offset);
      } else {
        F64VectorRowLoops.add(begin, result, line, weights, weight, taps, from, to);
      }
    }

    /** Returns the first element of a row of a target channel. */
    private long index(int row, int t) {
      return targetPlane
          + (t * rowsOf().target().size() + region.firstRow() + row) * columnsOf().target().size()
          + region.firstColumn();
    }
  }
}
