package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every algorithm computes every pass of convolutions whose channels, rows and columns differ. */
class AlgorithmPassesTest {
  private static final ConvCase GROUPED =
      ConvCase.of(2, 6, 13, 15, 8, 3, 3).padding(1, 0, 2, 1).groups(2);

  /** Wide enough for direct convolution to go down its rows. */
  private static final ConvCase WIDE = ConvCase.of(1, 2, 5, 140, 3, 3, 3).padding(1, 2, 1, 0);

  /** Few pixels and many channels: columns are lowered by all threads together. */
  private static final ConvCase DEEP = ConvCase.of(1, 48, 5, 4, 64, 3, 3).padding(1, 1, 1, 1);

  /** The kernel covers the plane. */
  private static final ConvCase DENSE = ConvCase.of(4, 2, 3, 3, 5, 3, 3);

  @ParameterizedTest
  @EnumSource(Algorithm.class)
  void passesAreThoseOfTheDefinition(Algorithm algorithm) {
    for (ConvCase drawn : new ConvCase[] {GROUPED, WIDE, DEEP, DENSE}) {
      check(drawn, algorithm, DType.F64, 1e-11);
      check(drawn, algorithm, DType.F32, 1e-3);
    }
  }

  private static void check(ConvCase drawn, Algorithm algorithm, DType dtype, double most) {
    PlanOptions options = PlanOptions.defaults().withThreads(1);
    try (Arena arena = Arena.ofConfined()) {
      Passes expected = new Passes(arena, drawn, options.withAlgorithm(Algorithm.REFERENCE), dtype);
      // With less memory, weights are laid out for each tile.
      for (long bytes : new long[] {60_000, 4L << 20}) {
        PlanOptions asked = options.withAlgorithm(algorithm).withMaxWorkspaceBytes(bytes);
        Passes actual = new Passes(arena, drawn, asked, dtype);
        assertClose(expected.output, actual.output, most, actual.plan);
        assertClose(expected.output, actual.preparedOutput, most, actual.plan);
        assertClose(expected.gradInput, actual.gradInput, most, actual.plan);
        assertClose(expected.gradInput, actual.preparedGradInput, most, actual.plan);
        assertClose(expected.gradWeights, actual.gradWeights, most, actual.plan);
      }
    }
  }

  private static void assertClose(Tensor expected, Tensor actual, double most, Conv2dPlan plan) {
    for (long i = 0; i < expected.elementCount(); i++) {
      if (!(Math.abs(expected.get(i) - actual.get(i)) <= most)) {
        fail(i + ": is " + actual.get(i) + ", must be " + expected.get(i) + ": " + plan.explain());
      }
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

    Passes(Arena arena, ConvCase drawn, PlanOptions options, DType dtype) {
      plan = drawn.conv().plan(options, dtype, drawn.inputShape());
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
