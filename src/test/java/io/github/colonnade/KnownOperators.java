package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import java.lang.foreign.Arena;

/** Runs the small operators of {@link JsonCases}. */
final class KnownOperators {
  private KnownOperators() {}

  /** Checks the output, and the gradients where one of the output is given. */
  static void assertLinear(JsonObject known, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = JsonCases.input(arena, known, "input", dtype);
      Tensor weight = JsonCases.input(arena, known, "weight", dtype);
      Tensor bias = JsonCases.input(arena, known, "bias", dtype);
      Linear linear = Linear.of(weight.size(1), weight.size(0));
      JsonCases.assertExpected(known, "output", linear.forward(arena, input, weight, bias));
      Tensor gradOutput = JsonCases.input(arena, known, "gradOutput", dtype);
      if (gradOutput != null) {
        Tensor gradInput = nan(arena, dtype, input.shape());
        linear.backwardInput(gradOutput, weight, gradInput);
        JsonCases.assertExpected(known, "gradInput", gradInput);
        Tensor gradWeights = nan(arena, dtype, weight.shape());
        linear.backwardWeights(input, gradOutput, gradWeights);
        JsonCases.assertExpected(known, "gradWeight", gradWeights);
        Tensor gradBias = nan(arena, dtype, weight.size(0));
        linear.backwardBias(gradOutput, gradBias);
        JsonCases.assertExpected(known, "gradBias", gradBias);
      }
    }
  }

  static void assertMatrixMultiply(JsonObject known, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor a = JsonCases.input(arena, known, "a", dtype);
      Tensor b = JsonCases.input(arena, known, "b", dtype);
      Tensor c = nan(arena, dtype, a.size(0), b.size(1));
      MatrixMultiply.multiply(a, b, c, 1);
      JsonCases.assertExpected(known, "output", c);
    }
  }

  static void assertRelu(JsonObject known, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = JsonCases.input(arena, known, "input", dtype);
      Tensor output = Relu.create().forward(arena, input);
      // Numbers of single precision, unchanged or zero.
      JsonCases.assertExpected(known, "output", output);
    }
  }

  /** Checks the loss, and its gradient where one is given. */
  static void assertCrossEntropy(JsonObject known, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      Tensor logits = JsonCases.input(arena, known, "logits", dtype);
      Tensor labels = JsonCases.input(arena, known, "labels", DType.I64);
      SoftmaxCrossEntropy loss = SoftmaxCrossEntropy.create();
      Tensor gradLogits = nan(arena, dtype, logits.shape());
      double forward = loss.forward(logits, labels);
      assertEquals(forward, loss.backward(logits, labels, gradLogits));
      Tensor mean = Tensor.allocate(arena, dtype, 1);
      mean.set(0, forward);
      JsonCases.assertExpected(known, "loss", mean);
      JsonCases.assertExpected(known, "gradLogits", gradLogits);
    }
  }

  private static Tensor nan(Arena arena, DType dtype, long... shape) {
    return Tensor.allocate(arena, dtype, shape).fill(Double.NaN);
  }
}
