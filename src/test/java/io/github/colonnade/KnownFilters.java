package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import java.lang.foreign.Arena;

/** Runs SciPy's filters of {@link JsonCases}: those of signal, and with two operators ndimage's. */
final class KnownFilters {
  private KnownFilters() {}

  /**
   * Checks a convolution or correlation of signal, or that it is refused where SciPy refuses it.
   */
  static void assertSignal(JsonObject known, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      if (known.has("error")) {
        assertThrows(IllegalArgumentException.class, () -> signal(arena, known, dtype));
      } else {
        JsonCases.assertExpected(known, "output", signal(arena, known, dtype));
      }
    }
  }

  private static Tensor signal(Arena arena, JsonObject known, DType dtype) {
    Tensor image = JsonCases.input(arena, known, "image", dtype);
    Tensor kernel = JsonCases.input(arena, known, "kernel", dtype);
    JsonObject params = known.getAsJsonObject("params");
    Signal2d.Boundary boundary = Signal2d.Boundary.valueOf(JsonCases.upperCase(params, "boundary"));
    Signal2d.Options mode =
        Signal2d.Options.defaults()
            .withMode(Signal2d.Mode.valueOf(JsonCases.upperCase(params, "mode")));
    Signal2d.Options options =
        boundary == Signal2d.Boundary.FILL
            ? mode.withFill(params.get("fillvalue").getAsDouble())
            : mode.withBoundary(boundary);
    return known.get("op").getAsString().equals("convolve2d")
        ? Signal2d.convolve2d(arena, image, kernel, options)
        : Signal2d.correlate2d(arena, image, kernel, options);
  }

  /**
   * Checks a correlation or convolution of ndimage: a border of its mode, then a convolution of one
   * channel. Its centre is the kernel's middle, for an even size the later one, moved by the
   * origin.
   */
  static void assertNdimage(JsonObject known, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor image = JsonCases.input(arena, known, "image", dtype);
      Tensor kernel = JsonCases.input(arena, known, "kernel", dtype);
      boolean convolve = known.get("op").getAsString().equals("ndimage-convolve");
      JsonObject params = known.getAsJsonObject("params");
      long[] before = new long[2];
      long[] after = new long[2];
      long[] origin = JsonCases.longs(params.get("origin"));
      for (int axis = 0; axis < 2; axis++) {
        // A convolution is the correlation with the turned kernel, whose centre turns with it.
        long size = kernel.size(axis);
        before[axis] = size / 2 + origin[axis];
        after[axis] = size - 1 - before[axis];
        if (convolve) {
          long turned = before[axis];
          before[axis] = after[axis];
          after[axis] = turned;
        }
      }
      Pad2d border =
          Pad2d.builder(
                  switch (params.get("mode").getAsString()) {
                    case "reflect" -> Pad2d.Mode.SYMMETRIC;
                    case "mirror" -> Pad2d.Mode.REFLECT;
                    case "nearest" -> Pad2d.Mode.REPLICATE;
                    case "wrap" -> Pad2d.Mode.CIRCULAR;
                    default -> Pad2d.Mode.CONSTANT;
                  })
              .padding(before[0], before[1], after[0], after[1])
              .build();
      Tensor weight = Tensor.allocate(arena, dtype, 1, 1, kernel.size(0), kernel.size(1));
      for (long i = 0; i < kernel.elementCount(); i++) {
        weight.set(i, kernel.get(convolve ? kernel.elementCount() - 1 - i : i));
      }
      Conv2d conv = Conv2d.builder(1, 1, kernel.size(0), kernel.size(1)).build();
      Tensor plane = image.reshape(1, 1, image.size(0), image.size(1));
      Tensor output = conv.forward(arena, border.forward(arena, plane), weight, null);
      JsonCases.assertExpected(known, "output", output.reshape(image.shape()));
    }
  }
}
