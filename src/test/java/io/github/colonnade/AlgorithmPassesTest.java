package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every algorithm computes every pass of a convolution whose channels, rows and columns differ. */
class AlgorithmPassesTest {
  private static final ConvCase CASE =
      ConvCase.of(2, 6, 13, 15, 8, 3, 3).padding(1, 0, 2, 1).groups(2);

  @ParameterizedTest
  @EnumSource(Algorithm.class)
  void passesAreThoseOfTheDefinition(Algorithm algorithm) {
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      // With less memory, weights are laid out tile by tile.
      for (long bytes : new long[] {60_000, 4L << 20}) {
        PlanOptions options = PlanOptions.defaults().withAlgorithm(algorithm).withThreads(1);
        check(options.withMaxWorkspaceBytes(bytes), dtype);
      }
    }
  }

  private static void check(PlanOptions options, DType dtype) {
    PlanOptions definition = options.withAlgorithm(Algorithm.REFERENCE);
    try (Arena arena = Arena.ofConfined()) {
      Passes expected = new Passes(arena, definition, dtype);
      Passes actual = new Passes(arena, options, dtype);
      double most = dtype == DType.F64 ? 1e-12 : 1e-4;
      assertClose(expected.output, actual.output, most, actual.plan);
      assertClose(expected.output, actual.preparedOutput, most, actual.plan);
      assertClose(expected.gradInput, actual.gradInput, most, actual.plan);
      assertClose(expected.gradInput, actual.preparedGradInput, most, actual.plan);
      assertClose(expected.gradWeights, actual.gradWeights, most, actual.plan);
    }
  }

  private static void assertClose(Tensor expected, Tensor actual, double most, Conv2dPlan plan) {
    for (long i = 0; i < expected.elementCount(); i++) {
      assertEquals(expected.get(i), actual.get(i), most, plan.explain());
    }
  }

  /** What a plan makes of operands that are always the same. */
  private static final class Passes {
    final Conv2dPlan plan;
    final Tensor output;
    final Tensor preparedOutput;
    final Tensor gradInput;
    final Tensor preparedGradInput;
    final Tensor gradWeights;

    Passes(Arena arena, PlanOptions options, DType dtype) {
      plan = CASE.conv().plan(options, dtype, CASE.inputShape());
      SplittableRandom random = new SplittableRandom(1);
      Tensor input = Guarded.random(arena, random, dtype, plan.inputShape()).tensor();
      Tensor weight = Guarded.random(arena, random, dtype, plan.weightShape()).tensor();
      Tensor bias = Guarded.random(arena, random, dtype, plan.outputShape()[1]).tensor();
      Tensor gradOutput = Guarded.random(arena, random, dtype, plan.outputShape()).tensor();
      PreparedWeights prepared = plan.prepare(arena, weight);
      output = Tensor.allocate(arena, dtype, plan.outputShape());
      plan.forward(input, weight, bias, output);
      preparedOutput = Tensor.allocate(arena, dtype, plan.outputShape());
      plan.forward(input, prepared, bias, preparedOutput);
      gradInput = Tensor.allocate(arena, dtype, plan.inputShape());
      plan.backwardInput(gradOutput, weight, gradInput);
      preparedGradInput = Tensor.allocate(arena, dtype, plan.inputShape());
      plan.backwardInput(gradOutput, prepared, preparedGradInput);
      gradWeights = Tensor.allocate(arena, dtype, plan.weightShape());
      plan.backwardWeights(input, gradOutput, gradWeights);
    }
  }
}
