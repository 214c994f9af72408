package io.github.colonnade.internal.conv.direct;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The two implementations of the kernels against plain sums, over awkward sizes. */
class TapKernelsTest {
  private static final int[] COUNTS = {1, 2, 7, 8, 13, 16, 31, 64, 65, 207};
  private static final int[] OUTS = {1, 2, 3, 4, 5, 8, 9};
  private static final int[] TAPS = {1, 2, 3, 9, 10, 25};

  private static final long WEIGHTS = 1000;
  private static final long TARGET = 2000;
  private static final long STRIDE = 211;
  private static final long SUMS = 5000;
  private static final long SCRATCH = 6000;
  private static final long ELEMENTS = 16_000;

  @ParameterizedTest
  @EnumSource
  void portableKernelsSumByTheDefinition(ElementType type) {
    check(TapKernels.portable(type), type, 0);
    check(TapKernels.portable(type), type, 700);
    check(TapKernels.portable(type), type, ELEMENTS - SCRATCH);
  }

  @ParameterizedTest
  @EnumSource
  void vectorKernelsSumByTheDefinition(ElementType type) {
    check(TapKernels.vectorized(type), type, 0);
  }

  private static void check(TapKernels kernels, ElementType type, long scratch) {
    SplittableRandom random = new SplittableRandom(5);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(ELEMENTS * type.bytes(), 64);
      for (int count : COUNTS) {
        for (int outs : OUTS) {
          for (int taps : TAPS) {
            int[] offsets = random.ints(taps, 0, 700).toArray();
            Run run = new Run(kernels, type, memory, offsets, outs, count, scratch);
            fill(random, type, memory);
            run.checkConvolve();
            fill(random, type, memory);
            run.checkCorrelate();
          }
        }
      }
    }
  }

  private static void fill(SplittableRandom random, ElementType type, MemorySegment memory) {
    for (long i = 0; i < ELEMENTS; i++) {
      Elements.set(type, memory, i, random.nextDouble(-1, 1));
    }
  }

  /** One size. */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares it.
  private record Run(
      TapKernels kernels,
      ElementType type,
      MemorySegment memory,
      int[] offsets,
      int outs,
      int count,
      long scratch) {

    void checkConvolve() {
      int taps = offsets.length;
      double[][] expected = new double[outs][count + 1];
      for (int j = 0; j < outs; j++) {
        for (int i = 0; i <= count; i++) {
          expected[j][i] = get(TARGET + j * STRIDE + i);
          for (int t = 0; t < taps && i < count; t++) {
            expected[j][i] += get(WEIGHTS + (long) j * taps + t) * get(3 + offsets[t] + i);
          }
        }
      }
      kernels.convolve(
          memory, WEIGHTS, offsets, taps, 3, TARGET, STRIDE, outs, count, SCRATCH, scratch);
      for (int j = 0; j < outs; j++) {
        for (int i = 0; i <= count; i++) {
          assertEquals(expected[j][i], get(TARGET + j * STRIDE + i), tolerance(taps), toString());
        }
      }
    }

    void checkCorrelate() {
      int taps = offsets.length;
      double[] expected = new double[outs * taps + 1];
      for (int j = 0; j < outs; j++) {
        for (int t = 0; t < taps; t++) {
          for (int i = 0; i < count; i++) {
            expected[j * taps + t] += get(TARGET + j * STRIDE + i) * get(3 + offsets[t] + i);
          }
        }
      }
      expected[outs * taps] = get(SUMS + (long) outs * taps);
      kernels.correlate(
          memory, TARGET, STRIDE, outs, offsets, taps, 3, count, SUMS, SCRATCH, scratch);
      for (int s = 0; s <= outs * taps; s++) {
        assertEquals(expected[s], get(SUMS + s), tolerance(count), toString());
      }
    }

    private double get(long index) {
      return Elements.get(type, memory, index);
    }

    private double tolerance(int terms) {
      return (terms + 2) * terms * (type == ElementType.F64 ? 0x1p-52 : 0x1p-23);
    }
  }
}
