package io.github.colonnade;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongToDoubleFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What is timed is right: every benchmark's result against loops that read as definitions do. */
class OperatorBenchmarksTest {
  /** {@link Conv2dBenchmarkTest} checks it. */
  private static final String CHECKED_ELSEWHERE = Conv2dBenchmark.class.getName();

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  /** Compares what a method returned. */
  private interface Check<B> {
    void of(B benchmark, Tensor result);
  }

  /**
   * A benchmark in one setting.
   *
   * @param make makes it, with all but the type and the threads set
   * @param checks what its methods must return, by their names
   */
  private record Checked<B extends OperatorBenchmark>(
      String name, Supplier<B> make, Map<String, Check<B>> checks) {

    List<Method> methods() {
      return Arrays.stream(make.get().getClass().getMethods())
          .filter(method -> method.isAnnotationPresent(Benchmark.class))
          .toList();
    }

    void run(Method method, DType dtype) throws IOException, ReflectiveOperationException {
      Check<B> check = checks.get(method.getName());
      assertNotNull(check, "no check of " + method);
      B benchmark = make.get();
      benchmark.dtype = dtype;
      benchmark.threads = 2;
      benchmark.setUp();
      try {
        Tensor result = (Tensor) method.invoke(benchmark);
        assertEquals(dtype, result.dtype());
        check.of(benchmark, result);
      } finally {
        benchmark.tearDown();
      }
    }
  }

  private List<Checked<?>> all() {
    List<Checked<?>> all = new ArrayList<>();
    all.add(convTranspose2d());
    all.addAll(im2col());
    all.add(maxPool2d());
    all.add(adaptiveMaxPool2d());
    all.add(avgPool2d());
    all.add(adaptiveAvgPool2d());
    all.add(maxUnpool2d());
    all.addAll(pad2d());
    all.add(separableFilter2d());
    all.addAll(signal2d());
    all.add(matrixMultiply());
    all.add(relu());
    all.add(elementwise());
    all.add(softmaxCrossEntropy());
    all.add(linear());
    all.add(randomFill());
    return all;
  }

  @Test
  void noBenchmarkGoesUnchecked() {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Set<String> listed =
        BenchmarkList.defaultList()
            .getAll(
                OutputFormatFactory.createFormatInstance(nowhere, VerboseMode.SILENT), List.of())
            .stream()
            .map(BenchmarkListEntry::getUserClassQName)
            .collect(toSet());

    Set<String> checked = new HashSet<>(Set.of(CHECKED_ELSEWHERE));
    all().forEach(each -> checked.add(each.make.get().getClass().getName()));
    assertEquals(listed, checked);
    for (Checked<?> each : all()) {
      assertEquals(
          each.methods().stream().map(Method::getName).collect(toSet()),
          each.checks.keySet(),
          each.name);
    }
  }

  @TestFactory
  Stream<DynamicTest> resultsEqualTheDefinitions() {
    return all().stream()
        .flatMap(
            checked ->
                checked.methods().stream()
                    .flatMap(
                        method ->
                            Stream.of(DType.F64, DType.F32)
                                .map(
                                    dtype ->
                                        DynamicTest.dynamicTest(
                                            String.join(
                                                " ",
                                                checked.name,
                                                method.getName(),
                                                dtype.toString()),
                                            () -> checked.run(method, dtype)))));
  }

  private static void assertClose(double[] expected, Tensor actual) {
    assertArrayEquals(expected, actual.toDoubleArray(), actual.dtype() == DType.F64 ? 1e-12 : 1e-5);
  }

  private Checked<ConvTranspose2dBenchmark> convTranspose2d() {
    return new Checked<>(
        "ConvTranspose2d",
        () -> {
          ConvTranspose2dBenchmark made = new ConvTranspose2dBenchmark();
          made.layer = ConvTranspose2dBenchmark.Layer.TINY;
          made.algorithm = Algorithm.AUTO;
          return made;
        },
        Map.of(
            "forward",
            (b, result) -> {
              Tensor expected = like(result);
              reference(b).forward(b.input, b.weight, b.bias, expected);
              assertClose(expected.toDoubleArray(), result);
            },
            "backwardInput",
            (b, result) -> {
              Tensor expected = like(result);
              reference(b).backwardInput(b.gradOutput, b.weight, expected);
              assertClose(expected.toDoubleArray(), result);
            },
            "backwardWeights",
            (b, result) -> {
              Tensor expected = like(result);
              reference(b).backwardWeights(b.input, b.gradOutput, expected);
              assertClose(expected.toDoubleArray(), result);
            },
            "backwardBias",
            (b, result) -> {
              Tensor expected = like(result);
              reference(b).backwardBias(b.gradOutput, expected);
              assertClose(expected.toDoubleArray(), result);
            }));
  }

  private Tensor like(Tensor tensor) {
    return Tensor.allocate(arena, tensor.dtype(), tensor.shape());
  }

  private static ConvTranspose2dPlan reference(ConvTranspose2dBenchmark benchmark) {
    return benchmark
        .layer
        .operator()
        .plan(
            PlanOptions.defaults().withAlgorithm(Algorithm.REFERENCE),
            benchmark.dtype,
            benchmark.layer.inputShape());
  }

  private List<Checked<Im2colBenchmark>> im2col() {
    return Stream.of(Im2col.Layout.values()).map(this::im2col).toList();
  }

  private Checked<Im2colBenchmark> im2col(Im2col.Layout layout) {
    return new Checked<>(
        "Im2col " + layout,
        () -> {
          Im2colBenchmark made = new Im2colBenchmark();
          made.layer = Im2colBenchmark.Layer.TINY;
          made.layout = layout;
          return made;
        },
        Map.of(
            "im2col",
            (b, result) -> {
              double[] expected = new double[(int) b.columns.elementCount()];
              lowering(b)
                  .walk(
                      layout,
                      (column, pixel) ->
                          expected[(int) column] = pixel < 0 ? 0 : b.image.get(pixel));
              assertClose(expected, result);
            },
            "col2im",
            (b, result) -> {
              double[] expected = new double[(int) b.image.elementCount()];
              lowering(b)
                  .walk(
                      layout,
                      (column, pixel) -> {
                        if (pixel >= 0) {
                          expected[(int) pixel] += b.columns.get(column);
                        }
                      });
              assertClose(expected, result);
            }));
  }

  private Im2colTest.Lowering lowering(Im2colBenchmark benchmark) {
    Im2colBenchmark.Layer layer = benchmark.layer;
    ConvCase drawn =
        ConvCase.of(
                layer.batch, layer.channels, layer.size, layer.size, 1, layer.kernel, layer.kernel)
            .stride(layer.stride, layer.stride)
            .padding(Padding.of(layer.padding));
    return new Im2colTest.Lowering(arena, drawn, benchmark.dtype, 1);
  }

  private static Checked<MaxPool2dBenchmark> maxPool2d() {
    return new Checked<>(
        "MaxPool2d",
        () -> {
          MaxPool2dBenchmark made = new MaxPool2dBenchmark();
          made.layer = PoolLayer.TINY;
          return made;
        },
        maxima(loops(PoolLayer.TINY)));
  }

  private static Checked<AdaptiveMaxPool2dBenchmark> adaptiveMaxPool2d() {
    return new Checked<>(
        "AdaptiveMaxPool2d",
        () -> {
          AdaptiveMaxPool2dBenchmark made = new AdaptiveMaxPool2dBenchmark();
          made.layer = AdaptivePoolLayer.TINY;
          return made;
        },
        maxima(loops(AdaptivePoolLayer.TINY)));
  }

  private static Checked<AvgPool2dBenchmark> avgPool2d() {
    return new Checked<>(
        "AvgPool2d",
        () -> {
          AvgPool2dBenchmark made = new AvgPool2dBenchmark();
          made.layer = PoolLayer.TINY;
          return made;
        },
        averages(loops(PoolLayer.TINY), (inside, padded) -> padded));
  }

  private static Checked<AdaptiveAvgPool2dBenchmark> adaptiveAvgPool2d() {
    return new Checked<>(
        "AdaptiveAvgPool2d",
        () -> {
          AdaptiveAvgPool2dBenchmark made = new AdaptiveAvgPool2dBenchmark();
          made.layer = AdaptivePoolLayer.TINY;
          return made;
        },
        averages(loops(AdaptivePoolLayer.TINY), (inside, padded) -> inside));
  }

  private static PoolLoops loops(PoolLayer layer) {
    return PoolCase.of(1, layer.channels, layer.size, layer.size, layer.kernel, layer.kernel)
        .stride(layer.stride, layer.stride)
        .padding(Padding.of(layer.padding))
        .loops();
  }

  private static PoolLoops loops(AdaptivePoolLayer layer) {
    PoolLoops.Axis axis = PoolLoops.Axis.adaptive(layer.size, layer.outputSize);
    return new PoolLoops(axis, axis);
  }

  private static <B extends MaxPoolingBenchmark> Map<String, Check<B>> maxima(PoolLoops loops) {
    Check<B> forward =
        (b, result) -> {
          double[] input = b.input.toDoubleArray();
          long[] found = loops.argMax(input);
          assertClose(Arrays.stream(found).mapToDouble(at -> input[(int) at]).toArray(), result);
        };
    Check<B> backward =
        (b, result) -> {
          long[] found = loops.argMax(b.input.toDoubleArray());
          double[] expected = new double[(int) b.input.elementCount()];
          for (int i = 0; i < found.length; i++) {
            expected[(int) found[i]] += b.gradOutput.get(i);
          }
          assertClose(expected, result);
        };
    return Map.of(
        "forward",
        forward,
        "forwardWithIndices",
        (b, result) -> {
          forward.of(b, result);
          long plane = b.input.size(2) * b.input.size(3);
          long[] found = loops.argMax(b.input.toDoubleArray());
          assertArrayEquals(
              Arrays.stream(found).mapToDouble(at -> at % plane).toArray(),
              b.outputIndices.toDoubleArray());
        },
        "backward",
        backward,
        "backwardFromIndices",
        backward);
  }

  private static <B extends AvgPoolingBenchmark> Map<String, Check<B>> averages(
      PoolLoops loops, PoolLoops.Divisor divisor) {
    return Map.of(
        "forward",
        (b, result) -> assertClose(loops.average(divisor, b.input.toDoubleArray()), result),
        "backward",
        (b, result) -> {
          long planes = b.input.size(0) * b.input.size(1);
          double[] gradOutput = b.gradOutput.toDoubleArray();
          assertClose(loops.averageGradient(planes, divisor, gradOutput), result);
        });
  }

  private static Checked<MaxUnpool2dBenchmark> maxUnpool2d() {
    return new Checked<>(
        "MaxUnpool2d",
        () -> {
          MaxUnpool2dBenchmark made = new MaxUnpool2dBenchmark();
          made.layer = MaxUnpool2dBenchmark.Layer.TINY;
          return made;
        },
        Map.of(
            "forward",
            (b, result) -> {
              double[] expected = new double[(int) b.gradOutput.elementCount()];
              for (long i = 0; i < b.input.elementCount(); i++) {
                expected[unpooled(b, i)] = b.input.get(i);
              }
              assertClose(expected, result);
            },
            "backward",
            (b, result) -> {
              double[] expected = new double[(int) b.input.elementCount()];
              Arrays.setAll(expected, i -> b.gradOutput.get(unpooled(b, i)));
              assertClose(expected, result);
            }));
  }

  /** Returns where in the output a value goes. */
  private static int unpooled(MaxUnpool2dBenchmark benchmark, long element) {
    long plane = element / (benchmark.input.size(2) * benchmark.input.size(3));
    long outputPlane = benchmark.gradOutput.size(2) * benchmark.gradOutput.size(3);
    return (int) (plane * outputPlane + (long) benchmark.indices.get(element));
  }

  private static List<Checked<Pad2dBenchmark>> pad2d() {
    return Stream.of(Pad2d.Mode.values()).map(OperatorBenchmarksTest::pad2d).toList();
  }

  private static Checked<Pad2dBenchmark> pad2d(Pad2d.Mode mode) {
    return new Checked<>(
        "Pad2d " + mode,
        () -> {
          Pad2dBenchmark made = new Pad2dBenchmark();
          made.layer = Pad2dBenchmark.Layer.TINY;
          made.mode = mode;
          return made;
        },
        Map.of(
            "forward",
            (b, result) -> {
              double[] expected = new double[(int) result.elementCount()];
              for (int i = 0; i < expected.length; i++) {
                long source = padded(b, i);
                expected[i] = source < 0 ? 0 : b.input.get(source);
              }
              assertClose(expected, result);
            },
            "backward",
            (b, result) -> {
              double[] expected = new double[(int) result.elementCount()];
              for (int i = 0; i < b.gradOutput.elementCount(); i++) {
                long source = padded(b, i);
                if (source >= 0) {
                  expected[(int) source] += b.gradOutput.get(i);
                }
              }
              assertClose(expected, result);
            }));
  }

  /** Returns the input element that an output element copies, or -1. */
  private static long padded(Pad2dBenchmark benchmark, long element) {
    long size = benchmark.layer.padding;
    Padding.Explicit sides = new Padding.Explicit(size, size, size, size);
    return Pad2dTest.source(benchmark.mode, sides, element, benchmark.layer.inputShape());
  }

  private static Checked<SeparableFilter2dBenchmark> separableFilter2d() {
    return new Checked<>(
        "SeparableFilter2d",
        () -> {
          SeparableFilter2dBenchmark made = new SeparableFilter2dBenchmark();
          made.filter = SeparableFilter2dBenchmark.Filter.TINY;
          return made;
        },
        Map.of(
            "forward",
            (b, result) ->
                assertClose(
                    SeparableFilter2dTest.define(
                        b.input,
                        b.filter.kernel.vertical(),
                        b.filter.kernel.horizontal(),
                        Pad2d.Mode.REFLECT,
                        0),
                    result)));
  }

  private List<Checked<Signal2dBenchmark>> signal2d() {
    return Stream.of(Signal2d.Boundary.values())
        .flatMap(
            boundary -> Stream.of(Signal2d.Mode.values()).map(mode -> signal2d(boundary, mode)))
        .toList();
  }

  private Checked<Signal2dBenchmark> signal2d(Signal2d.Boundary boundary, Signal2d.Mode mode) {
    return new Checked<>(
        "Signal2d " + boundary + " " + mode,
        () -> {
          Signal2dBenchmark made = new Signal2dBenchmark();
          made.filter = Signal2dBenchmark.Filter.TINY;
          made.boundary = boundary;
          made.mode = mode;
          return made;
        },
        Map.of(
            "convolve",
            (b, result) -> assertFilters(true, b, result),
            "correlate",
            (b, result) -> assertFilters(false, b, result)));
  }

  private void assertFilters(boolean convolve, Signal2dBenchmark benchmark, Tensor result) {
    Tensor expected = Tensor.allocate(arena, DType.F64, result.shape());
    Tensor magnitudes = Tensor.allocate(arena, DType.F64, result.shape());
    Signal2dTest.define(
        convolve, benchmark.image, benchmark.kernel, benchmark.options, expected, magnitudes);
    assertClose(expected.toDoubleArray(), result);
  }

  private static Checked<MatrixMultiplyBenchmark> matrixMultiply() {
    return new Checked<>(
        "MatrixMultiply",
        () -> {
          MatrixMultiplyBenchmark made = new MatrixMultiplyBenchmark();
          made.product = MatrixMultiplyBenchmark.Product.TINY;
          return made;
        },
        Map.of("multiply", (b, result) -> MatrixMultiplyTest.requireProduct(b.a, b.b, result)));
  }

  private static Checked<ReluBenchmark> relu() {
    return new Checked<>(
        "Relu",
        () -> {
          ReluBenchmark made = new ReluBenchmark();
          made.elements = 60;
          return made;
        },
        Map.of(
            "forward",
            (b, result) -> assertEach(result, i -> Math.max(0, b.input.get(i))),
            "backward",
            (b, result) -> assertEach(result, i -> b.input.get(i) > 0 ? b.gradOutput.get(i) : 0)));
  }

  private static Checked<ElementwiseBenchmark> elementwise() {
    return new Checked<>(
        "Elementwise",
        () -> {
          ElementwiseBenchmark made = new ElementwiseBenchmark();
          made.elements = 60;
          return made;
        },
        Map.of(
            "addScaled",
            (b, result) -> assertEach(result, b.y::get),
            "combine",
            (b, result) -> assertEach(result, i -> 1.5 * b.x.get(i) - 0.5 * b.y.get(i)),
            "sum",
            (b, result) -> assertEach(result, i -> Arrays.stream(b.x.toDoubleArray()).sum())));
  }

  private static Checked<SoftmaxCrossEntropyBenchmark> softmaxCrossEntropy() {
    return new Checked<>(
        "SoftmaxCrossEntropy",
        () -> {
          SoftmaxCrossEntropyBenchmark made = new SoftmaxCrossEntropyBenchmark();
          made.batch = SoftmaxCrossEntropyBenchmark.Batch.TINY;
          return made;
        },
        Map.of(
            "forward",
            (b, result) ->
                assertEach(
                    result,
                    i -> -(Math.log(share(b.logits, 0)) + Math.log(share(b.logits, 4))) / 2),
            "backward",
            (b, result) ->
                assertEach(result, i -> (share(b.logits, i) - (i == 0 || i == 4 ? 1 : 0)) / 2)));
  }

  /** Returns an element's share in the exponentials of its row of three. */
  private static double share(Tensor logits, long element) {
    long first = element / 3 * 3;
    double sum = 0;
    for (long i = first; i < first + 3; i++) {
      sum += Math.exp(logits.get(i));
    }
    return Math.exp(logits.get(element)) / sum;
  }

  private static Checked<LinearBenchmark> linear() {
    return new Checked<>(
        "Linear",
        () -> {
          LinearBenchmark made = new LinearBenchmark();
          made.layer = LinearBenchmark.Layer.TINY;
          return made;
        },
        Map.of(
            "forward",
            (b, result) ->
                assertEach(
                    result,
                    i ->
                        b.bias.get(i % 4)
                            + sum(
                                3, k -> b.input.get(i / 4 * 3 + k) * b.weight.get(i % 4 * 3 + k))),
            "backwardInput",
            (b, result) ->
                assertEach(
                    result,
                    i ->
                        sum(4, o -> b.gradOutput.get(i / 3 * 4 + o) * b.weight.get(o * 3 + i % 3))),
            "backwardWeights",
            (b, result) ->
                assertEach(
                    result,
                    i -> sum(2, n -> b.gradOutput.get(n * 4 + i / 3) * b.input.get(n * 3 + i % 3))),
            "backwardBias",
            (b, result) -> assertEach(result, i -> sum(2, n -> b.gradOutput.get(n * 4 + i)))));
  }

  private static Checked<RandomFillBenchmark> randomFill() {
    return new Checked<>(
        "RandomFill",
        () -> {
          RandomFillBenchmark made = new RandomFillBenchmark();
          made.elements = 60;
          return made;
        },
        Map.of(
            "uniform",
            (b, result) ->
                assertTrue(Arrays.stream(result.toDoubleArray()).min().orElseThrow() > 0),
            "normal",
            (b, result) ->
                assertTrue(Arrays.stream(result.toDoubleArray()).min().orElseThrow() < 0)));
  }

  private static double sum(long terms, LongToDoubleFunction term) {
    double sum = 0;
    for (long i = 0; i < terms; i++) {
      sum += term.applyAsDouble(i);
    }
    return sum;
  }

  private static void assertEach(Tensor actual, LongToDoubleFunction expected) {
    double[] values = new double[(int) actual.elementCount()];
    Arrays.setAll(values, expected::applyAsDouble);
    assertClose(values, actual);
  }
}
