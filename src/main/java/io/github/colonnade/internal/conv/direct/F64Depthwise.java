package io.github.colonnade.internal.conv.direct;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.conv.lowering.F64ShiftedLines;
import io.github.colonnade.internal.memory.FreeList;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Convolution of few channels at stride 1 without a matrix: for each column of the kernel the
 * source's lines are shifted, those of several images one below the other, and for each row of the
 * kernel the sums move on to the lines that it reads. So a sum and all that is added to it have the
 * same index: C2 makes vectors of no other loops. The single-precision twin is derived from this
 * file by the build.
 */
final class F64Depthwise implements TileTask {
  private static final FreeList<Scratch> SCRATCH = new FreeList<>(Scratch::new, Scratch::bytes);

  private final DepthwiseShape shape;
  private final MemorySegment source;
  private final MemorySegment weight;
  private final MemorySegment bias;
  private final MemorySegment target;

  /**
   * Takes the operands of one call.
   *
   * @param shape how the work is cut
   * @param source {@code [N, groups·sources, …]}. Not modified.
   * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
   * @param bias {@code [groups·targets]}, or null for none. Not modified.
   * @param target {@code [N, groups·targets, …]}. Overwritten.
   */
  F64Depthwise(
      DepthwiseShape shape,
      MemorySegment source,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment target) {
    this.shape = shape;
    this.source = source;
    this.weight = weight;
    this.bias = bias;
    this.target = target;
  }

  /** The lines of every source, the same for every kernel column, and the sums of a target. */
  private static final class Scratch {
    private double[][] loaded = {};
    private double[][] shifted = {};
    private double[][] lines = {};
    private double[] sums = {};
    private double[] weights = {};

    void reserve(int sources, int kernelW, int elements, int taps) {
      int arrays = sources * kernelW;
      loaded = reserve(loaded, sources, elements);
      shifted = reserve(shifted, arrays, elements);
      if (lines.length < arrays) {
        lines = new double[arrays][];
      }
      if (sums.length < elements) {
        sums = new double[elements];
      }
      if (weights.length < taps) {
        weights = new double[taps];
      }
    }

    long bytes() {
      long elements = (long) sums.length + weights.length;
      for (double[] array : loaded) {
        elements += array.length;
      }
      for (double[] array : shifted) {
        elements += array.length;
      }
      return elements * Double.BYTES;
    }

    private static double[][] reserve(double[][] arrays, int count, int elements) {
      // One by one: many arrays and long ones need not be of the same shape.
      double[][] kept = arrays.length < count ? Arrays.copyOf(arrays, count) : arrays;
      for (int i = 0; i < count; i++) {
        if (kept[i] == null || kept[i].length < elements) {
          kept[i] = new double[elements];
        }
      }
      return kept;
    }
  }

  @Override
  public long tileCount() {
    return shape.tileCount();
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long firstRow = tile % shape.bands() * shape.rows();
    long group = tile / shape.bands() % shape.groups();
    long firstImage = tile / shape.bands() / shape.groups() * shape.images();
    int images = (int) Math.min(shape.images(), shape.batch() - firstImage);
    int rows = (int) Math.min(shape.rows(), shape.targetH() - firstRow);
    int lines = rows + shape.reach();
    Scratch scratch = SCRATCH.take();
    load(scratch, firstImage, images, group, firstRow, lines);
    for (int t = 0; t < shape.targets(); t++) {
      add(scratch, group, t, (images * lines - shape.reach()) * shape.pitch());
      long plane = (firstImage * shape.groups() + group) * shape.targets() + t;
      for (int i = 0, from = shape.reach(); i < images; i++, from += lines) {
        store(scratch.sums, from * shape.pitch(), plane, firstRow, rows);
        plane += shape.groups() * shape.targets();
      }
    }
    SCRATCH.give(scratch);
  }

  /** Loads some lines of each source of a group in some images. */
  private void load(
      Scratch scratch, long firstImage, int images, long group, long firstRow, int lines) {
    int kernelW = shape.kernelW();
    int pitch = shape.pitch();
    int count = images * lines;
    int taps = shape.sources() * shape.kernelH() * kernelW;
    scratch.reserve(shape.sources(), kernelW, count * pitch, taps);
    for (int s = 0; s < shape.sources(); s++) {
      for (int i = 0; i < images; i++) {
        long plane = ((firstImage + i) * shape.groups() + group) * shape.sources() + s;
        F64ShiftedLines.load(
            source,
            plane * shape.sourceH() * shape.sourceW(),
            shape.sourceH(),
            (int) shape.sourceW(),
            firstRow + shape.firstH(),
            scratch.loaded[s],
            i * lines * pitch,
            lines,
            pitch);
      }
      for (int kw = 0; kw < kernelW; kw++) {
        int array = s * kernelW + kw;
        scratch.lines[array] =
            F64ShiftedLines.shift(
                scratch.loaded[s],
                kw * shape.dilationW() + shape.firstW(),
                scratch.shifted[array],
                count,
                pitch);
      }
    }
  }

  /** Sums what the lines contribute to a target. */
  private void add(Scratch scratch, long group, int t, int count) {
    double[] sums = scratch.sums;
    double[][] lines = scratch.lines;
    double[] w = scratch.weights;
    packWeights(w, group, t);
    double start = bias == null ? 0 : bias.getAtIndex(JAVA_DOUBLE, group * shape.targets() + t);
    Arrays.fill(sums, 0, count, start);
    int down = (int) shape.dilationH() * shape.pitch();
    int arrays = shape.sources() * shape.kernelW();
    int tap = 0;
    for (int kh = 0, from = 0; kh < shape.kernelH(); kh++, from += down) {
      if (kh > 0) {
        System.arraycopy(sums, from - down, sums, from, count);
      }
      int to = from + count;
      int i = 0;
      for (; i + 2 < arrays; i += 3, tap += 3) {
        double[] b = lines[i + 1];
        double[] c = lines[i + 2];
        addThree(sums, lines[i], b, c, w[tap], w[tap + 1], w[tap + 2], from, to);
      }
      if (i + 1 < arrays) {
        addTwo(sums, lines[i], lines[i + 1], w[tap], w[tap + 1], from, to);
      } else if (i < arrays) {
        addOne(sums, lines[i], w[tap], from, to);
      }
      tap += arrays - i;
    }
  }

  /** Lines up the weights of a target as they are used. */
  private void packWeights(double[] packed, long group, int t) {
    int last = shape.kernelH() * shape.kernelW() - 1;
    int at = 0;
    for (int row = 0; row <= last; row += shape.kernelW()) {
      for (int s = 0; s < shape.sources(); s++) {
        long plane = shape.weightPlane(group, t, s) * (last + 1);
        for (int tap = row; tap < row + shape.kernelW(); tap++) {
          long index = plane + (shape.adjoint() ? last - tap : tap);
          packed[at++] = weight.getAtIndex(JAVA_DOUBLE, index);
        }
      }
    }
  }

  private static void addThree(
      double[] sums,
      double[] a,
      double[] b,
      double[] c,
      double wa,
      double wb,
      double wc,
      int from,
      int to) {
    for (int i = from; i < to; i++) {
      sums[i] += wa * a[i] + wb * b[i] + wc * c[i];
    }
  }

  private static void addTwo(
      double[] sums, double[] a, double[] b, double wa, double wb, int from, int to) {
    for (int i = from; i < to; i++) {
      sums[i] += wa * a[i] + wb * b[i];
    }
  }

  private static void addOne(double[] sums, double[] a, double wa, int from, int to) {
    for (int i = from; i < to; i++) {
      sums[i] += wa * a[i];
    }
  }

  /** Writes the sums of a plane, which lie where the last row of the kernel left them. */
  private void store(double[] sums, int sumsFrom, long plane, long firstRow, int rows) {
    int width = (int) shape.targetW();
    int from = sumsFrom;
    long to = (plane * shape.targetH() + firstRow) * width * Double.BYTES;
    if (width == shape.pitch()) {
      MemorySegment.copy(sums, from, target, JAVA_DOUBLE, to, rows * width);
      return;
    }
    for (int row = 0; row < rows; row++, from += shape.pitch()) {
      MemorySegment.copy(sums, from, target, JAVA_DOUBLE, to, width);
      to += (long) width * Double.BYTES;
    }
  }
}
