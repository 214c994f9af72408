package io.github.colonnade.internal.conv.fft;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.colonnade.internal.memory.FreeList;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The single-precision twin is derived from this file by the build. */
final class F64FftTile implements FftTile {
  private static final FreeList<F64FftTile> FREE =
      new FreeList<>(F64FftTile::new, F64FftTile::bytes);

  /** Rows that are transposed at once. */
  private static final int WEAVE = 8;

  /** Columns that are whole vectors of 512 bits of either type. */
  private static final int WHOLE = 16;

  private FftSize size;
  private F64RowTransform columns = new F64RowTransform(16);
  private F64RowTransform rows = columns;
  private double[][] re = {};
  private double[][] im = {};
  private int tileLanes;
  private double[][] spectrumRe = {};
  private double[][] spectrumIm = {};
  private int spectrumLanes;
  private double[] kernelRe = {};
  private double[] kernelIm = {};

  private F64FftTile() {}

  static F64FftTile acquire(FftSize size, int blocks) {
    F64FftTile tile = FREE.take();
    tile.reserve(size, blocks);
    return tile;
  }

  @Override
  public void release() {
    FREE.give(this);
  }

  private long bytes() {
    long tile = 2L * re.length * tileLanes;
    long spectra = 2L * (spectrumRe.length + 1) * spectrumLanes;
    long roots = 2L * (columns.length() + rows.length());
    return Double.BYTES * (tile + spectra + roots) + 1;
  }

  private void reserve(FftSize newSize, int blocks) {
    size = newSize;
    int height = size.height();
    int width = size.width();
    if (columns.length() != height) {
      columns = rows.length() == height ? rows : new F64RowTransform(height);
    }
    if (rows.length() != width) {
      rows = height == width ? columns : new F64RowTransform(width);
    }
    int count = size.tileRows();
    int lanes = FftSize.padded(size.stripWidth(), Double.BYTES);
    if (re.length < count || tileLanes < lanes) {
      tileLanes = Math.max(tileLanes, lanes);
      count = Math.max(re.length, count);
      double[][] both = new double[2 * count][tileLanes];
      re = Arrays.copyOf(both, count);
      im = Arrays.copyOfRange(both, count, 2 * count);
    }
    count = blocks * width;
    lanes = FftSize.padded(size.lanes(), Double.BYTES);
    if (spectrumRe.length < count || spectrumLanes < lanes) {
      spectrumLanes = Math.max(spectrumLanes, lanes);
      count = Math.max(spectrumRe.length, count);
      double[][] all = new double[2 * count + 2][spectrumLanes];
      spectrumRe = Arrays.copyOf(all, count);
      spectrumIm = Arrays.copyOfRange(all, count, 2 * count);
      kernelRe = all[2 * count];
      kernelIm = all[2 * count + 1];
    }
  }

  /** Returns a strip's part of a row of one of the two real tiles. */
  private double[] line(int half, int strip, int row) {
    return (half == 0 ? re : im)[size.firstRow(strip) + row];
  }

  /** Returns how many of so many columns lie in a strip. */
  private int columnsIn(int strip, int count) {
    return Math.clamp(count - (long) strip * size.stripWidth(), 0, size.stripWidth());
  }

  @Override
  public void loadRow(int half, int row, MemorySegment source, long index, int before, int inside) {
    for (int strip = 0; strip < size.strips(); strip++) {
      double[] target = line(half, strip, row);
      int from = columnsIn(strip, before);
      int to = columnsIn(strip, before + inside);
      Arrays.fill(target, 0, from, 0);
      if (from < to) {
        long first = index + (long) strip * size.stripWidth() + from - before;
        MemorySegment.copy(source, JAVA_DOUBLE, first * Double.BYTES, target, from, to - from);
      }
      Arrays.fill(target, to, size.stripWidth(), 0);
    }
  }

  @Override
  public void zeroRows(int half, int from, int to) {
    for (int strip = 0; strip < size.strips(); strip++) {
      for (int row = from; row < to; row++) {
        Arrays.fill(line(half, strip, row), 0, size.stripWidth(), 0);
      }
    }
  }

  @Override
  public void loadElement(int row, int column, MemorySegment source, long index) {
    double[] target = line(0, column / size.stripWidth(), row);
    target[column % size.stripWidth()] = source.getAtIndex(JAVA_DOUBLE, index);
  }

  @Override
  public void storeQuotient(int row, int column, MemorySegment target, long index, int divisor) {
    double[] source = line(0, column / size.stripWidth(), row);
    target.setAtIndex(JAVA_DOUBLE, index, source[column % size.stripWidth()] / divisor);
  }

  @Override
  public void storeRow(
      int half,
      int row,
      int divisor,
      MemorySegment bias,
      long channel,
      MemorySegment target,
      long index,
      int count) {
    double factor = 1 / (double) divisor;
    for (int strip = 0; strip * size.stripWidth() < count; strip++) {
      double[] line = line(half, strip, row);
      int columns = columnsIn(strip, count);
      if (bias != null) {
        scale(line, factor, bias.getAtIndex(JAVA_DOUBLE, channel), columns);
      } else if (divisor != 1) {
        scale(line, factor, columns);
      }
      long first = index + (long) strip * size.stripWidth();
      MemorySegment.copy(line, 0, target, JAVA_DOUBLE, first * Double.BYTES, columns);
    }
  }

  private static void scale(double[] line, double factor, double bias, int count) {
    for (int i = 0; i < count; i++) {
      line[i] = Math.fma(line[i], factor, bias);
    }
  }

  private static void scale(double[] line, double factor, int count) {
    for (int i = 0; i < count; i++) {
      line[i] *= factor;
    }
  }

  @Override
  public void addWeighted(
      MemorySegment weight, long index, int source, int target, int from, int to) {
    double factor = weight.getAtIndex(JAVA_DOUBLE, index);
    for (int strip = 0; strip < size.strips(); strip++) {
      double[] sums = line(0, strip, target);
      addWeighted(
          factor, line(0, strip, source), sums, columnsIn(strip, from), columnsIn(strip, to));
    }
  }

  private static void addWeighted(
      double weight, double[] source, double[] target, int from, int to) {
    for (int i = from; i < to; i++) {
      target[i] = Math.fma(weight, source[i], target[i]);
    }
  }

  @Override
  public void addProducts(int a, int b, int target, int count) {
    for (int strip = 0; strip < size.strips(); strip++) {
      double[] sums = line(0, strip, target);
      addProducts(sums, line(0, strip, a), line(0, strip, b), columnsIn(strip, count));
    }
  }

  private static void addProducts(double[] sums, double[] a, double[] b, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] = Math.fma(a[i], b[i], sums[i]);
    }
  }

  @Override
  public void storeSum(int row, int count, MemorySegment target, long index) {
    double sum = 0;
    for (int strip = 0; strip < size.strips(); strip++) {
      double[] line = line(0, strip, row);
      for (int i = 0; i < columnsIn(strip, count); i++) {
        sum += line[i];
      }
    }
    target.setAtIndex(JAVA_DOUBLE, index, sum);
  }

  /** Returns the first row of a block of a spectrum. */
  private int row(int spectrum, int block) {
    return (spectrum * size.blocks() + block) * size.width();
  }

  @Override
  public void forward(int spectrum) {
    forwardColumns();
    for (int block = 0; block < size.blocks(); block++) {
      forwardRows(block, row(spectrum, block));
    }
  }

  private void forwardColumns() {
    for (int strip = 0; strip < size.strips(); strip++) {
      columns.forward(re, im, size.firstRow(strip), size.stripWidth());
    }
  }

  private void inverseColumns(int wanted) {
    for (int strip = 0; strip * size.stripWidth() < wanted; strip++) {
      int whole = Math.ceilDiv(columnsIn(strip, wanted), WHOLE) * WHOLE;
      columns.inverse(re, im, size.firstRow(strip), Math.min(whole, size.stripWidth()));
    }
  }

  private void forwardRows(int block, int first) {
    int lanes = size.lanes();
    int width = size.stripWidth();
    for (int strip = 0; strip < size.strips(); strip++) {
      int from = size.firstRow(strip) + block * lanes;
      transpose(re, from, lanes, width, spectrumRe, first + strip * width);
      transpose(im, from, lanes, width, spectrumIm, first + strip * width);
    }
    rows.forward(spectrumRe, spectrumIm, first, lanes);
  }

  @Override
  public void inverse(int spectrum, int wanted) {
    for (int block = 0; block < size.blocks(); block++) {
      inverseRows(block, row(spectrum, block), wanted);
    }
    inverseColumns(wanted);
  }

  private void inverseRows(int block, int first, int wanted) {
    int lanes = size.lanes();
    rows.inverse(spectrumRe, spectrumIm, first, lanes);
    for (int strip = 0; strip * size.stripWidth() < wanted; strip++) {
      int from = first + strip * size.stripWidth();
      int to = size.firstRow(strip) + block * lanes;
      transpose(spectrumRe, from, columnsIn(strip, wanted), lanes, re, to);
      transpose(spectrumIm, from, columnsIn(strip, wanted), lanes, im, to);
    }
  }

  @Override
  public void filter(MemorySegment kernel, long index, int wanted) {
    forwardColumns();
    long at = index;
    for (int block = 0; block < size.blocks(); block++) {
      forwardRows(block, 0);
      for (int row = 0; row < size.width(); row++) {
        at = loadKernel(kernel, at);
        multiply(spectrumRe[row], spectrumIm[row], kernelRe, kernelIm, size.lanes());
      }
      inverseRows(block, 0, wanted);
    }
    inverseColumns(wanted);
  }

  /** Loads a row of a kernel's spectrum; returns where the next one lies. */
  private long loadKernel(MemorySegment kernel, long index) {
    int lanes = size.lanes();
    MemorySegment.copy(kernel, JAVA_DOUBLE, index * Double.BYTES, kernelRe, 0, lanes);
    MemorySegment.copy(kernel, JAVA_DOUBLE, (index + lanes) * Double.BYTES, kernelIm, 0, lanes);
    return index + 2L * lanes;
  }

  @Override
  public void store(int spectrum, MemorySegment target, long index) {
    int lanes = size.lanes();
    int first = row(spectrum, 0);
    long at = index * Double.BYTES;
    long bytes = (long) lanes * Double.BYTES;
    for (int row = first; row < first + size.blocks() * size.width(); row++) {
      MemorySegment.copy(spectrumRe[row], 0, target, JAVA_DOUBLE, at, lanes);
      MemorySegment.copy(spectrumIm[row], 0, target, JAVA_DOUBLE, at + bytes, lanes);
      at += 2 * bytes;
    }
  }

  @Override
  public void zero(int spectrum) {
    int first = row(spectrum, 0);
    for (int row = first; row < first + size.blocks() * size.width(); row++) {
      Arrays.fill(spectrumRe[row], 0, size.lanes(), 0);
      Arrays.fill(spectrumIm[row], 0, size.lanes(), 0);
    }
  }

  @Override
  public void addProduct(int source, MemorySegment kernel, long index, int target) {
    int from = row(source, 0);
    int to = row(target, 0);
    long at = index;
    for (int row = 0; row < size.blocks() * size.width(); row++) {
      at = loadKernel(kernel, at);
      addProduct(from + row, kernelRe, kernelIm, to + row);
    }
  }

  @Override
  public void addProduct(int source, int kernel, int target) {
    int from = row(source, 0);
    int by = row(kernel, 0);
    int to = row(target, 0);
    for (int row = 0; row < size.blocks() * size.width(); row++) {
      addProduct(from + row, spectrumRe[by + row], spectrumIm[by + row], to + row);
    }
  }

  private void addProduct(int source, double[] byRe, double[] byIm, int target) {
    double[] fromRe = spectrumRe[source];
    double[] fromIm = spectrumIm[source];
    int lanes = size.lanes();
    addProducts(spectrumRe[target], fromRe, byRe, fromIm, byIm, lanes);
    addDifference(spectrumIm[target], fromIm, byRe, fromRe, byIm, lanes);
  }

  // No more than five arrays in a loop, or C2 makes no vectors of it.

  private static void addProducts(
      double[] sums, double[] a, double[] b, double[] c, double[] d, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] = Math.fma(c[i], d[i], Math.fma(a[i], b[i], sums[i]));
    }
  }

  private static void addDifference(
      double[] sums, double[] a, double[] b, double[] c, double[] d, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] = Math.fma(-c[i], d[i], Math.fma(a[i], b[i], sums[i]));
    }
  }

  private static void multiply(double[] re, double[] im, double[] byRe, double[] byIm, int count) {
    for (int i = 0; i < count; i++) {
      double x = re[i];
      double y = im[i];
      double u = byRe[i];
      double v = byIm[i];
      re[i] = Math.fma(x, u, y * v);
      im[i] = Math.fma(y, u, -x * v);
    }
  }

  /** Writes rows of {@code source} as columns of {@code target}. */
  private static void transpose(
      double[][] source, int from, int count, int width, double[][] target, int to) {
    int row = 0;
    for (; row + WEAVE <= count; row += WEAVE) {
      weave(
          source[from + row],
          source[from + row + 1],
          source[from + row + 2],
          source[from + row + 3],
          source[from + row + 4],
          source[from + row + 5],
          source[from + row + 6],
          source[from + row + 7],
          width,
          target,
          to,
          row);
    }
    for (; row < count; row++) {
      for (int i = 0; i < width; i++) {
        target[to + i][row] = source[from + row][i];
      }
    }
  }

  private static void weave(
      double[] a,
      double[] b,
      double[] c,
      double[] d,
      double[] e,
      double[] f,
      double[] g,
      double[] h,
      int width,
      double[][] target,
      int to,
      int at) {
    for (int i = 0; i < width; i++) {
      double[] line = target[to + i];
      line[at] = a[i];
      line[at + 1] = b[i];
      line[at + 2] = c[i];
      line[at + 3] = d[i];
      line[at + 4] = e[i];
      line[at + 5] = f[i];
      line[at + 6] = g[i];
      line[at + 7] = h[i];
    }
  }
}
