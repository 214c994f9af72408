package io.github.colonnade;

import com.google.gson.JsonObject;
import java.lang.foreign.Arena;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What SciPy printed in the listings. */
class Signal2dGoldenTest {

  @TestFactory
  Stream<DynamicTest> convolve2d() {
    return JsonCases.tests("golden.json", "convolve2d", Signal2dGoldenTest::check);
  }

  @TestFactory
  Stream<DynamicTest> correlate2d() {
    return JsonCases.tests("golden.json", "correlate2d", Signal2dGoldenTest::check);
  }

  private static void check(JsonObject known, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor image = JsonCases.input(arena, known, "image", dtype);
      Tensor kernel = JsonCases.input(arena, known, "kernel", dtype);
      JsonObject params = known.getAsJsonObject("params");
      Signal2d.Options options =
          Signal2d.Options.defaults()
              .withMode(Signal2d.Mode.valueOf(JsonCases.upperCase(params, "mode")))
              .withBoundary(Signal2d.Boundary.valueOf(JsonCases.upperCase(params, "boundary")))
              .withFill(params.get("fillvalue").getAsDouble());
      JsonCases.assertExpected(
          known,
          "output",
          known.get("op").getAsString().equals("convolve2d")
              ? Signal2d.convolve2d(arena, image, kernel, options)
              : Signal2d.correlate2d(arena, image, kernel, options));
    }
  }
}
