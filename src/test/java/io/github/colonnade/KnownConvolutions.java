package io.github.colonnade;

import com.google.gson.JsonObject;
import java.lang.foreign.Arena;

/** Runs the convolutions of {@link JsonCases} by every algorithm. */
final class KnownConvolutions {
  private KnownConvolutions() {}

  /** Checks the output, where one is given, and the gradients that are. */
  static void assertConv2d(JsonObject known, DType dtype) {
    for (Algorithm algorithm : Algorithms.exact()) {
      try (Arena arena = Arena.ofConfined()) {
        Tensor input = JsonCases.input(arena, known, "input", dtype);
        Tensor weight = JsonCases.input(arena, known, "weight", dtype);
        JsonObject params = known.getAsJsonObject("params");
        long groups = JsonCases.pair(params, "groups", 1)[0];
        long[] stride = JsonCases.pair(params, "stride", 1);
        long[] dilation = JsonCases.pair(params, "dilation", 1);
        Conv2d conv =
            Conv2d.builder(weight.size(1) * groups, weight.size(0), weight.size(2), weight.size(3))
                .stride(stride[0], stride[1])
                .dilation(dilation[0], dilation[1])
                .groups(groups)
                .padding(JsonCases.padding(params))
                .options(PlanOptions.defaults().withAlgorithm(algorithm))
                .build();
        Tensor bias = JsonCases.input(arena, known, "bias", dtype);
        JsonCases.assertExpected(known, "output", conv.forward(arena, input, weight, bias));
        Tensor gradOutput = JsonCases.input(arena, known, "gradOutput", dtype);
        if (gradOutput != null) {
          Conv2dPlan plan = conv.plan(dtype, input.shape());
          Tensor gradInput = nan(arena, dtype, input.shape());
          plan.backwardInput(gradOutput, weight, gradInput);
          JsonCases.assertExpected(known, "gradInput", gradInput);
          Tensor gradWeights = nan(arena, dtype, weight.shape());
          plan.backwardWeights(input, gradOutput, gradWeights);
          JsonCases.assertExpected(known, "gradWeight", gradWeights);
          Tensor gradBias = nan(arena, dtype, weight.size(0));
          plan.backwardBias(gradOutput, gradBias);
          JsonCases.assertExpected(known, "gradBias", gradBias);
        }
      }
    }
  }

  /** Checks the output and the gradients that are given. */
  static void assertConvTranspose2d(JsonObject known, DType dtype) {
    for (Algorithm algorithm : Algorithms.exact()) {
      try (Arena arena = Arena.ofConfined()) {
        Tensor input = JsonCases.input(arena, known, "input", dtype);
        Tensor weight = JsonCases.input(arena, known, "weight", dtype);
        ConvTranspose2d conv = convTranspose2d(known, weight, algorithm);
        Tensor bias = JsonCases.input(arena, known, "bias", dtype);
        Tensor output = conv.forward(arena, input, weight, bias);
        JsonCases.assertExpected(known, "output", output);
        Tensor gradOutput = JsonCases.input(arena, known, "gradOutput", dtype);
        if (gradOutput != null) {
          ConvTranspose2dPlan plan = conv.plan(dtype, input.shape());
          Tensor gradInput = nan(arena, dtype, input.shape());
          plan.backwardInput(gradOutput, weight, gradInput);
          JsonCases.assertExpected(known, "gradInput", gradInput);
          Tensor gradWeights = nan(arena, dtype, weight.shape());
          plan.backwardWeights(input, gradOutput, gradWeights);
          JsonCases.assertExpected(known, "gradWeight", gradWeights);
          Tensor gradBias = nan(arena, dtype, output.size(1));
          plan.backwardBias(gradOutput, gradBias);
          JsonCases.assertExpected(known, "gradBias", gradBias);
        }
      }
    }
  }

  private static ConvTranspose2d convTranspose2d(
      JsonObject known, Tensor weight, Algorithm algorithm) {
    JsonObject params = known.getAsJsonObject("params");
    long groups = JsonCases.pair(params, "groups", 1)[0];
    long[] stride = JsonCases.pair(params, "stride", 1);
    long[] dilation = JsonCases.pair(params, "dilation", 1);
    long[] outputPadding = JsonCases.pair(params, "outputPadding", 0);
    ConvTranspose2d.Builder builder =
        ConvTranspose2d.builder(
                weight.size(0), weight.size(1) * groups, weight.size(2), weight.size(3))
            .stride(stride[0], stride[1])
            .dilation(dilation[0], dilation[1])
            .groups(groups)
            .padding(JsonCases.padding(params))
            .outputPadding(outputPadding[0], outputPadding[1])
            .options(PlanOptions.defaults().withAlgorithm(algorithm));
    if (params.has("outputSize")) {
      long[] size = JsonCases.pair(params, "outputSize", 0);
      builder.outputSize(size[0], size[1]);
    }
    return builder.build();
  }

  private static Tensor nan(Arena arena, DType dtype, long... shape) {
    return Tensor.allocate(arena, dtype, shape).fill(Double.NaN);
  }
}
