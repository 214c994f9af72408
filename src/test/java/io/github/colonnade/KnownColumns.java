package io.github.colonnade;

import com.google.gson.JsonObject;
import java.lang.foreign.Arena;
import java.util.Locale;

/** Runs the im2col and col2im of {@link JsonCases}. */
final class KnownColumns {
  private KnownColumns() {}

  static void assertIm2col(JsonObject known, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor image = JsonCases.input(arena, known, "input", dtype);
      JsonCases.assertExpected(known, "columns", operator(known).im2col(arena, image));
    }
  }

  static void assertCol2im(JsonObject known, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor columns = JsonCases.input(arena, known, "columns", dtype);
      long[] shape = JsonCases.longs(known.getAsJsonObject("params").get("shape"));
      JsonCases.assertExpected(known, "output", operator(known).col2im(arena, columns, shape));
    }
  }

  private static Im2col operator(JsonObject known) {
    JsonObject params = known.getAsJsonObject("params");
    long[] kernel = JsonCases.pair(params, "kernel", 1);
    long[] stride = JsonCases.pair(params, "stride", 1);
    long[] dilation = JsonCases.pair(params, "dilation", 1);
    return Im2col.builder(kernel[0], kernel[1])
        .stride(stride[0], stride[1])
        .dilation(dilation[0], dilation[1])
        .padding(JsonCases.padding(params))
        .layout(Im2col.Layout.valueOf(params.get("layout").getAsString().toUpperCase(Locale.ROOT)))
        .build();
  }
}
