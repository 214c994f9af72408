package io.github.colonnade.internal.conv;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every way to complete sums does the same, on numbers of every kind. */
class EpilogueTest {
  private static final double[] SUMS = {
    1.5,
    -1.5,
    0.0,
    -0.0,
    Double.NaN,
    -Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    -1
  };
  private static final double[] RECTIFIED = {
    1.5,
    0.0,
    0.0,
    -0.0,
    Double.NaN,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    0.0,
    Float.MIN_VALUE,
    0.0,
    Float.MAX_VALUE,
    0.0,
    0.0
  };
  private static final double OTHER = -7;

  @ParameterizedTest
  @EnumSource
  void neighboursAreCompletedAndNoOthers(ElementType type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment sums = spread(arena, type, 1);
      Epilogue.NONE.apply(type, sums, 1, SUMS.length);
      assertSpread(type, sums, 1, SUMS);
      Epilogue.RELU.apply(type, sums, 1, SUMS.length);
      assertSpread(type, sums, 1, RECTIFIED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void elementsApartAreCompletedAndNoneBetween(ElementType type) {
    for (int stride = 1; stride < 4; stride++) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment sums = spread(arena, type, stride);
        Epilogue.NONE.apply(type, sums, 1, stride, SUMS.length);
        assertSpread(type, sums, stride, SUMS);
        Epilogue.RELU.apply(type, sums, 1, stride, SUMS.length);
        assertSpread(type, sums, stride, RECTIFIED);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneSumIsCompletedAlike(Epilogue epilogue) {
    double[] expected = epilogue == Epilogue.NONE ? SUMS : RECTIFIED;
    for (int i = 0; i < SUMS.length; i++) {
      assertEquals(expected[i], epilogue.apply(SUMS[i]), "of " + SUMS[i]);
      assertEquals((float) expected[i], epilogue.apply((float) SUMS[i]), "of " + SUMS[i]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void gradientsPassWhereTheResultIsPositiveOrNan(ElementType type) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment results = spread(arena, type, 1);
      MemorySegment gradient = arena.allocate(results.byteSize(), 8);
      MemorySegment target = arena.allocate(results.byteSize(), 8);
      double[] passed = new double[SUMS.length];
      double[] all = new double[SUMS.length];
      for (int i = 0; i < SUMS.length; i++) {
        all[i] = 3 + i;
        passed[i] = SUMS[i] <= 0 ? 0 : all[i];
        Elements.set(type, gradient, 1L + i, all[i]);
      }
      for (long end : new long[] {0, SUMS.length + 1L}) {
        Elements.set(type, target, end, OTHER);
      }
      Epilogue.NONE.backward(type, results, gradient, target, 1, SUMS.length);
      assertSpread(type, target, 1, all);
      Epilogue.RELU.backward(type, results, gradient, target, 1, SUMS.length);
      assertSpread(type, target, 1, passed);
    }
  }

  /** Lays the sums out from index 1 on, with another number before, behind and between them. */
  private static MemorySegment spread(Arena arena, ElementType type, int stride) {
    long elements = 1 + (long) SUMS.length * stride + 1;
    MemorySegment segment = arena.allocate(elements * type.bytes(), 8);
    for (long i = 0; i < elements; i++) {
      Elements.set(type, segment, i, OTHER);
    }
    for (int i = 0; i < SUMS.length; i++) {
      Elements.set(type, segment, 1 + (long) i * stride, SUMS[i]);
    }
    return segment;
  }

  private static void assertSpread(
      ElementType type, MemorySegment segment, int stride, double... expected) {
    for (long i = 0; i < 2 + (long) SUMS.length * stride; i++) {
      long sum = (i - 1) / stride;
      boolean between = i == 0 || (i - 1) % stride != 0 || sum == SUMS.length;
      assertEquals(
          between ? OTHER : expected[(int) sum], Elements.get(type, segment, i), "element " + i);
    }
  }
}
