package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What pools promise beyond their sums: special values, gradients, adjoints, the same bits. */
class PoolBehaviourTest {
  private static final double NAN = Double.NaN;
  private static final double LEAST = Double.NEGATIVE_INFINITY;

  private final Arena arena = Arena.ofAuto();

  private MaxPooling2d.Maxima max(MaxPooling2d pool, DType dtype, long size, double... values) {
    return pool.forwardWithIndices(arena, tensor(dtype, values, 1, 1, size, size));
  }

  private Tensor tensor(DType dtype, double[] values, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (int i = 0; i < values.length; i++) {
      tensor.set(i, values[i]);
    }
    return tensor;
  }

  private Tensor random(long seed, DType dtype, long... shape) {
    return Guarded.random(arena, new SplittableRandom(seed), dtype, shape).tensor();
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void theFirstOfEqualValuesWins(DType dtype) {
    MaxPooling2d.Maxima maxima = max(AdaptiveMaxPool2d.global(), dtype, 2, -5, -3, -3, -4);
    assertEquals(-3, maxima.output().get(0));
    assertEquals(1, maxima.indices().get(0));
    maxima = max(AdaptiveMaxPool2d.global(), dtype, 2, -0.0, 0.0, -1, 0.0);
    assertEquals(0, maxima.indices().get(0));
    assertEquals(
        Double.doubleToRawLongBits(-0.0), Double.doubleToRawLongBits(maxima.output().get(0)));
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void theFirstNanWinsOverAll(DType dtype) {
    double inf = Double.POSITIVE_INFINITY;
    MaxPooling2d.Maxima maxima =
        max(MaxPool2d.builder(3, 3).build(), dtype, 3, 1, inf, 2, 3, NAN, inf, NAN, 4, 5);
    assertEquals(NAN, maxima.output().get(0));
    assertEquals(4, maxima.indices().get(0));
    maxima = max(AdaptiveMaxPool2d.global(), dtype, 2, NAN, 1, NAN, 2);
    assertEquals(0, maxima.indices().get(0));
  }

  /** Zeros of both signs, NaNs told apart by their bits, infinities: the same as by definition. */
  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void maximaAreCopiesOfTheFirst(DType dtype) {
    long[] specials =
        dtype == DType.F64
            ? new long[] {
              0,
              Long.MIN_VALUE,
              0x7ff8_0000_0000_0001L,
              0xfff8_0000_0000_0002L,
              Double.doubleToRawLongBits(Double.NEGATIVE_INFINITY),
              Double.doubleToRawLongBits(Double.POSITIVE_INFINITY),
              Double.doubleToRawLongBits(-1),
              0x8000_0000_0000_0001L,
              1
            }
            : new long[] {
              0,
              Integer.MIN_VALUE,
              0x7fc0_0001,
              0xffc0_0002,
              Float.floatToRawIntBits(Float.NEGATIVE_INFINITY),
              Float.floatToRawIntBits(Float.POSITIVE_INFINITY),
              Float.floatToRawIntBits(-1),
              0x8000_0001,
              1
            };
    for (long seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      PoolCase drawn = PoolCase.random(random);
      PoolLoops loops = drawn.loops();
      if (loops.vertical().outputs() == 0 || loops.horizontal().outputs() == 0) {
        continue;
      }
      // The first are the most frequent: else every window would hold a NaN.
      int[] weights = {0, 0, 0, 0, 1, 1, 1, 4, 4, 6, 6, 6, 7, 8, random.nextInt(9)};
      Tensor input = Tensor.allocate(arena, dtype, drawn.inputShape());
      for (long i = 0; i < input.elementCount(); i++) {
        setBits(input, i, specials[weights[random.nextInt(weights.length)]]);
      }
      long[] found = loops.argMax(input.toDoubleArray());
      MaxPool2d pool = drawn.maxPool();
      Tensor alone = pool.forward(arena, input);
      Tensor besideIndices = pool.forwardWithIndices(arena, input).output();
      Tensor expected = Tensor.allocate(arena, dtype, alone.shape());
      for (int i = 0; i < found.length; i++) {
        setBits(expected, i, found[i] < 0 ? specials[4] : bits(input, found[i]));
      }
      String what = "seed " + seed + ": " + drawn;
      assertEquals(-1, expected.segment().mismatch(alone.segment()), what);
      assertEquals(-1, expected.segment().mismatch(besideIndices.segment()), what);
    }
  }

  private static void setBits(Tensor tensor, long index, long bits) {
    if (tensor.dtype() == DType.F64) {
      tensor.segment().setAtIndex(ValueLayout.JAVA_LONG, index, bits);
    } else {
      tensor.segment().setAtIndex(ValueLayout.JAVA_INT, index, (int) bits);
    }
  }

  private static long bits(Tensor tensor, long index) {
    return tensor.dtype() == DType.F64
        ? tensor.segment().getAtIndex(ValueLayout.JAVA_LONG, index)
        : tensor.segment().getAtIndex(ValueLayout.JAVA_INT, index);
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void paddingIsLessThanAllNumbers(DType dtype) {
    MaxPool2d pool = MaxPool2d.builder(2, 2).padding(1).build();
    MaxPooling2d.Maxima maxima = max(pool, dtype, 2, -1, -2, LEAST, -4);
    assertArrayEquals(new double[] {-1, -2, LEAST, -4}, maxima.output().toDoubleArray());
    assertArrayEquals(new double[] {0, 1, 2, 3}, maxima.indices().toDoubleArray());
    maxima = max(pool, dtype, 2, LEAST, LEAST, LEAST, LEAST);
    assertArrayEquals(new double[] {0, 1, 2, 3}, maxima.indices().toDoubleArray());
  }

  @Test
  void aDivisorMayBeNegative() {
    try (Arena arena = Arena.ofConfined()) {
      AvgPool2d pool = AvgPool2d.builder(2, 2).divisorOverride(-2).build();
      for (DType dtype : new DType[] {DType.F64, DType.F32}) {
        Tensor output = pool.forward(arena, Tensor.allocate(arena, dtype, 1, 1, 4, 4).fill(1));
        assertArrayEquals(new double[] {-2, -2, -2, -2}, output.toDoubleArray());
        Tensor gradient = pool.backward(arena, output, 1, 1, 4, 4);
        for (double share : gradient.toDoubleArray()) {
          assertEquals(1, share);
        }
      }
    }
  }

  @Test
  void aRuleNeverPadsNegatively() {
    try (Arena arena = Arena.ofConfined()) {
      // TensorFlow's SAME: ⌈7 / 4⌉ windows of 2 at 0 and 4, nothing padded.
      double[] pixels = {1, 2, 3, 4, 5, 6, 7};
      Tensor input = Tensor.copyOf(arena, pixels, 1, 1, 1, 7);
      Tensor ones = Tensor.allocate(arena, DType.F64, 1, 1, 1, 2).fill(1);
      for (Padding same : new Padding[] {Padding.SAME_UPPER, Padding.SAME_LOWER}) {
        Conv2d conv = Conv2d.builder(1, 1, 1, 2).stride(1, 4).padding(same).build();
        MaxPool2d pool = MaxPool2d.builder(1, 2).stride(1, 4).padding(same).build();
        assertArrayEquals(
            new double[] {3, 11}, conv.forward(arena, input, ones, null).toDoubleArray());
        assertArrayEquals(new double[] {2, 6}, pool.forward(arena, input).toDoubleArray());
      }
    }
  }

  @Test
  void noImagesAreNoWork() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor none = Tensor.allocate(arena, DType.F32, 0, 2, 5, 5);
      long[] shape = {0, 2, 5, 5};
      assertArrayEquals(
          new long[] {0, 2, 2, 2}, MaxPool2d.builder(2, 2).build().forward(arena, none).shape());
      assertArrayEquals(
          new long[] {0, 2, 1, 1}, AdaptiveAvgPool2d.global().forward(arena, none).shape());
      assertArrayEquals(
          new long[] {0, 2, 7, 7},
          Pad2d.builder(Pad2d.Mode.REFLECT).padding(1).build().forward(arena, none).shape());
      Im2col columns = Im2col.builder(2, 2).layout(Im2col.Layout.BATCHED).build();
      assertArrayEquals(new long[] {0, 8, 16}, columns.im2col(arena, none).shape());
      assertArrayEquals(shape, columns.col2im(arena, columns.im2col(arena, none), shape).shape());
    }
  }

  @Test
  void aWindowOfPaddingAloneHasNoMaximumAndAverageZero() {
    Padding padding = Padding.of(0, 2, 0, 0);
    MaxPool2d max =
        MaxPool2d.builder(1, 2).stride(1, 2).padding(padding).rule(PoolingRule.ONNX).build();
    Tensor input = tensor(DType.F64, new double[] {-1, -2}, 1, 1, 1, 2);
    MaxPooling2d.Maxima maxima = max.forwardWithIndices(arena, input);
    assertArrayEquals(new double[] {LEAST, -1}, maxima.output().toDoubleArray());
    assertArrayEquals(new double[] {-1, 0}, maxima.indices().toDoubleArray());
    Tensor gradOutput = tensor(DType.F64, new double[] {5, 7}, 1, 1, 1, 2);
    Tensor gradInput = Tensor.allocate(arena, DType.F64, 1, 1, 1, 2);
    max.backwardFromIndices(maxima.indices(), gradOutput, gradInput);
    assertArrayEquals(new double[] {7, 0}, gradInput.toDoubleArray());
    assertArrayEquals(new double[] {7, 0}, max.backward(arena, input, gradOutput).toDoubleArray());
    AvgPool2d avg =
        AvgPool2d.builder(1, 2).stride(1, 2).padding(padding).rule(PoolingRule.ONNX).build();
    assertArrayEquals(new double[] {0, -1.5}, avg.forward(arena, input).toDoubleArray());
    assertArrayEquals(
        new double[] {3.5, 3.5}, avg.backward(arena, gradOutput, 1, 1, 1, 2).toDoubleArray());
  }

  @Test
  void theRulesDifferInDefaultsAndInHowMuchPaddingThereMayBe() {
    Tensor input = tensor(DType.F64, new double[] {1, 2, 3, 4}, 1, 1, 2, 2);
    Function<PoolingRule, double[]> average =
        rule ->
            AvgPool2d.builder(2, 2)
                .padding(1)
                .rule(rule)
                .build()
                .forward(arena, input)
                .toDoubleArray();
    assertArrayEquals(
        new double[] {0.25, 0.5, 0.75, 1}, average.apply(PoolingRule.PYTORCH), "stride 2, all 4");
    assertArrayEquals(
        new double[] {1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4},
        average.apply(PoolingRule.ONNX),
        "stride 1, pixels alone");
  }

  @Test
  void unpoolingUndoesPooling() {
    Tensor input = random(3, DType.F64, 2, 3, 7, 9);
    MaxPooling2d.Maxima maxima = MaxPool2d.builder(2, 3).build().forwardWithIndices(arena, input);
    Tensor restored = MaxUnpool2d.of(7, 9).forward(arena, maxima.output(), maxima.indices());
    int kept = 0;
    for (long i = 0; i < input.elementCount(); i++) {
      assertTrue(restored.get(i) == 0 || restored.get(i) == input.get(i));
      kept += restored.get(i) == 0 ? 0 : 1;
    }
    assertEquals(maxima.output().elementCount(), kept);
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void theLastOfEqualIndicesStays(DType dtype) {
    Tensor values = tensor(dtype, new double[] {5, 6, 7, 8}, 1, 1, 2, 2);
    Tensor indices = tensor(DType.I64, new double[] {2, 0, 2, 0}, 1, 1, 2, 2);
    Guarded output = Guarded.nan(arena, dtype, 1, 1, 1, 3);
    MaxUnpool2d.of(1, 3).forward(values, indices, output.tensor());
    assertArrayEquals(new double[] {8, 0, 7}, output.tensor().toDoubleArray());
    Tensor gradOutput = tensor(dtype, new double[] {1, 2, 3}, 1, 1, 1, 3);
    Guarded gradInput = Guarded.nan(arena, dtype, 1, 1, 2, 2);
    MaxUnpool2d.of(1, 3).backward(indices, gradOutput, gradInput.tensor());
    assertArrayEquals(new double[] {3, 1, 3, 1}, gradInput.tensor().toDoubleArray());
    output.assertCanariesAlive("output");
    gradInput.assertCanariesAlive("gradInput");
  }

  /** Tiles of indices, runs of a tile, and the rest: nothing is written, whoever finds it. */
  @Test
  void anIndexIsCheckedWhereverItLies() {
    long[] shape = {1, 1, 300, 301};
    Tensor values = random(1, DType.F32, shape);
    Tensor indices = Tensor.allocate(arena, DType.I64, shape);
    Tensor output = Tensor.allocate(arena, DType.F32, 1, 1, 2, 3).fill(5);
    for (int threads : new int[] {1, 2, 8}) {
      MaxUnpool2d unpool = MaxUnpool2d.of(2, 3).withThreads(threads);
      for (int at : new int[] {0, 1023, 1024, 32767, 32768, 90_111, 90_299}) {
        for (int index : new int[] {-1, 6}) {
          indices.set(at, index);
          IllegalArgumentException refused =
              assertThrows(
                  IllegalArgumentException.class, () -> unpool.forward(values, indices, output));
          assertEquals(
              "indices: element " + at + " is " + index + ", must be at least 0 and less than 6",
              refused.getMessage());
          assertArrayEquals(new double[] {5, 5, 5, 5, 5, 5}, output.toDoubleArray());
          indices.set(at, 0);
        }
      }
    }
  }

  @Test
  void gradientsMatchFiniteDifferences() {
    for (long seed = 0; seed < 60; seed++) {
      PoolCase drawn = PoolCase.random(new SplittableRandom(seed));
      PoolLoops loops = drawn.loops();
      if (loops.vertical().outputs() == 0 || loops.horizontal().outputs() == 0) {
        continue;
      }
      long[] shape = drawn.inputShape();
      // A shuffle of well separated values has no ties within a step.
      Tensor input = shuffled(seed, shape);
      MaxPool2d max = drawn.maxPool();
      Tensor maxGradient = random(seed, DType.F64, max.outputShape(shape));
      assertSlopes(
          "max " + drawn,
          x -> max.forward(arena, x),
          maxGradient,
          max.backward(arena, input, maxGradient),
          input);
      AvgPool2d avg = drawn.dilation(1, 1).avgPool().build();
      Tensor avgGradient = random(seed, DType.F64, avg.outputShape(shape));
      assertSlopes(
          "avg " + drawn,
          x -> avg.forward(arena, x),
          avgGradient,
          avg.backward(arena, avgGradient, shape),
          input);
    }
    Tensor input = shuffled(1, 1, 2, 7, 5);
    AdaptiveMaxPool2d max = AdaptiveMaxPool2d.of(3, 4);
    AdaptiveAvgPool2d avg = AdaptiveAvgPool2d.of(3, 4);
    Tensor gradient = random(1, DType.F64, 1, 2, 3, 4);
    assertSlopes(
        "adaptive max",
        x -> max.forward(arena, x),
        gradient,
        max.backward(arena, input, gradient),
        input);
    assertSlopes(
        "adaptive avg",
        x -> avg.forward(arena, x),
        gradient,
        avg.backward(arena, gradient, 1, 2, 7, 5),
        input);
  }

  private Tensor shuffled(long seed, long... shape) {
    Tensor tensor = Tensor.allocate(arena, DType.F64, shape);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < tensor.elementCount(); i++) {
      int other = random.nextInt(i + 1);
      tensor.set(i, tensor.get(other));
      tensor.set(other, i - 20);
    }
    return tensor;
  }

  /** Steps each pixel by ±1/4: pools are linear that far, so that only rounding remains. */
  private static void assertSlopes(
      String what,
      Function<Tensor, Tensor> forward,
      Tensor gradOutput,
      Tensor gradInput,
      Tensor input) {
    double step = 0.25;
    for (long i = 0; i < input.elementCount(); i++) {
      double value = input.get(i);
      input.set(i, value + step);
      double above = dot(forward.apply(input), gradOutput);
      input.set(i, value - step);
      double below = dot(forward.apply(input), gradOutput);
      input.set(i, value);
      assertEquals((above - below) / (2 * step), gradInput.get(i), 1e-9, what + " at " + i);
    }
  }

  /** Returns Σ a·b, where −∞ is the maximum of no pixel, on which nothing depends. */
  private static double dot(Tensor a, Tensor b) {
    double sum = 0;
    for (long i = 0; i < a.elementCount(); i++) {
      sum += a.get(i) == LEAST ? 0 : a.get(i) * b.get(i);
    }
    return sum;
  }

  @Test
  void backwardIsTheAdjointOfForward() {
    for (long seed = 0; seed < 100; seed++) {
      PoolCase drawn = PoolCase.of(2, 3, 9, 8, 3, 4).stride(1 + seed % 3, 2).padding(1, 2, 1, 0);
      AvgPool2d avg = drawn.avgPool().countIncludePad(seed % 2 == 0).build();
      Tensor x = random(seed, DType.F64, 2, 3, 9, 8);
      Tensor y = random(seed + 1, DType.F64, avg.outputShape(2, 3, 9, 8));
      assertEquals(
          dot(avg.forward(arena, x), y),
          dot(x, avg.backward(arena, y, 2, 3, 9, 8)),
          1e-12,
          drawn.toString());

      MaxPooling2d.Maxima maxima = MaxPool2d.builder(3, 2).build().forwardWithIndices(arena, x);
      MaxUnpool2d unpool = MaxUnpool2d.of(9, 8);
      assertEquals(
          dot(unpool.forward(arena, maxima.output(), maxima.indices()), x),
          dot(maxima.output(), unpool.backward(arena, maxima.indices(), x)),
          1e-12);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void theBitsDoNotDependOnTheThreads(DType dtype) {
    long[] shape = {3, 5, 61, 67};
    Tensor input = random(1, dtype, shape);
    double[][] first = null;
    for (int threads : new int[] {1, 2, 3, 8}) {
      MaxPool2d max = MaxPool2d.builder(3, 3).stride(2).padding(1).threads(threads).build();
      AvgPool2d avg = AvgPool2d.builder(3, 3).stride(2).padding(1).threads(threads).build();
      AdaptiveAvgPool2d adaptive = AdaptiveAvgPool2d.of(7, 9).withThreads(threads);
      MaxUnpool2d unpool = MaxUnpool2d.of(61, 67).withThreads(threads);
      assertEquals(threads, max.threads());
      assertEquals(threads, adaptive.threads());
      assertEquals(threads, unpool.threads());
      MaxPooling2d.Maxima maxima = max.forwardWithIndices(arena, input);
      Tensor averages = avg.forward(arena, input);
      Tensor few = adaptive.forward(arena, input);
      double[][] results = {
        maxima.output().toDoubleArray(),
        maxima.indices().toDoubleArray(),
        max.backward(arena, input, averages).toDoubleArray(),
        averages.toDoubleArray(),
        avg.backward(arena, averages, shape).toDoubleArray(),
        few.toDoubleArray(),
        adaptive.backward(arena, few, shape).toDoubleArray(),
        unpool.forward(arena, maxima.output(), maxima.indices()).toDoubleArray(),
        unpool.backward(arena, maxima.indices(), input).toDoubleArray()
      };
      first = first == null ? results : first;
      for (int i = 0; i < results.length; i++) {
        assertArrayEquals(first[i], results[i], "result " + i + " at " + threads + " threads");
      }
    }
  }
}
