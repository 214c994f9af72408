package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The numbers that the NumPy listings print. */
class GoldenTest {
  private static final Set<String> OPERATORS = Set.of("conv2d", "convolve2d", "correlate2d");

  @TestFactory
  Stream<DynamicTest> listings() throws IOException {
    JsonArray cases = read("golden.json").getAsJsonArray("cases");
    assertEquals(22, cases.size());
    return StreamSupport.stream(cases.spliterator(), false)
        .map(JsonElement::getAsJsonObject)
        .filter(golden -> OPERATORS.contains(golden.get("op").getAsString()))
        .flatMap(golden -> Stream.of(DType.F64, DType.F32).flatMap(dtype -> tests(golden, dtype)));
  }

  private static Stream<DynamicTest> tests(JsonObject golden, DType dtype) {
    String name = golden.get("id").getAsString() + " " + dtype;
    if (!golden.get("op").getAsString().equals("conv2d")) {
      return Stream.of(DynamicTest.dynamicTest(name, () -> assertSignal2d(golden, dtype)));
    }
    return Stream.of(Algorithm.values())
        .map(
            algorithm ->
                DynamicTest.dynamicTest(
                    name + " " + algorithm, () -> assertConv2d(golden, dtype, algorithm)));
  }

  private static void assertSignal2d(JsonObject golden, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      JsonObject inputs = golden.getAsJsonObject("inputs");
      Tensor image = tensor(arena, inputs, "image", dtype);
      Tensor kernel = tensor(arena, inputs, "kernel", dtype);
      JsonObject params = golden.getAsJsonObject("params");
      Signal2d.Mode mode = Signal2d.Mode.valueOf(upperCase(params, "mode"));
      Signal2d.Boundary boundary = Signal2d.Boundary.valueOf(upperCase(params, "boundary"));
      assertEquals(0, params.get("fillvalue").getAsDouble());
      Tensor output =
          golden.get("op").getAsString().equals("convolve2d")
              ? Signal2d.convolve2d(arena, image, kernel, mode, boundary)
              : Signal2d.correlate2d(arena, image, kernel, mode, boundary);
      Tensor expected = tensor(arena, golden.getAsJsonObject("expected"), "output", DType.F64);
      assertArrayEquals(expected.shape(), output.shape());
      assertArrayEquals(
          expected.toDoubleArray(), output.toDoubleArray(), tolerance(golden, dtype, expected));
    }
  }

  /** Returns a parameter as our enums spell it. */
  static String upperCase(JsonObject parent, String name) {
    return parent.get(name).getAsString().toUpperCase(Locale.ROOT);
  }

  private static void assertConv2d(JsonObject golden, DType dtype, Algorithm algorithm) {
    try (Arena arena = Arena.ofConfined()) {
      JsonObject inputs = golden.getAsJsonObject("inputs");
      Tensor input = tensor(arena, inputs, "input", dtype);
      Tensor weight = tensor(arena, inputs, "weight", dtype);
      Tensor bias = tensor(arena, inputs, "bias", dtype);
      JsonObject params = golden.getAsJsonObject("params");
      Tensor output =
          Conv2d.builder(weight.size(1), weight.size(0), weight.size(2), weight.size(3))
              .stride(params.get("stride").getAsLong())
              .padding(params.get("padding").getAsLong())
              .options(PlanOptions.defaults().withAlgorithm(algorithm))
              .build()
              .forward(arena, input, weight, bias);
      Tensor expected = tensor(arena, golden.getAsJsonObject("expected"), "output", DType.F64);
      assertArrayEquals(expected.shape(), output.shape());
      assertArrayEquals(
          expected.toDoubleArray(), output.toDoubleArray(), tolerance(golden, dtype, expected));
    }
  }

  /** The case's own in F64; in F32 what rounding its sums allows, where they are not exact. */
  private static double tolerance(JsonObject golden, DType dtype, Tensor expected) {
    double given = golden.get("tolerance").getAsDouble();
    if (dtype == DType.F64 || given == 0) {
      return given;
    }
    double largest = 0;
    for (double value : expected.toDoubleArray()) {
      largest = Math.max(largest, Math.abs(value));
    }
    return given + 64 * Tolerance.roundoff(dtype) * largest;
  }

  /** Reads a tensor, or null where there is none of the name. */
  static Tensor tensor(Arena arena, JsonObject parent, String name, DType dtype) {
    if (!parent.has(name)) {
      return null;
    }
    JsonObject array = parent.getAsJsonObject(name);
    long[] shape =
        array.getAsJsonArray("shape").asList().stream().mapToLong(JsonElement::getAsLong).toArray();
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    JsonArray data = array.getAsJsonArray("data");
    assertEquals(tensor.elementCount(), data.size());
    for (int i = 0; i < data.size(); i++) {
      tensor.set(i, data.get(i).getAsDouble());
    }
    return tensor;
  }

  /** Reads a resource of this package. */
  static JsonObject read(String resource) throws IOException {
    try (Reader reader =
        new InputStreamReader(
            GoldenTest.class.getResourceAsStream(resource), StandardCharsets.UTF_8)) {
      return JsonParser.parseReader(reader).getAsJsonObject();
    }
  }
}
