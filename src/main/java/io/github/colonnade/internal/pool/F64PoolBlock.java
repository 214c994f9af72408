package io.github.colonnade.internal.pool;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One block of windows, in arrays: C2 vectorises loops over those, and only where all indices are
 * the same. So tap after tap is laid where its windows are, and compared or added there.
 *
 * <p>The single-precision twin is derived from this file by the build.
 */
class F64PoolBlock {
  /** Less than all maxima but those that are looked for tap by tap. */
  static final double LEAST = -Double.MAX_VALUE;

  private static final ElementType TYPE = ElementType.F64;

  private WindowBlocks blocks;
  private Axis vertical;
  private Axis horizontal;
  private SlidingAxis down;
  private SlidingAxis along;

  /** What {@link #pixels} holds where there is padding. */
  private double padding;

  private double[] pixels = {};

  /** Gradients of the pixels. */
  private double[] sums = {};

  /** The rows under each row of windows, taken together. */
  private double[] columns = {};

  /** One of those rows under each row of windows. */
  private double[] under = {};

  /** A maximum, a sum, an average or a gradient for each window. */
  private double[] results = {};

  /** The tap of each window that has its maximum; below 0 for none. */
  private double[] found = {};

  /** One tap of each window. */
  private double[] line = {};

  private long[] indices = {};

  // Where things are, once for all blocks.

  /** The first tap of each window among the pixels. */
  private int[] corners = {};

  /** The same among the columns. */
  private int[] columnCorners = {};

  /** The same in the plane, from that of the first window on. */
  private int[] places = {};

  /** How far each tap is from the first one of its window, among the pixels. */
  private int[] tapOffsets = {};

  /** How far each column of a window is from its first one. */
  private int[] columnOffsets = {};

  /** How far each tap is from the first one in the plane. */
  private int[] tapPlaces = {};

  private double[] divisors = {};

  // The block selected.

  private long firstPlane;
  private int planes;
  private long firstRow;
  private int rows;
  private int windows;

  /** The input row of the first row of pixels, perhaps in the padding. */
  private long top;

  long bytes() {
    long elements = 4L * pixels.length + 3L * results.length;
    return (elements + divisors.length) * Double.BYTES
        + (long) indices.length * Long.BYTES
        + 3L * corners.length * Integer.BYTES;
  }

  /** Prepares for blocks whose padding holds a value. */
  void begin(WindowBlocks howCut, double valueOfPadding) {
    if (!howCut.equals(blocks)) {
      blocks = howCut;
      vertical = howCut.vertical();
      horizontal = howCut.horizontal();
      down = new SlidingAxis(vertical);
      along = new SlidingAxis(horizontal);
      int elements = howCut.blockPlanes() * howCut.height() * howCut.pitch();
      int most = howCut.windows(howCut.blockPlanes(), howCut.rows());
      if (pixels.length < elements) {
        pixels = new double[elements];
        sums = new double[elements];
        columns = new double[elements];
        under = new double[elements];
      }
      if (results.length < most) {
        results = new double[most];
        found = new double[most];
        line = new double[most];
        indices = new long[most];
        corners = new int[most];
        columnCorners = new int[most];
        places = new int[most];
      }
      setWindows();
      setTaps();
      padding = Double.NaN;
    }
    if (padding != valueOfPadding) {
      padding = valueOfPadding;
      // Rows are loaded between the padding of their ends, which stays.
      Arrays.fill(pixels, valueOfPadding);
    }
  }

  private void setWindows() {
    int rowStep = (int) vertical.stride();
    int step = (int) horizontal.stride();
    int inW = (int) horizontal.size();
    // Where windows are dense, there are some between the rows that nobody asks for.
    Arrays.fill(places, 0);
    for (int i = 0; blocks.dense() && i < corners.length; i++) {
      corners[i] = i;
      columnCorners[i] = i;
    }
    for (int plane = 0; plane < blocks.blockPlanes(); plane++) {
      for (int row = 0; row < blocks.rows(); row++) {
        int window = blocks.window(plane, row);
        int corner = (plane * blocks.height() + row * rowStep) * blocks.pitch();
        for (int ow = 0; ow < horizontal.outputs(); ow++) {
          corners[window + ow] = corner + ow * step;
          columnCorners[window + ow] = columnRow(plane, row) + ow * step;
          places[window + ow] = row * rowStep * inW + ow * step;
        }
      }
    }
  }

  private void setTaps() {
    int taps = blocks.taps();
    tapOffsets = new int[taps];
    tapPlaces = new int[taps];
    columnOffsets = new int[(int) horizontal.kernel()];
    for (int kw = 0; kw < columnOffsets.length; kw++) {
      columnOffsets[kw] = kw * (int) horizontal.dilation();
    }
    for (int tap = 0; tap < taps; tap++) {
      long down = tap / horizontal.kernel() * vertical.dilation();
      long along = tap % horizontal.kernel() * horizontal.dilation();
      tapOffsets[tap] = (int) (down * blocks.pitch() + along);
      tapPlaces[tap] = (int) (down * horizontal.size() + along);
    }
  }

  /** Selects a block of some planes. */
  void select(long planeGroup, long block) {
    firstPlane = planeGroup * blocks.blockPlanes();
    planes = (int) Math.min(blocks.blockPlanes(), blocks.planes() - firstPlane);
    firstRow = block * blocks.rows();
    rows = (int) Math.min(blocks.rows(), vertical.outputs() - firstRow);
    windows = blocks.windows(planes, rows);
    top = vertical.position(firstRow, 0);
  }

  /** Loads the pixels. */
  void load(MemorySegment input) {
    int pitch = blocks.pitch();
    int height = blocks.height();
    int inside = Math.clamp(-top, 0, height);
    int beyond = Math.clamp(vertical.size() - top, inside, height);
    if (inside == 0 && beyond == height && pitch == horizontal.size()) {
      long index = firstPlane * planeSize() + top * pitch;
      copy(input, index, pixels, 0, planes * height * pitch);
      return;
    }
    for (int plane = 0; plane < planes; plane++) {
      int first = plane * height * pitch;
      Arrays.fill(pixels, first, first + inside * pitch, padding);
      Arrays.fill(pixels, first + beyond * pitch, first + height * pitch, padding);
      long index = (firstPlane + plane) * planeSize() + (top + inside) * horizontal.size();
      int width = (int) horizontal.size();
      if (pitch == width) {
        copy(input, index, pixels, first + inside * pitch, (beyond - inside) * pitch);
        continue;
      }
      int at = first + inside * pitch + (int) horizontal.padBefore();
      for (int row = inside; row < beyond; row++, index += width, at += pitch) {
        copy(input, index, pixels, at, width);
      }
    }
  }

  private long planeSize() {
    return vertical.size() * horizontal.size();
  }

  private static void copy(MemorySegment source, long index, double[] target, int at, int count) {
    MemorySegment.copy(source, JAVA_DOUBLE, index * Double.BYTES, target, at, count);
  }

  /** Finds the maxima. */
  void max() {
    if (blocks.rowsFirst()) {
      lay(0, columns);
      for (int kh = 1; kh < vertical.kernel(); kh++) {
        lay(kh, under);
        max(under, columns, columnsUsed());
      }
      maxOf(columns, columnCorners, columnOffsets);
    } else {
      maxOf(pixels, corners, tapOffsets);
    }
    for (int i = 0; i < windows; i++) {
      double max = results[i];
      if (max == 0 || !(Math.abs(max) < Double.MAX_VALUE)) {
        settle(i);
      }
    }
  }

  private void maxOf(double[] source, int[] from, int[] offsets) {
    gather(source, from, offsets[0], results);
    for (int tap = 1; tap < offsets.length; tap++) {
      gather(source, from, offsets[tap], line);
      max(line, results, windows);
    }
  }

  /** Finds the maxima and their taps, from the first tap to the last. */
  void locateMax() {
    gather(pixels, corners, 0, results);
    Arrays.fill(found, 0, windows, 0);
    // Differences of infinities would be NaN.
    raise(results, windows);
    for (int tap = 1; tap < tapOffsets.length; tap++) {
      gather(pixels, corners, tapOffsets[tap], line);
      select(line, tap, results, found, windows);
    }
    for (int i = 0; i < windows; i++) {
      if (!(Math.abs(results[i]) < Double.MAX_VALUE)) {
        settle(i);
      }
    }
  }

  /** Takes the values that were found, zeros with their sign. */
  void takeFound() {
    for (int i = 0; i < windows; i++) {
      int tap = (int) found[i];
      if (tap >= 0) {
        results[i] = pixels[corners[i] + tapOffsets[tap]];
      }
    }
  }

  /** Lays a row of pixels under each row of windows where the columns of those are. */
  private void lay(int kh, double[] target) {
    copyRows(pixels, kh, target, false);
  }

  /** Copies a row of taps between the pixels, or their gradients, and the columns. */
  private void copyRows(double[] from, int kh, double[] to, boolean back) {
    int pitch = blocks.pitch();
    int first = kh * (int) vertical.dilation() * pitch;
    if (blocks.dense()) {
      System.arraycopy(from, back ? 0 : first, to, back ? first : 0, columnsUsed());
      return;
    }
    int step = (int) vertical.stride() * pitch;
    for (int plane = 0; plane < planes; plane++) {
      int at = plane * blocks.height() * pitch + first;
      int column = columnRow(plane, 0);
      for (int row = 0; row < rows; row++, at += step, column += pitch) {
        System.arraycopy(from, back ? column : at, to, back ? at : column, pitch);
      }
    }
  }

  /** Returns where the columns of a row of windows begin. */
  private int columnRow(int plane, int row) {
    return (plane * (blocks.dense() ? blocks.height() : blocks.rows()) + row) * blocks.pitch();
  }

  private int columnsUsed() {
    return columnRow(planes - 1, rows - 1)
        + (blocks.dense() ? (int) (horizontal.outputs() + horizontal.reach()) : blocks.pitch());
  }

  /** Lays one tap of each window where the window is. */
  private void gather(double[] source, int[] from, int offset, double[] target) {
    if (blocks.dense()) {
      System.arraycopy(source, offset, target, 0, windows);
    } else {
      gather(source, from, offset, target, windows);
    }
  }

  /**
   * Looks tap by tap for a maximum that arithmetic cannot tell: NaN, what is infinite or not more
   * than padding; and for the sign of a zero.
   */
  private void settle(int window) {
    int length = blocks.dense() ? blocks.pitch() : (int) horizontal.outputs();
    int height = blocks.dense() ? blocks.height() : blocks.rows();
    int ow = window % length;
    int row = window / length % height;
    int best = -1;
    double max = Double.NEGATIVE_INFINITY;
    // Not what lies between the rows.
    for (int tap = 0; ow < horizontal.outputs() && row < rows && tap < tapOffsets.length; tap++) {
      long ih = vertical.position(firstRow + row, tap / horizontal.kernel());
      long iw = horizontal.position(ow, tap % horizontal.kernel());
      if (ih >= 0 && ih < vertical.size() && iw >= 0 && iw < horizontal.size()) {
        double value = pixels[corners[window] + tapOffsets[tap]];
        if (best < 0 || value > max || Double.isNaN(value)) {
          best = tap;
          max = value;
        }
        if (Double.isNaN(value)) {
          break;
        }
      }
    }
    found[window] = best;
    results[window] = max;
  }

  /** Stores where the maxima lie. */
  void storeIndices(MemorySegment target) {
    long first = top * horizontal.size() - horizontal.padBefore();
    for (int i = 0; i < windows; i++) {
      int tap = (int) found[i];
      indices[i] = tap < 0 ? -1 : first + places[i] + tapPlaces[tap];
    }
    long index = firstWindow() * Long.BYTES;
    if (contiguous()) {
      MemorySegment.copy(indices, 0, target, JAVA_LONG, index, windows);
      return;
    }
    int width = (int) horizontal.outputs();
    for (int plane = 0; plane < planes; plane++) {
      for (int row = 0; row < rows; row++, index += (long) width * Long.BYTES) {
        MemorySegment.copy(indices, blocks.window(plane, row), target, JAVA_LONG, index, width);
      }
    }
  }

  /** Returns whether windows lie as they do in the output. */
  private boolean contiguous() {
    return !blocks.dense()
        || (blocks.pitch() == horizontal.outputs() && (planes == 1 || blocks.height() == rows));
  }

  /** Returns the index of the first window in the output. */
  private long firstWindow() {
    return (firstPlane * vertical.outputs() + firstRow) * horizontal.outputs();
  }

  /** Stores the results. */
  void store(MemorySegment target) {
    long index = firstWindow() * Double.BYTES;
    if (contiguous()) {
      MemorySegment.copy(results, 0, target, JAVA_DOUBLE, index, windows);
      return;
    }
    int width = (int) horizontal.outputs();
    for (int plane = 0; plane < planes; plane++) {
      for (int row = 0; row < rows; row++, index += (long) width * Double.BYTES) {
        MemorySegment.copy(results, blocks.window(plane, row), target, JAVA_DOUBLE, index, width);
      }
    }
  }

  /** Loads the results: gradients of the output, zeros between the rows. */
  void loadGradients(MemorySegment source) {
    long index = firstWindow();
    if (contiguous()) {
      copy(source, index, results, 0, windows);
      return;
    }
    Arrays.fill(results, 0, windows, 0);
    int width = (int) horizontal.outputs();
    for (int plane = 0; plane < planes; plane++) {
      for (int row = 0; row < rows; row++, index += width) {
        copy(source, index, results, blocks.window(plane, row), width);
      }
    }
  }

  /** Zeroes the gradients of the pixels of some planes. */
  void zeroSums() {
    Arrays.fill(sums, 0, blocks.blockPlanes() * blocks.height() * blocks.pitch(), 0);
  }

  /** Adds the results to where the maxima lie. */
  void scatter() {
    for (int i = 0; i < windows; i++) {
      int tap = (int) found[i];
      if (tap >= 0) {
        sums[corners[i] + tapOffsets[tap]] += results[i];
      }
    }
  }

  /**
   * Adds up the windows: their rows from the first to the last, and then the columns; or tap by
   * tap, where rows are short.
   */
  void sum() {
    if (blocks.rowsFirst()) {
      lay(0, columns);
      for (int kh = 1; kh < vertical.kernel(); kh++) {
        lay(kh, under);
        add(under, columns, columnsUsed());
      }
      sumOf(columns, columnCorners, columnOffsets);
    } else {
      sumOf(pixels, corners, tapOffsets);
    }
  }

  private void sumOf(double[] source, int[] from, int[] offsets) {
    Arrays.fill(results, 0, windows, 0);
    for (int offset : offsets) {
      gather(source, from, offset, line);
      add(line, results, windows);
    }
  }

  /** Divides by the number of taps, or by the rule's own divisor. */
  void divide(AverageRule rule) {
    if (uniform(rule, down) && uniform(rule, along)) {
      divide(results, 0, windows, taps(rule, down, 0) * (double) divisor(rule, along, 0));
      return;
    }
    int width = (int) horizontal.outputs();
    if (divisors.length < width) {
      divisors = new double[width];
    }
    for (int ow = 0; ow < width; ow++) {
      divisors[ow] = divisor(rule, along, ow);
    }
    for (int row = 0; row < rows; row++) {
      // In floating point, where two large kernels cannot overflow.
      double height = taps(rule, down, firstRow + row);
      for (int plane = 0; plane < planes; plane++) {
        int first = blocks.window(plane, row);
        for (int ow = 0; ow < width; ow++) {
          results[first + ow] /= height * divisors[ow];
        }
      }
    }
  }

  private static void divide(double[] values, int from, int to, double divisor) {
    for (int i = from; i < to; i++) {
      values[i] /= divisor;
    }
  }

  /** Returns whether all windows have as many taps. */
  private static boolean uniform(AverageRule rule, SlidingAxis axis) {
    return rule.fixed() != 0
        || (divisor(rule, axis, 0) == axis.axis().kernel()
            && divisor(rule, axis, axis.outputs() - 1) == axis.axis().kernel());
  }

  private static double taps(AverageRule rule, SlidingAxis axis, long output) {
    return rule.fixed() != 0 ? 1 : divisor(rule, axis, output);
  }

  private static long divisor(AverageRule rule, SlidingAxis axis, long output) {
    if (rule.fixed() != 0) {
      return rule.fixed();
    }
    return Math.max(1, rule.countPadding() ? axis.countPadded(output) : axis.count(output));
  }

  /**
   * Adds the results to every pixel of their windows: first along the rows, then down; or tap by
   * tap, where rows are short.
   */
  void spread() {
    if (!blocks.rowsFirst()) {
      for (int offset : tapOffsets) {
        spread(results, corners, offset, sums, windows);
      }
      return;
    }
    Arrays.fill(columns, 0, columnsUsed(), 0);
    for (int offset : columnOffsets) {
      spread(results, columnCorners, offset, columns, windows);
    }
    boolean apart = vertical.reach() < vertical.stride();
    for (int kh = 0; kh < vertical.kernel(); kh++) {
      if (apart) {
        copyRows(columns, kh, sums, true);
      } else {
        copyRows(sums, kh, under, false);
        add(columns, under, columnsUsed());
        copyRows(under, kh, sums, true);
      }
    }
  }

  /** Stores the gradients of the pixels that no later block of the planes adds to. */
  void storeSums(MemorySegment target) {
    int pitch = blocks.pitch();
    int height = blocks.height();
    boolean last = firstRow + rows == vertical.outputs();
    int done = last ? height : rows * (int) vertical.stride();
    int inside = Math.clamp(-top, 0, done);
    int beyond = Math.clamp(vertical.size() - top, inside, done);
    int width = (int) horizontal.size();
    for (int plane = 0; plane < planes; plane++) {
      long index = (firstPlane + plane) * planeSize() + (top + inside) * width;
      int at = (plane * height + inside) * pitch;
      if (pitch == width) {
        store(at, target, index, (beyond - inside) * width);
      } else {
        at += (int) horizontal.padBefore();
        for (int row = inside; row < beyond; row++, index += width, at += pitch) {
          store(at, target, index, width);
        }
      }
    }
    if (last) {
      // Rows that no window reaches.
      long end = Math.min(vertical.size(), top + height);
      long rest = (vertical.size() - end) * width;
      Elements.zero(TYPE, target, firstPlane * planeSize() + end * width, rest);
    } else {
      System.arraycopy(sums, done * pitch, sums, 0, (height - done) * pitch);
      Arrays.fill(sums, (height - done) * pitch, height * pitch, 0);
    }
  }

  private void store(int at, MemorySegment target, long index, int count) {
    MemorySegment.copy(sums, at, target, JAVA_DOUBLE, index * Double.BYTES, count);
  }

  // The loops that take the time.

  private static void gather(double[] source, int[] from, int offset, double[] target, int count) {
    for (int i = 0; i < count; i++) {
      target[i] = source[from[i] + offset];
    }
  }

  private static void spread(double[] source, int[] to, int offset, double[] target, int count) {
    for (int i = 0; i < count; i++) {
      target[to[i] + offset] += source[i];
    }
  }

  private static void add(double[] source, double[] target, int count) {
    for (int i = 0; i < count; i++) {
      target[i] += source[i];
    }
  }

  private static void max(double[] source, double[] target, int count) {
    for (int i = 0; i < count; i++) {
      target[i] = Math.max(target[i], source[i]);
    }
  }

  private static void raise(double[] target, int count) {
    for (int i = 0; i < count; i++) {
      target[i] = Math.max(target[i], LEAST);
    }
  }

  /** Takes the greater values, and their tap for that of the less. None is −∞. */
  private static void select(
      double[] source, double tap, double[] target, double[] taps, int count) {
    for (int i = 0; i < count; i++) {
      double old = target[i];
      double max = Math.max(old, source[i]);
      // 1 where the value is greater, or else 0: C2 vectorises no choice, but this.
      taps[i] += Math.signum(max - old) * (tap - taps[i]);
      target[i] = max;
    }
  }
}
