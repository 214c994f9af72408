package io.github.colonnade.peers;

import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.DType;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.Tensor;
import io.github.colonnade.cli.bench.BenchPass;
import io.github.colonnade.cli.bench.Layer;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * One pass of one layer with its operands, and what comes out of it.
 *
 * @param layer sizes
 * @param dtype element type
 * @param pass what to compute
 * @param input {@code [N, C, H, W]}
 * @param weight {@code [O, C/groups, KH, KW]}
 * @param bias {@code [O]}
 * @param gradOutput {@code [N, O, OH, OW]}
 */
record Problem(
    Layer layer,
    DType dtype,
    BenchPass pass,
    Tensor input,
    Tensor weight,
    Tensor bias,
    Tensor gradOutput) {
  private static final long SEED = 42;

  /**
   * Rounding errors allowed for each term of a sum. Operands lie between −1 and 1. Sums in any
   * order stay below 1, Winograd's algorithm below 16; 16-bit products would need thousands.
   */
  private static final double ROUNDOFFS_PER_TERM = 32;

  /** Makes a problem of random numbers between −1 and 1, the same at every call. */
  static Problem random(Arena arena, Layer layer, DType dtype, BenchPass pass) {
    SplittableRandom random = new SplittableRandom(SEED);
    long[] outputShape = exactPlan(layer, dtype).outputShape();
    return new Problem(
        layer,
        dtype,
        pass,
        random(arena, random, dtype, layer.inputShape()),
        random(arena, random, dtype, layer.weightShape()),
        random(arena, random, dtype, layer.o()),
        random(arena, random, dtype, outputShape));
  }

  private static Tensor random(Arena arena, SplittableRandom random, DType dtype, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, 2 * random.nextDouble() - 1);
    }
    return tensor;
  }

  private static Conv2dPlan exactPlan(Layer layer, DType dtype) {
    return layer.conv2d(PlanOptions.defaults().withExact(true)).plan(dtype, layer.inputShape());
  }

  long outH() {
    return gradOutput.size(2);
  }

  long outW() {
    return gradOutput.size(3);
  }

  /** Computes what {@link Contender#results} must return, multiplied and added by definition. */
  List<double[]> expected() {
    Conv2dPlan plan = exactPlan(layer, dtype);
    try (Arena arena = Arena.ofShared()) {
      if (pass == BenchPass.FORWARD) {
        Tensor output = Tensor.allocate(arena, dtype, plan.outputShape());
        plan.forward(input, weight, bias, output);
        return List.of(output.toDoubleArray());
      }
      Tensor gradInput = Tensor.allocate(arena, dtype, layer.inputShape());
      Tensor gradWeights = Tensor.allocate(arena, dtype, layer.weightShape());
      Tensor gradBias = Tensor.allocate(arena, dtype, layer.o());
      plan.backwardInput(gradOutput, weight, gradInput);
      plan.backwardWeights(input, gradOutput, gradWeights);
      plan.backwardBias(gradOutput, gradBias);
      return List.of(
          gradInput.toDoubleArray(), gradWeights.toDoubleArray(), gradBias.toDoubleArray());
    }
  }

  /**
   * Compares every element.
   *
   * @throws IllegalStateException naming the first that is wrong
   */
  void requireEqual(List<double[]> expected, List<double[]> actual) {
    long pixels = layer.n() * outH() * outW();
    List<String> names =
        pass == BenchPass.FORWARD
            ? List.of("output")
            : List.of("gradInput", "gradWeights", "gradBias");
    List<Long> terms =
        pass == BenchPass.FORWARD
            ? List.of(layer.depth() + 1)
            : List.of(layer.o() / layer.groups() * layer.kh() * layer.kw(), pixels, pixels);
    if (actual.size() != names.size()) {
      throw new IllegalStateException("has " + actual.size() + " results, must be " + names);
    }
    double roundoff = dtype == DType.F64 ? 0x1p-53 : 0x1p-24;
    for (int i = 0; i < names.size(); i++) {
      double allowed = ROUNDOFFS_PER_TERM * terms.get(i) * roundoff;
      requireEqual(names.get(i), expected.get(i), actual.get(i), allowed);
    }
  }

  private void requireEqual(String what, double[] expected, double[] actual, double allowed) {
    if (actual.length != expected.length) {
      throw new IllegalStateException(
          what + " has " + actual.length + " elements, must have " + expected.length);
    }
    for (int i = 0; i < expected.length; i++) {
      if (!(Math.abs(actual[i] - expected[i]) <= allowed)) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "layer %s, %s: element %d of %s is %s, must be %s within %.3g",
                layer.name(),
                dtype,
                i,
                what,
                actual[i],
                expected[i],
                allowed));
      }
    }
  }
}
