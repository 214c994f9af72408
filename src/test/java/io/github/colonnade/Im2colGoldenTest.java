package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The columns that the NumPy listings print, and the shapes of larger ones. */
class Im2colGoldenTest {

  @TestFactory
  Stream<DynamicTest> im2col() {
    return JsonCases.tests("golden.json", "im2col", KnownColumns::assertIm2col);
  }

  @TestFactory
  Stream<DynamicTest> col2im() {
    return JsonCases.tests("golden.json", "col2im", KnownColumns::assertCol2im);
  }

  @Test
  void shapes() {
    JsonArray shapes = JsonCases.read("golden.json").getAsJsonArray("im2colShapes");
    assertEquals(4, shapes.size());
    for (JsonElement element : shapes) {
      JsonObject shape = element.getAsJsonObject();
      long[] kernel = JsonCases.longs(shape.get("kernel"));
      assertArrayEquals(
          JsonCases.longs(shape.get("columns")),
          Im2col.builder(kernel[0], kernel[1])
              .build()
              .columnsShape(JsonCases.longs(shape.get("input"))),
          shape.toString());
    }
  }
}
