package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Pools and their gradients against plain loops. */
class PoolTest {
  private static final DType[] TYPES = {DType.F64, DType.F32};

  private static Map<String, PoolCase> namedCases() {
    Map<String, PoolCase> cases = new LinkedHashMap<>();
    cases.put("2x2", PoolCase.of(2, 3, 8, 10, 2, 2));
    cases.put("2x2 with remainder", PoolCase.of(2, 3, 9, 11, 2, 2));
    cases.put(
        "3x3 stride 2 padded", PoolCase.of(2, 2, 9, 12, 3, 3).stride(2, 2).padding(1, 1, 1, 1));
    cases.put("3x3 stride 1", PoolCase.of(1, 2, 7, 8, 3, 3).stride(1, 1).padding(1, 1, 1, 1));
    cases.put("asymmetric", PoolCase.of(1, 2, 7, 9, 5, 4).stride(2, 3).padding(2, 0, 1, 2));
    cases.put("stride above kernel", PoolCase.of(1, 2, 11, 13, 2, 3).stride(4, 5));
    cases.put(
        "dilation",
        PoolCase.of(1, 2, 12, 13, 3, 2).stride(2, 1).dilation(2, 5).padding(1, 1, 1, 1));
    cases.put(
        "dilation beyond the input",
        PoolCase.of(1, 1, 3, 3, 2, 2).stride(1, 1).dilation(4, 4).padding(1, 1, 1, 1));
    cases.put("1x1", PoolCase.of(1, 2, 5, 6, 1, 1));
    cases.put("kernel = input", PoolCase.of(2, 3, 5, 4, 5, 4));
    cases.put("1-pixel image", PoolCase.of(1, 1, 1, 1, 1, 1));
    cases.put("batch 0", PoolCase.of(0, 3, 5, 5, 2, 2));
    cases.put("channels 0", PoolCase.of(2, 0, 5, 5, 2, 2));
    cases.put("ceil", PoolCase.of(1, 2, 6, 7, 3, 3).stride(2, 2).ceil());
    cases.put("ceil padded", PoolCase.of(1, 2, 4, 4, 3, 3).stride(2, 2).padding(1, 1, 1, 1).ceil());
    cases.put(
        "ceil without a window in the padding behind",
        PoolCase.of(1, 1, 2, 2, 3, 3).padding(1, 1, 1, 1).ceil());
    cases.put("ceil with kernel above input", PoolCase.of(1, 1, 2, 2, 3, 3).stride(2, 2).ceil());
    cases.put("ceil with stride above kernel", PoolCase.of(1, 1, 6, 9, 1, 2).stride(4, 5).ceil());
    cases.put("same upper", PoolCase.of(1, 2, 7, 8, 3, 4).stride(2, 3).padding(Padding.SAME_UPPER));
    cases.put("same lower", PoolCase.of(1, 2, 7, 8, 3, 4).stride(2, 3).padding(Padding.SAME_LOWER));
    cases.put(
        "onnx padding above kernel",
        PoolCase.of(1, 2, 4, 5, 2, 2).stride(1, 1).padding(5, 3, 4, 6).onnx());
    cases.put(
        "onnx dilated same",
        PoolCase.of(1, 2, 9, 8, 3, 2)
            .stride(2, 2)
            .dilation(3, 2)
            .padding(Padding.SAME_LOWER)
            .onnx());
    cases.put(
        "onnx ceil", PoolCase.of(1, 2, 4, 5, 2, 3).stride(3, 2).padding(3, 0, 2, 4).onnx().ceil());
    cases.put("many tiles", PoolCase.of(3, 7, 65, 63, 3, 3).stride(2, 2).padding(1, 1, 1, 1));
    cases.put(
        "one large plane", PoolCase.of(1, 1, 151, 149, 5, 5).stride(1, 2).padding(2, 2, 2, 2));
    cases.put("planes of one window", PoolCase.of(5, 30, 7, 7, 7, 7).stride(1, 1));
    cases.put(
        "small padded planes", PoolCase.of(3, 20, 13, 13, 3, 3).stride(2, 2).padding(1, 1, 1, 1));
    cases.put("planes of 64 × 64", PoolCase.of(2, 2, 64, 64, 3, 3).stride(1, 2));
    cases.put("planes of 64 × 65", PoolCase.of(2, 2, 64, 65, 3, 3).stride(2, 1));
    cases.put(
        "blocks of dense rows", PoolCase.of(2, 3, 57, 55, 5, 3).stride(1, 1).padding(2, 1, 2, 1));
    cases.put("blocks with rows between", PoolCase.of(1, 3, 151, 60, 2, 2).stride(5, 3));
    cases.put(
        "blocks of dilated rows",
        PoolCase.of(1, 2, 90, 61, 3, 3).stride(2, 1).dilation(4, 3).padding(1, 1, 1, 1));
    cases.put("one row fills a block", PoolCase.of(1, 2, 7, 2600, 3, 3).stride(2, 1));
    cases.put("64 taps", PoolCase.of(2, 2, 40, 40, 8, 8).stride(3, 3).padding(4, 4, 4, 4));
    cases.put("65 taps", PoolCase.of(2, 2, 40, 40, 13, 5).stride(3, 3).padding(2, 2, 2, 2));
    cases.put("wide", PoolCase.of(1, 2, 4, 4499, 3, 3).stride(1, 2).padding(1, 1, 1, 1));
    cases.put("wide, every column", PoolCase.of(1, 1, 3, 5001, 2, 5).stride(1, 1));
    cases.put(
        "wide, dilated across blocks",
        PoolCase.of(1, 1, 3, 7001, 2, 3).stride(1, 3).dilation(1, 2500).padding(0, 1, 0, 1));
    cases.put("wide kernel", PoolCase.of(1, 1, 2, 5003, 2, 4501).stride(1, 100));
    cases.put("wide stride", PoolCase.of(1, 1, 2, 9000, 2, 2).stride(1, 3000));
    cases.put("one wide window", PoolCase.of(2, 1, 2, 4099, 2, 4099));
    cases.put(
        "more padding than pixels",
        PoolCase.of(1, 2, 2, 3, 3, 9).stride(1, 1).padding(4, 40, 3, 30).onnx());
    return cases;
  }

  @TestFactory
  Stream<DynamicTest> namedPools() {
    return namedCases().entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(entry.getKey(), () -> assertPools(entry.getValue(), 7)));
  }

  @Test
  void randomPools() {
    int tooLarge = 0;
    for (long seed = 0; seed < 1500; seed++) {
      PoolCase drawn = PoolCase.random(new SplittableRandom(seed));
      try {
        PoolLoops loops = drawn.loops();
        if (loops.vertical().outputs() == 0 || loops.horizontal().outputs() == 0) {
          tooLarge++;
          assertThrows(
              IllegalArgumentException.class,
              () -> drawn.maxPool().outputShape(drawn.inputShape()));
        } else {
          assertPools(drawn, seed);
        }
      } catch (AssertionError | RuntimeException failure) {
        throw new AssertionError("seed " + seed + ": " + drawn, failure);
      }
    }
    assertTrue(tooLarge > 20 && tooLarge < 1000, tooLarge + " kernels too large");
  }

  @Test
  void randomAdaptivePools() {
    for (long seed = 0; seed < 1000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long h = random.nextInt(1, 20);
      long w = random.nextInt(1, 20);
      long oh = random.nextInt(1, 12);
      long ow = random.nextInt(1, 12);
      long[] shape = {random.nextInt(0, 3), random.nextInt(1, 4), h, w};
      PoolLoops loops =
          new PoolLoops(PoolLoops.Axis.adaptive(h, oh), PoolLoops.Axis.adaptive(w, ow));
      String what = "seed " + seed + ": " + Arrays.toString(shape) + " to " + oh + "×" + ow;
      for (DType dtype : TYPES) {
        assertMax(what, AdaptiveMaxPool2d.of(oh, ow), loops, dtype, seed, shape);
        assertAverage(
            what,
            AdaptiveAvgPool2d.of(oh, ow),
            loops,
            (inside, padded) -> inside,
            dtype,
            seed,
            shape);
      }
    }
  }

  @Test
  void wideAdaptivePools() {
    long[] shape = {1, 2, 3, 4103};
    for (long ow : new long[] {1, 3, 700, 6000}) {
      PoolLoops loops =
          new PoolLoops(PoolLoops.Axis.adaptive(3, 2), PoolLoops.Axis.adaptive(4103, ow));
      for (DType dtype : TYPES) {
        String what = dtype + " to " + ow;
        assertMax(what, AdaptiveMaxPool2d.of(2, ow), loops, dtype, ow, shape);
        assertAverage(
            what, AdaptiveAvgPool2d.of(2, ow), loops, (inside, padded) -> inside, dtype, ow, shape);
      }
    }
  }

  @Test
  void globalPoolsAreOneWindow() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = Tensor.copyOf(arena, new double[] {1, 2, 3, 4, 5, 9, 7, 9}, 1, 2, 2, 2);
      Tensor averages = AdaptiveAvgPool2d.global().forward(arena, input);
      assertArrayEquals(new long[] {1, 2, 1, 1}, averages.shape());
      assertArrayEquals(new double[] {2.5, 7.5}, averages.toDoubleArray());
      MaxPooling2d.Maxima maxima = AdaptiveMaxPool2d.global().forwardWithIndices(arena, input);
      assertArrayEquals(new double[] {4, 9}, maxima.output().toDoubleArray());
      assertArrayEquals(new double[] {3, 1}, maxima.indices().toDoubleArray());
    }
  }

  private static void assertPools(PoolCase drawn, long seed) {
    PoolLoops loops = drawn.loops();
    PoolCase flat = drawn.dilation(1, 1);
    PoolLoops flatLoops = flat.loops();
    boolean fits = flatLoops.vertical().outputs() > 0 && flatLoops.horizontal().outputs() > 0;
    assertTrue(fits, "undilated, the kernel is the smaller");
    for (DType dtype : TYPES) {
      String what = dtype + " " + drawn;
      assertMax(what, drawn.maxPool(), loops, dtype, seed, drawn.inputShape());
      assertAverage(
          what,
          flat.avgPool().countIncludePad(true).build(),
          flatLoops,
          (inside, padded) -> padded,
          dtype,
          seed,
          drawn.inputShape());
      assertAverage(
          what,
          flat.avgPool().countIncludePad(false).build(),
          flatLoops,
          (inside, padded) -> inside,
          dtype,
          seed,
          drawn.inputShape());
      assertAverage(
          what,
          flat.avgPool().divisorOverride(7).build(),
          flatLoops,
          (inside, padded) -> 7,
          dtype,
          seed,
          drawn.inputShape());
    }
  }

  /** Values from a handful, so that windows hold equal ones. */
  private static Tensor fewValues(Arena arena, long seed, DType dtype, long... shape) {
    SplittableRandom random = new SplittableRandom(seed);
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      double value = random.nextInt(-9, 0) / 8.0;
      tensor.set(i, random.nextInt(50) == 0 ? Double.NaN : value);
    }
    return tensor;
  }

  private static void assertMax(
      String what, MaxPooling2d pool, PoolLoops loops, DType dtype, long seed, long... shape) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = fewValues(arena, seed, dtype, shape);
      double[] values = input.toDoubleArray();
      long[] found = loops.argMax(values);
      double[] maxima =
          Arrays.stream(found)
              .mapToDouble(at -> at < 0 ? Double.NEGATIVE_INFINITY : values[(int) at])
              .toArray();
      long plane = shape[2] * shape[3];
      double[] positions =
          Arrays.stream(found).mapToDouble(at -> at < 0 ? -1 : at % plane).toArray();
      long[] outputShape = pool.outputShape(shape);

      Guarded plain = Guarded.nan(arena, dtype, outputShape);
      Guarded output = Guarded.nan(arena, dtype, outputShape);
      Guarded indices = Guarded.nan(arena, DType.I64, outputShape);
      pool.forward(input, plain.tensor());
      pool.forward(input, output.tensor(), indices.tensor());
      assertArrayEquals(maxima, plain.tensor().toDoubleArray(), what);
      assertArrayEquals(maxima, output.tensor().toDoubleArray(), what);
      assertArrayEquals(positions, indices.tensor().toDoubleArray(), what);

      Tensor gradOutput =
          Guarded.random(arena, new SplittableRandom(seed), dtype, outputShape).tensor();
      Tensor expected = Tensor.allocate(arena, DType.F64, shape);
      Tensor magnitudes = Tensor.allocate(arena, DType.F64, shape);
      for (int i = 0; i < found.length; i++) {
        if (found[i] >= 0) {
          expected.set(found[i], expected.get(found[i]) + gradOutput.get(i));
          magnitudes.set(found[i], magnitudes.get(found[i]) + Math.abs(gradOutput.get(i)));
        }
      }
      Guarded recomputed = Guarded.nan(arena, dtype, shape);
      Guarded scattered = Guarded.nan(arena, dtype, shape);
      pool.backward(input, gradOutput, recomputed.tensor());
      pool.backwardFromIndices(indices.tensor(), gradOutput, scattered.tensor());
      Tolerance.assertClose(what, expected, recomputed.tensor(), found.length, magnitudes);
      assertArrayEquals(
          recomputed.tensor().toDoubleArray(), scattered.tensor().toDoubleArray(), what);
      assertAlive(what, plain, output, indices, recomputed, scattered);
    }
  }

  private static void assertAverage(
      String what,
      AvgPooling2d pool,
      PoolLoops loops,
      PoolLoops.Divisor divisor,
      DType dtype,
      long seed,
      long... shape) {
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(seed);
      Tensor input = Guarded.random(arena, random, dtype, shape).tensor();
      long[] outputShape = pool.outputShape(shape);
      Guarded output = Guarded.nan(arena, dtype, outputShape);
      pool.forward(input, output.tensor());
      Tensor absolute = Tolerance.magnitudes(arena, input);
      Tolerance.assertClose(
          what,
          Tensor.copyOf(arena, loops.average(divisor, input.toDoubleArray()), outputShape),
          output.tensor(),
          shape[2] * shape[3],
          Tensor.copyOf(arena, loops.average(divisor, absolute.toDoubleArray()), outputShape));

      Tensor gradOutput = Guarded.random(arena, random, dtype, outputShape).tensor();
      Tensor absoluteGradient = Tolerance.magnitudes(arena, gradOutput);
      Guarded gradInput = Guarded.nan(arena, dtype, shape);
      pool.backward(gradOutput, gradInput.tensor());
      long planes = shape[0] * shape[1];
      Tolerance.assertClose(
          what,
          Tensor.copyOf(
              arena, loops.averageGradient(planes, divisor, gradOutput.toDoubleArray()), shape),
          gradInput.tensor(),
          outputShape[2] * outputShape[3],
          Tensor.copyOf(
              arena,
              loops.averageGradient(planes, divisor, absoluteGradient.toDoubleArray()),
              shape));
      assertAlive(what, output, gradInput);
    }
  }

  private static void assertAlive(String what, Guarded... all) {
    for (Guarded guarded : all) {
      guarded.assertCanariesAlive(what);
    }
  }

  @Test
  void theOneLinersEqualTheCallsThatTheyWrap() {
    PoolCase drawn = PoolCase.of(2, 2, 9, 9, 3, 3).stride(2, 2).padding(1, 1, 1, 1);
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = Guarded.random(arena, new SplittableRandom(1), DType.F64, 2, 2, 9, 9).tensor();
      MaxPool2d max = drawn.maxPool();
      AvgPool2d avg = drawn.avgPool().build();
      Tensor output = Tensor.allocate(arena, DType.F64, max.outputShape(2, 2, 9, 9));
      Tensor gradient = Tensor.allocate(arena, DType.F64, 2, 2, 9, 9);
      max.forward(input, output);
      assertArrayEquals(output.toDoubleArray(), max.forward(arena, input).toDoubleArray());
      MaxPooling2d.Maxima maxima = max.forwardWithIndices(arena, input);
      assertArrayEquals(output.toDoubleArray(), maxima.output().toDoubleArray());
      max.backward(input, output, gradient);
      assertArrayEquals(
          gradient.toDoubleArray(), max.backward(arena, input, output).toDoubleArray());
      avg.forward(input, output);
      assertArrayEquals(output.toDoubleArray(), avg.forward(arena, input).toDoubleArray());
      avg.backward(output, gradient);
      assertArrayEquals(
          gradient.toDoubleArray(), avg.backward(arena, output, 2, 2, 9, 9).toDoubleArray());
    }
  }

  @Test
  void whatIsLeftOutFollowsTheRule() {
    assertEquals(
        "MaxPool2d[kernel 3×2, stride 3×2, dilation 1×1, padding " + Padding.VALID + ", PYTORCH]",
        MaxPool2d.builder(3, 2).build().toString());
    assertEquals(
        "AvgPool2d[kernel 3×2, stride 1×1, dilation 1×1, padding "
            + Padding.VALID
            + ", ceil mode, ONNX, padding does not count]",
        AvgPool2d.builder(3, 2).rule(PoolingRule.ONNX).ceilMode(true).build().toString());
    assertTrue(AvgPool2d.builder(2, 2).build().toString().endsWith("padding counts]"));
    assertEquals("AdaptiveMaxPool2d[7×6]", AdaptiveMaxPool2d.of(7, 6).toString());
    assertEquals("AdaptiveAvgPool2d[1×1]", AdaptiveAvgPool2d.global().toString());
  }
}
