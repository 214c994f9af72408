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

  private FftSize size;
  private F64RowTransform columns = new F64RowTransform(16);
  private F64RowTransform rows = columns;
  private double[][] re = {};
  private double[][] im = {};
  private int tileWidth;
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
    long tile = 2L * re.length * tileWidth;
    long spectra = 2L * spectrumRe.length * spectrumLanes;
    long roots = 2L * (columns.length() + rows.length());
    return Double.BYTES * (tile + spectra + roots + 2L * kernelRe.length) + 1;
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
    if (re.length < height || tileWidth < width) {
      tileWidth = Math.max(tileWidth, width);
      int count = Math.max(re.length, height);
      re = new double[count][tileWidth];
      im = new double[count][tileWidth];
    }
    int count = blocks * width;
    int lanes = size.lanes();
    if (spectrumRe.length < count || spectrumLanes < lanes) {
      spectrumLanes = Math.max(spectrumLanes, lanes);
      count = Math.max(spectrumRe.length, count);
      spectrumRe = new double[count][spectrumLanes];
      spectrumIm = new double[count][spectrumLanes];
      kernelRe = new double[spectrumLanes];
      kernelIm = new double[spectrumLanes];
    }
  }

  private double[][] half(int half) {
    return half == 0 ? re : im;
  }

  @Override
  public void loadRow(int half, int row, MemorySegment source, long index, int before, int inside) {
    double[] target = half(half)[row];
    Arrays.fill(target, 0, before, 0);
    MemorySegment.copy(source, JAVA_DOUBLE, index * Double.BYTES, target, before, inside);
    Arrays.fill(target, before + inside, size.width(), 0);
  }

  @Override
  public void zeroRows(int half, int from, int to) {
    double[][] target = half(half);
    for (int row = from; row < to; row++) {
      Arrays.fill(target[row], 0, size.width(), 0);
    }
  }

  @Override
  public void loadElement(int row, int column, MemorySegment source, long index) {
    re[row][column] = source.getAtIndex(JAVA_DOUBLE, index);
  }

  @Override
  public void storeQuotient(int row, int column, MemorySegment target, long index, int divisor) {
    target.setAtIndex(JAVA_DOUBLE, index, re[row][column] / divisor);
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
    double[] line = half(half)[row];
    if (bias != null) {
      divide(line, divisor, bias.getAtIndex(JAVA_DOUBLE, channel), count);
    } else if (divisor != 1) {
      divide(line, divisor, count);
    }
    MemorySegment.copy(line, 0, target, JAVA_DOUBLE, index * Double.BYTES, count);
  }

  private static void divide(double[] line, double divisor, double bias, int count) {
    for (int i = 0; i < count; i++) {
      line[i] = line[i] / divisor + bias;
    }
  }

  private static void divide(double[] line, double divisor, int count) {
    for (int i = 0; i < count; i++) {
      line[i] /= divisor;
    }
  }

  @Override
  public void addWeighted(
      MemorySegment weight, long index, int source, int target, int from, int to) {
    addWeighted(weight.getAtIndex(JAVA_DOUBLE, index), re[source], re[target], from, to);
  }

  private static void addWeighted(
      double weight, double[] source, double[] target, int from, int to) {
    for (int i = from; i < to; i++) {
      target[i] = Math.fma(weight, source[i], target[i]);
    }
  }

  @Override
  public void addProducts(int a, int b, int target, int count) {
    addProducts(re[target], re[a], re[b], count);
  }

  private static void addProducts(double[] sums, double[] a, double[] b, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] = Math.fma(a[i], b[i], sums[i]);
    }
  }

  @Override
  public void storeSum(int row, int count, MemorySegment target, long index) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += re[row][i];
    }
    target.setAtIndex(JAVA_DOUBLE, index, sum);
  }

  /** Returns the first row of a block of a spectrum. */
  private int row(int spectrum, int block) {
    return (spectrum * size.blocks() + block) * size.width();
  }

  @Override
  public void forward(int spectrum) {
    columns.forward(re, im, 0, size.width());
    for (int block = 0; block < size.blocks(); block++) {
      forwardRows(block, row(spectrum, block));
    }
  }

  private void forwardRows(int block, int first) {
    int lanes = size.lanes();
    transpose(re, block * lanes, lanes, size.width(), spectrumRe, first, 0);
    transpose(im, block * lanes, lanes, size.width(), spectrumIm, first, 0);
    rows.forward(spectrumRe, spectrumIm, first, lanes);
  }

  @Override
  public void inverse(int spectrum, int wanted) {
    for (int block = 0; block < size.blocks(); block++) {
      inverseRows(block, row(spectrum, block), wanted);
    }
    columns.inverse(re, im, 0, wanted);
  }

  private void inverseRows(int block, int first, int wanted) {
    int lanes = size.lanes();
    rows.inverse(spectrumRe, spectrumIm, first, lanes);
    int whole = (wanted + WEAVE - 1) / WEAVE * WEAVE;
    transpose(spectrumRe, first, whole, lanes, re, block * lanes, 0);
    transpose(spectrumIm, first, whole, lanes, im, block * lanes, 0);
  }

  @Override
  public void filter(MemorySegment kernel, long index, int wanted) {
    columns.forward(re, im, 0, size.width());
    long at = index;
    for (int block = 0; block < size.blocks(); block++) {
      forwardRows(block, 0);
      for (int row = 0; row < size.width(); row++) {
        at = loadKernel(kernel, at);
        multiply(spectrumRe[row], spectrumIm[row], kernelRe, kernelIm, size.lanes());
      }
      inverseRows(block, 0, wanted);
    }
    columns.inverse(re, im, 0, wanted);
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

  /** Writes rows of {@code source} as columns of {@code target}, from {@code at} on. */
  private static void transpose(
      double[][] source, int from, int count, int width, double[][] target, int to, int at) {
    for (int row = 0; row < count; row += WEAVE) {
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
          at + row);
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
