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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Known answers in JSON: {@code {"id", "op", "params", "inputs", "expected", "tolerance"}}. Where
 * they come from stands in the README beside them.
 */
final class JsonCases {
  static final List<DType> TYPES = List.of(DType.F64, DType.F32);

  private JsonCases() {}

  /** Checks one case in one element type. */
  interface Check {
    void run(JsonObject known, DType dtype);
  }

  /** Reads a resource of this package. */
  static JsonObject read(String resource) {
    try (Reader reader =
        new InputStreamReader(
            JsonCases.class.getResourceAsStream(resource), StandardCharsets.UTF_8)) {
      return JsonParser.parseReader(reader).getAsJsonObject();
    } catch (IOException e) {
      throw new AssertionError(resource, e);
    }
  }

  /** Returns the cases of one operator in every element type, each a test. */
  static Stream<DynamicTest> tests(String resource, String op, Check check) {
    List<JsonObject> cases =
        read(resource).getAsJsonArray("cases").asList().stream()
            .map(JsonElement::getAsJsonObject)
            .filter(known -> known.get("op").getAsString().equals(op))
            .toList();
    if (cases.isEmpty()) {
      throw new AssertionError(resource + " has no case of " + op);
    }
    return cases.stream()
        .flatMap(
            known ->
                TYPES.stream()
                    .map(
                        dtype ->
                            DynamicTest.dynamicTest(
                                known.get("id").getAsString() + " " + dtype,
                                () -> check.run(known, dtype))));
  }

  /** Reads an input, or null where there is none of the name. */
  static Tensor input(Arena arena, JsonObject known, String name, DType dtype) {
    return tensor(arena, known.getAsJsonObject("inputs"), name, dtype);
  }

  /** Reads a tensor, or null where there is none of the name. */
  static Tensor tensor(Arena arena, JsonObject parent, String name, DType dtype) {
    if (!parent.has(name)) {
      return null;
    }
    JsonObject array = parent.getAsJsonObject(name);
    Tensor tensor = Tensor.allocate(arena, dtype, longs(array.getAsJsonArray("shape")));
    if (array.has("f32")) {
      return fill(tensor, name, Base64.getDecoder().decode(array.get("f32").getAsString()));
    }
    JsonArray data = array.getAsJsonArray("data");
    assertEquals(tensor.elementCount(), data.size(), name);
    for (int i = 0; i < data.size(); i++) {
      tensor.set(i, data.get(i).getAsDouble());
    }
    return tensor;
  }

  /**
   * Fills a tensor with little-endian floats: as published, where text would round or swell them.
   */
  private static Tensor fill(Tensor tensor, String name, byte[] bytes) {
    FloatBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    assertEquals(tensor.elementCount(), floats.remaining(), name);
    for (int i = 0; i < floats.limit(); i++) {
      tensor.set(i, floats.get(i));
    }
    return tensor;
  }

  static long[] longs(JsonElement array) {
    return array.getAsJsonArray().asList().stream().mapToLong(JsonElement::getAsLong).toArray();
  }

  /** Reads a parameter for height and width, given as one number or as two. */
  static long[] pair(JsonObject params, String name, long otherwise) {
    if (!params.has(name)) {
      return new long[] {otherwise, otherwise};
    }
    JsonElement given = params.get(name);
    if (given.isJsonArray()) {
      return longs(given);
    }
    return new long[] {given.getAsLong(), given.getAsLong()};
  }

  /** Returns a parameter as our enums spell it. */
  static String upperCase(JsonObject params, String name) {
    return params.get(name).getAsString().toUpperCase(Locale.ROOT);
  }

  /** Reads padding: one number, four of them (top, left, bottom, right), or the rule's name. */
  static Padding padding(JsonObject params) {
    if (!params.has("padding")) {
      return Padding.VALID;
    }
    JsonElement given = params.get("padding");
    if (given.isJsonArray()) {
      long[] sides = longs(given);
      return Padding.of(sides[0], sides[1], sides[2], sides[3]);
    }
    return switch (given.getAsString()) {
      case "SAME_UPPER" -> Padding.SAME_UPPER;
      case "SAME_LOWER" -> Padding.SAME_LOWER;
      default -> Padding.of(given.getAsLong());
    };
  }

  /** Compares a result with what the case says, if it says anything about it. */
  static void assertExpected(JsonObject known, String name, Tensor actual) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor expected = tensor(arena, known.getAsJsonObject("expected"), name, DType.F64);
      if (expected != null) {
        assertArrayEquals(expected.shape(), actual.shape(), name);
        assertArrayEquals(
            expected.toDoubleArray(),
            actual.toDoubleArray(),
            tolerance(known, actual.dtype(), expected),
            name);
      }
    }
  }

  /** The case's own in F64; in F32 what rounding its sums allows, where they are not exact. */
  private static double tolerance(JsonObject known, DType dtype, Tensor expected) {
    double given = known.get("tolerance").getAsDouble();
    if (dtype == DType.F64 || given == 0) {
      return given;
    }
    double largest = 0;
    for (double value : expected.toDoubleArray()) {
      largest = Math.max(largest, Math.abs(value));
    }
    return given + 64 * Tolerance.roundoff(dtype) * largest;
  }
}
