package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Pools against numbers from elsewhere: the NumPy listings, PyTorch, ONNX's operator tests. */
class PoolKnownAnswersTest {

  @TestFactory
  Stream<DynamicTest> listings() throws IOException {
    return cases("golden.json")
        .filter(golden -> golden.get("op").getAsString().startsWith("maxpool2d"))
        .map(golden -> test(golden.get("id").getAsString(), () -> assertListing(golden)));
  }

  @TestFactory
  Stream<DynamicTest> pytorch() throws IOException {
    return cases("pools_pytorch.json")
        .map(known -> test(nameOf(known), () -> assertAnswer(known, PoolingRule.PYTORCH)));
  }

  @TestFactory
  Stream<DynamicTest> onnx() throws IOException {
    JsonObject shared = JsonCases.read("pools_onnx.json").getAsJsonObject("inputs");
    return cases("pools_onnx.json")
        .map(
            known -> {
              if (known.has("inputOf")) {
                known.add("input", shared.get(known.get("inputOf").getAsString()));
              }
              return known;
            })
        .map(
            known ->
                test(known.get("id").getAsString(), () -> assertAnswer(known, PoolingRule.ONNX)));
  }

  private static Stream<JsonObject> cases(String resource) throws IOException {
    JsonArray all = JsonCases.read(resource).getAsJsonArray("cases");
    return StreamSupport.stream(all.spliterator(), false).map(JsonElement::getAsJsonObject);
  }

  private static DynamicTest test(String name, Runnable body) {
    return DynamicTest.dynamicTest(name, body::run);
  }

  private static String nameOf(JsonObject known) {
    return known.has("id")
        ? known.get("id").getAsString()
        : known.get("op").getAsString() + " " + known.get("params");
  }

  private static void assertListing(JsonObject golden) {
    JsonObject params = golden.getAsJsonObject("params");
    JsonObject inputs = golden.getAsJsonObject("inputs");
    JsonObject expected = golden.getAsJsonObject("expected");
    MaxPool2d pool =
        MaxPool2d.builder(pair(params, "kernel", 0), pair(params, "kernel", 1))
            .stride(params.get("stride").getAsLong())
            .build();
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      try (Arena arena = Arena.ofConfined()) {
        Tensor input = JsonCases.tensor(arena, inputs, "input", dtype);
        if (inputs.has("gradOutput")) {
          Tensor gradOutput = JsonCases.tensor(arena, inputs, "gradOutput", dtype);
          assertSame(expected, "gradInput", pool.backward(arena, input, gradOutput), 0);
        } else {
          MaxPooling2d.Maxima maxima = pool.forwardWithIndices(arena, input);
          assertSame(expected, "output", maxima.output(), 0);
          assertSame(expected, "indices", maxima.indices(), 0);
        }
      }
    }
  }

  private static void assertAnswer(JsonObject known, PoolingRule rule) {
    try (Arena arena = Arena.ofConfined()) {
      JsonObject params = known.getAsJsonObject("params");
      if (known.has("error")) {
        Tensor input = JsonCases.tensor(arena, known, "input", DType.F64);
        assertThrows(
            IllegalArgumentException.class, () -> slidingMax(params, rule).forward(arena, input));
        return;
      }
      switch (known.get("op").getAsString()) {
        case "max" -> assertMax(arena, known, slidingMax(params, rule));
        case "avg" -> assertAverage(arena, known, slidingAverage(params, rule));
        case "adaptiveMax" ->
            assertMax(
                arena,
                known,
                AdaptiveMaxPool2d.of(pair(params, "output", 0), pair(params, "output", 1)));
        case "adaptiveAvg" ->
            assertAverage(
                arena,
                known,
                AdaptiveAvgPool2d.of(pair(params, "output", 0), pair(params, "output", 1)));
        default ->
            assertUnpool(
                arena, known, MaxUnpool2d.of(pair(params, "output", 0), pair(params, "output", 1)));
      }
    }
  }

  private static MaxPool2d slidingMax(JsonObject params, PoolingRule rule) {
    MaxPool2d.Builder builder =
        MaxPool2d.builder(pair(params, "kernel", 0), pair(params, "kernel", 1));
    for (String dilation : new String[] {"dilation", "dilations"}) {
      if (params.has(dilation)) {
        builder.dilation(pair(params, dilation, 0), pair(params, dilation, 1));
      }
    }
    return geometry(params, builder.rule(rule)).build();
  }

  private static AvgPool2d slidingAverage(JsonObject params, PoolingRule rule) {
    AvgPool2d.Builder builder =
        AvgPool2d.builder(pair(params, "kernel", 0), pair(params, "kernel", 1));
    if (params.has("countIncludePad")) {
      builder.countIncludePad(params.get("countIncludePad").getAsBoolean());
    }
    if (params.has("divisorOverride") && params.get("divisorOverride").getAsLong() != 0) {
      builder.divisorOverride(params.get("divisorOverride").getAsLong());
    }
    return geometry(params, builder.rule(rule)).build();
  }

  /** Reads what both kinds of windows have; PyTorch pads two sides at once, ONNX four. */
  private static <B extends PoolBuilder<B>> B geometry(JsonObject params, B builder) {
    for (String stride : new String[] {"stride", "strides"}) {
      if (params.has(stride)) {
        builder.stride(pair(params, stride, 0), pair(params, stride, 1));
      }
    }
    if (params.has("padding")) {
      builder.padding(Padding.of(pair(params, "padding", 0), pair(params, "padding", 1)));
    }
    if (params.has("pads")) {
      builder.padding(
          Padding.of(
              pair(params, "pads", 0),
              pair(params, "pads", 1),
              pair(params, "pads", 2),
              pair(params, "pads", 3)));
    }
    if (params.has("autoPad")) {
      builder.padding(
          switch (params.get("autoPad").getAsString()) {
            case "SAME_UPPER" -> Padding.SAME_UPPER;
            case "SAME_LOWER" -> Padding.SAME_LOWER;
            default -> Padding.VALID;
          });
    }
    return builder.ceilMode(params.has("ceilMode") && params.get("ceilMode").getAsBoolean());
  }

  private static void assertMax(Arena arena, JsonObject known, MaxPooling2d pool) {
    Tensor input = JsonCases.tensor(arena, known, "input", DType.F64);
    MaxPooling2d.Maxima maxima = pool.forwardWithIndices(arena, input);
    assertSame(known, "output", maxima.output(), 0);
    if (known.has("indices")) {
      assertSame(known, "indices", maxima.indices(), 0);
    }
    if (known.has("gradOutput")) {
      Tensor gradOutput = JsonCases.tensor(arena, known, "gradOutput", DType.F64);
      assertSame(known, "gradInput", pool.backward(arena, input, gradOutput), 0);
    }
  }

  private static void assertAverage(Arena arena, JsonObject known, AvgPooling2d pool) {
    double tolerance = known.has("tolerance") ? known.get("tolerance").getAsDouble() : 16 * 0x1p-53;
    Tensor input = JsonCases.tensor(arena, known, "input", DType.F64);
    assertSame(known, "output", pool.forward(arena, input), tolerance);
    if (known.has("gradOutput")) {
      Tensor gradOutput = JsonCases.tensor(arena, known, "gradOutput", DType.F64);
      assertSame(known, "gradInput", pool.backward(arena, gradOutput, input.shape()), tolerance);
    }
  }

  private static void assertUnpool(Arena arena, JsonObject known, MaxUnpool2d unpool) {
    Tensor input = JsonCases.tensor(arena, known, "input", DType.F64);
    Tensor indices = JsonCases.tensor(arena, known, "indices", DType.I64);
    assertSame(known, "output", unpool.forward(arena, input, indices), 0);
    if (known.has("gradOutput")) {
      Tensor gradOutput = JsonCases.tensor(arena, known, "gradOutput", DType.F64);
      assertSame(known, "gradInput", unpool.backward(arena, indices, gradOutput), 0);
    }
  }

  /** Compares within a tolerance relative to the largest number. */
  private static void assertSame(JsonObject parent, String name, Tensor actual, double tolerance) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor expected = JsonCases.tensor(arena, parent, name, DType.F64);
      assertArrayEquals(expected.shape(), actual.shape(), name);
      double largest = 1;
      for (double value : expected.toDoubleArray()) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertArrayEquals(
          expected.toDoubleArray(), actual.toDoubleArray(), tolerance * largest, name);
    }
  }

  private static long pair(JsonObject params, String name, int index) {
    return params.getAsJsonArray(name).get(index).getAsLong();
  }
}
