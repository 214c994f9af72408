package io.github.colonnade.internal.conv.direct;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Direct convolution by the Vector API: sums stay in registers over all taps. The single-precision
 * twin is derived from this file by the build.
 */
final class F64VectorTapKernels implements TapKernels {
  static final TapKernels INSTANCE = new F64VectorTapKernels();

  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final long LANES = SPECIES.length();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private F64VectorTapKernels() {}

  @Override
  public boolean usesScratch() {
    return false;
  }

  @Override
  public void convolve(
      MemorySegment memory,
      long weights,
      int[] offsets,
      int taps,
      long source,
      long target,
      long targetStride,
      int outs,
      long count,
      long scratch,
      long scratchElements) {
    int j = 0;
    for (; j + 3 < outs; j += 4) {
      long to = target + j * targetStride;
      four(memory, weights + (long) j * taps, offsets, taps, source, to, targetStride, count);
    }
    for (; j < outs; j++) {
      long to = target + j * targetStride;
      one(memory, weights + (long) j * taps, offsets, taps, source, to, count);
    }
  }

  /** One target, four vectors at a time, so that the additions of one tap do not wait. */
  private static void one(
      MemorySegment memory,
      long weights,
      int[] offsets,
      int taps,
      long source,
      long target,
      long count) {
    long i = 0;
    for (; i + 4 * LANES <= count; i += 4 * LANES) {
      DoubleVector a = load(memory, target + i);
      DoubleVector b = load(memory, target + i + LANES);
      DoubleVector c = load(memory, target + i + 2 * LANES);
      DoubleVector d = load(memory, target + i + 3 * LANES);
      for (int t = 0; t < taps; t++) {
        DoubleVector w = weight(memory, weights + t);
        long x = source + offsets[t] + i;
        a = w.fma(load(memory, x), a);
        b = w.fma(load(memory, x + LANES), b);
        c = w.fma(load(memory, x + 2 * LANES), c);
        d = w.fma(load(memory, x + 3 * LANES), d);
      }
      store(a, memory, target + i);
      store(b, memory, target + i + LANES);
      store(c, memory, target + i + 2 * LANES);
      store(d, memory, target + i + 3 * LANES);
    }
    rest(memory, weights, offsets, taps, source, target, i, count);
  }

  /** Four targets, two vectors of each, so that a source vector is loaded once for all. */
  private static void four(
      MemorySegment memory,
      long weights,
      int[] offsets,
      int taps,
      long source,
      long target,
      long stride,
      long count) {
    long target1 = target + stride;
    long target2 = target1 + stride;
    long target3 = target2 + stride;
    long i = 0;
    for (; i + 2 * LANES <= count; i += 2 * LANES) {
      DoubleVector a0 = load(memory, target + i);
      DoubleVector a1 = load(memory, target + i + LANES);
      DoubleVector b0 = load(memory, target1 + i);
      DoubleVector b1 = load(memory, target1 + i + LANES);
      DoubleVector c0 = load(memory, target2 + i);
      DoubleVector c1 = load(memory, target2 + i + LANES);
      DoubleVector d0 = load(memory, target3 + i);
      DoubleVector d1 = load(memory, target3 + i + LANES);
      for (int t = 0; t < taps; t++) {
        long x = source + offsets[t] + i;
        DoubleVector x0 = load(memory, x);
        DoubleVector x1 = load(memory, x + LANES);
        DoubleVector w = weight(memory, weights + t);
        a0 = w.fma(x0, a0);
        a1 = w.fma(x1, a1);
        w = weight(memory, weights + taps + t);
        b0 = w.fma(x0, b0);
        b1 = w.fma(x1, b1);
        w = weight(memory, weights + 2L * taps + t);
        c0 = w.fma(x0, c0);
        c1 = w.fma(x1, c1);
        w = weight(memory, weights + 3L * taps + t);
        d0 = w.fma(x0, d0);
        d1 = w.fma(x1, d1);
      }
      store(a0, memory, target + i);
      store(a1, memory, target + i + LANES);
      store(b0, memory, target1 + i);
      store(b1, memory, target1 + i + LANES);
      store(c0, memory, target2 + i);
      store(c1, memory, target2 + i + LANES);
      store(d0, memory, target3 + i);
      store(d1, memory, target3 + i + LANES);
    }
    rest(memory, weights, offsets, taps, source, target, i, count);
    rest(memory, weights + taps, offsets, taps, source, target1, i, count);
    rest(memory, weights + 2L * taps, offsets, taps, source, target2, i, count);
    rest(memory, weights + 3L * taps, offsets, taps, source, target3, i, count);
  }

  /** The elements from {@code from} on, a vector or less at a time. */
  private static void rest(
      MemorySegment memory,
      long weights,
      int[] offsets,
      int taps,
      long source,
      long target,
      long from,
      long count) {
    for (long i = from; i < count; i += LANES) {
      VectorMask<Double> mask = SPECIES.indexInRange(i, count);
      DoubleVector sum = load(memory, target + i, mask);
      for (int t = 0; t < taps; t++) {
        DoubleVector w = weight(memory, weights + t);
        sum = w.fma(load(memory, source + offsets[t] + i, mask), sum);
      }
      sum.intoMemorySegment(memory, (target + i) * Double.BYTES, ORDER, mask);
    }
  }

  @Override
  public void correlate(
      MemorySegment memory,
      long gradient,
      long gradientStride,
      int outs,
      int[] offsets,
      int taps,
      long source,
      long count,
      long sums,
      long scratch,
      long scratchElements) {
    for (int j = 0; j < outs; j++) {
      long g = gradient + j * gradientStride;
      long to = sums + (long) j * taps;
      int t = 0;
      for (; t + 2 < taps; t += 3) {
        long x = source + offsets[t];
        long y = source + offsets[t + 1];
        long z = source + offsets[t + 2];
        threeSums(memory, g, x, y, z, count, to + t);
      }
      for (; t < taps; t++) {
        sum(memory, g, source + offsets[t], count, to + t);
      }
    }
  }

  /** Three taps at once, so that a gradient vector is loaded once for all. */
  private static void threeSums(
      MemorySegment memory, long gradient, long x, long y, long z, long count, long sums) {
    DoubleVector a0 = DoubleVector.zero(SPECIES);
    DoubleVector a1 = a0;
    DoubleVector b0 = a0;
    DoubleVector b1 = a0;
    DoubleVector c0 = a0;
    DoubleVector c1 = a0;
    long i = 0;
    for (; i + 2 * LANES <= count; i += 2 * LANES) {
      DoubleVector g0 = load(memory, gradient + i);
      DoubleVector g1 = load(memory, gradient + i + LANES);
      a0 = g0.fma(load(memory, x + i), a0);
      a1 = g1.fma(load(memory, x + i + LANES), a1);
      b0 = g0.fma(load(memory, y + i), b0);
      b1 = g1.fma(load(memory, y + i + LANES), b1);
      c0 = g0.fma(load(memory, z + i), c0);
      c1 = g1.fma(load(memory, z + i + LANES), c1);
    }
    for (; i < count; i += LANES) {
      VectorMask<Double> mask = SPECIES.indexInRange(i, count);
      DoubleVector g = load(memory, gradient + i, mask);
      a0 = g.fma(load(memory, x + i, mask), a0);
      b0 = g.fma(load(memory, y + i, mask), b0);
      c0 = g.fma(load(memory, z + i, mask), c0);
    }
    memory.setAtIndex(JAVA_DOUBLE, sums, a0.add(a1).reduceLanes(VectorOperators.ADD));
    memory.setAtIndex(JAVA_DOUBLE, sums + 1, b0.add(b1).reduceLanes(VectorOperators.ADD));
    memory.setAtIndex(JAVA_DOUBLE, sums + 2, c0.add(c1).reduceLanes(VectorOperators.ADD));
  }

  private static void sum(MemorySegment memory, long gradient, long x, long count, long sum) {
    DoubleVector a = DoubleVector.zero(SPECIES);
    for (long i = 0; i < count; i += LANES) {
      VectorMask<Double> mask = SPECIES.indexInRange(i, count);
      a = load(memory, gradient + i, mask).fma(load(memory, x + i, mask), a);
    }
    memory.setAtIndex(JAVA_DOUBLE, sum, a.reduceLanes(VectorOperators.ADD));
  }

  private static DoubleVector load(MemorySegment memory, long index) {
    return DoubleVector.fromMemorySegment(SPECIES, memory, index * Double.BYTES, ORDER);
  }

  private static DoubleVector load(MemorySegment memory, long index, VectorMask<Double> mask) {
    return DoubleVector.fromMemorySegment(SPECIES, memory, index * Double.BYTES, ORDER, mask);
  }

  private static DoubleVector weight(MemorySegment memory, long index) {
    return DoubleVector.broadcast(SPECIES, memory.getAtIndex(JAVA_DOUBLE, index));
  }

  private static void store(DoubleVector vector, MemorySegment memory, long index) {
    vector.intoMemorySegment(memory, index * Double.BYTES, ORDER);
  }
}
