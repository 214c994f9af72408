package io.github.colonnade.internal.kernel;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/** Portable loops; the single-precision twin is derived from this file by the build. */
final class F64PoolKernels implements PoolKernels {
  static final PoolKernels INSTANCE = new F64PoolKernels();

  /** The index of a window that holds no pixel. */
  private static final long NOWHERE = -1;

  private F64PoolKernels() {}

  @Override
  public void maxForward(
      PoolGeometry geometry,
      long row,
      MemorySegment input,
      MemorySegment output,
      MemorySegment indices) {
    Rows rows = Rows.of(geometry, row);
    for (long ow = 0; ow < rows.outputs; ow++) {
      long at = rows.argMax(input, ow);
      double max = at == NOWHERE ? Double.NEGATIVE_INFINITY : input.getAtIndex(JAVA_DOUBLE, at);
      output.setAtIndex(JAVA_DOUBLE, rows.firstOutput + ow, max);
      if (indices != null) {
        long index = at == NOWHERE ? NOWHERE : at - rows.plane;
        indices.setAtIndex(JAVA_LONG, rows.firstOutput + ow, index);
      }
    }
  }

  @Override
  public void maxBackward(
      PoolGeometry geometry,
      long row,
      MemorySegment input,
      MemorySegment gradOutput,
      MemorySegment gradInput) {
    Rows rows = Rows.of(geometry, row);
    for (long ow = 0; ow < rows.outputs; ow++) {
      long at = rows.argMax(input, ow);
      if (at != NOWHERE) {
        add(gradInput, at, gradOutput.getAtIndex(JAVA_DOUBLE, rows.firstOutput + ow));
      }
    }
  }

  @Override
  public void scatterAdd(
      PoolGeometry geometry,
      long plane,
      MemorySegment indices,
      MemorySegment gradOutput,
      MemorySegment gradInput) {
    long target = plane * geometry.inPlane();
    long first = plane * geometry.outPlane();
    for (long i = first; i < first + geometry.outPlane(); i++) {
      long index = indices.getAtIndex(JAVA_LONG, i);
      if (index >= 0) {
        add(gradInput, target + index, gradOutput.getAtIndex(JAVA_DOUBLE, i));
      }
    }
  }

  @Override
  public void averageForward(
      PoolGeometry geometry,
      AverageRule rule,
      long row,
      MemorySegment input,
      MemorySegment output) {
    Rows rows = Rows.of(geometry, row);
    for (long ow = 0; ow < rows.outputs; ow++) {
      double average = rows.isEmpty(ow) ? 0 : rows.sum(input, ow) / rows.divisor(rule, ow);
      output.setAtIndex(JAVA_DOUBLE, rows.firstOutput + ow, average);
    }
  }

  @Override
  public void averageBackward(
      PoolGeometry geometry,
      AverageRule rule,
      long row,
      MemorySegment gradOutput,
      MemorySegment gradInput) {
    Rows rows = Rows.of(geometry, row);
    for (long ow = 0; ow < rows.outputs; ow++) {
      if (!rows.isEmpty(ow)) {
        double gradient = gradOutput.getAtIndex(JAVA_DOUBLE, rows.firstOutput + ow);
        rows.addToAll(gradInput, ow, gradient / rows.divisor(rule, ow));
      }
    }
  }

  private static void add(MemorySegment target, long index, double value) {
    target.setAtIndex(JAVA_DOUBLE, index, target.getAtIndex(JAVA_DOUBLE, index) + value);
  }

  /** The windows of one output row. */
  private record Rows(
      PoolAxis horizontal,
      long outputs,
      long firstOutput,
      long plane,
      long firstRow,
      long count,
      long countPadded,
      long pitch) {

    static Rows of(PoolGeometry geometry, long row) {
      PoolAxis vertical = geometry.vertical();
      PoolAxis horizontal = geometry.horizontal();
      long plane = row / vertical.outputs() * geometry.inPlane();
      long oh = row % vertical.outputs();
      return new Rows(
          horizontal,
          horizontal.outputs(),
          row * horizontal.outputs(),
          plane,
          plane + vertical.first(oh) * horizontal.inputs(),
          vertical.count(oh),
          vertical.countPadded(oh),
          vertical.dilation() * horizontal.inputs());
    }

    boolean isEmpty(long ow) {
      return count == 0 || horizontal.count(ow) == 0;
    }

    /** Counts in floating point, where two large kernels cannot overflow. */
    double divisor(AverageRule rule, long ow) {
      if (rule.fixed() != 0) {
        return rule.fixed();
      }
      return rule.countPadding()
          ? (double) countPadded * horizontal.countPadded(ow)
          : (double) count * horizontal.count(ow);
    }

    /** Returns where the first NaN of a window lies, or else the first of its largest values. */
    long argMax(MemorySegment input, long ow) {
      long columns = horizontal.count(ow);
      if (count == 0 || columns == 0) {
        return NOWHERE;
      }
      long step = horizontal.dilation();
      long corner = firstRow + horizontal.first(ow);
      long at = corner;
      double max = input.getAtIndex(JAVA_DOUBLE, corner);
      for (long kh = 0; kh < count; kh++) {
        long position = corner + kh * pitch;
        for (long kw = 0; kw < columns; kw++, position += step) {
          double value = input.getAtIndex(JAVA_DOUBLE, position);
          // Written so that a NaN replaces a number, and nothing a NaN.
          if (!(value <= max) && !Double.isNaN(max)) {
            max = value;
            at = position;
          }
        }
      }
      return at;
    }

    /** Returns the sum of a window, added up row by row to keep the rounding small. */
    double sum(MemorySegment input, long ow) {
      long columns = horizontal.count(ow);
      long corner = firstRow + horizontal.first(ow);
      double sum = 0;
      for (long kh = 0; kh < count; kh++) {
        long position = corner + kh * pitch;
        double rowSum = 0;
        for (long kw = 0; kw < columns; kw++) {
          rowSum += input.getAtIndex(JAVA_DOUBLE, position + kw);
        }
        sum += rowSum;
      }
      return sum;
    }

    void addToAll(MemorySegment target, long ow, double value) {
      long columns = horizontal.count(ow);
      long corner = firstRow + horizontal.first(ow);
      for (long kh = 0; kh < count; kh++) {
        long position = corner + kh * pitch;
        for (long kw = 0; kw < columns; kw++) {
          add(target, position + kw, value);
        }
      }
    }
  }
}
