package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Transposed convolution and its three gradients: every algorithm against plain loops. */
class ConvTranspose2dTest {
  private static final long RANDOM_CASES = 600;

  /** Checks one case by one algorithm. */
  private interface Check {
    void run(Operation operation, Algorithm algorithm);
  }

  @TestFactory
  Stream<DynamicTest> everyAlgorithmFollowsTheDefinition() {
    return named(Operation::assertFollowsTheDefinition);
  }

  @Test
  void everyAlgorithmFollowsTheDefinitionOnRandomCases() {
    for (long seed = 0; seed < RANDOM_CASES; seed++) {
      ConvTransposeCase drawn = ConvTransposeCase.random(new SplittableRandom(seed));
      try {
        check(drawn, seed, Operation::assertFollowsTheDefinition);
      } catch (AssertionError | RuntimeException failure) {
        throw new AssertionError("seed " + seed + ": " + drawn, failure);
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> itIsTheAdjointOfAConvolution() {
    return named(Operation::assertAdjoint);
  }

  @Test
  void itIsTheAdjointOfAConvolutionOnRandomCases() {
    for (long seed = 0; seed < RANDOM_CASES; seed++) {
      check(ConvTransposeCase.random(new SplittableRandom(seed)), seed, Operation::assertAdjoint);
    }
  }

  @TestFactory
  Stream<DynamicTest> gradientsAreTheSlopesOfTheForwardPass() {
    return named(Operation::assertSlopes);
  }

  @TestFactory
  Stream<DynamicTest> theCallersWorkspaceMayHoldAnything() {
    return named(Operation::assertWorkspaceServes);
  }

  @Test
  void theOneLinerEqualsThePlan() {
    ConvTransposeCase drawn = ConvTransposeCase.of(2, 3, 4, 5, 2, 3, 3).stride(2, 2).extra(1, 0);
    try (Arena arena = Arena.ofConfined()) {
      Operation operation = new Operation(arena, drawn, DType.F32, 2);
      Tensor planned = operation.forward(operation.plan(Algorithm.AUTO, DType.F32));
      Tensor output =
          drawn.conv().forward(arena, operation.input, operation.weight, operation.bias);
      assertArrayEquals(planned.toDoubleArray(), output.toDoubleArray());
    }
  }

  @Test
  void aSmallWorkspaceChangesTheTilesNotTheResult() {
    ConvTransposeCase drawn =
        ConvTransposeCase.of(3, 24, 13, 17, 40, 3, 3).stride(2, 1).padding(1, 1, 1, 1);
    for (long cap : new long[] {2048, 10_000, 65_536}) {
      try (Arena arena = Arena.ofConfined()) {
        Operation operation = new Operation(arena, drawn, DType.F64, 1);
        PlanOptions options =
            PlanOptions.defaults()
                .withThreads(2)
                .withAlgorithm(Algorithm.IM2COL)
                .withMaxWorkspaceBytes(cap);
        operation.assertFollowsTheDefinition(
            drawn.conv().plan(options, DType.F64, drawn.inputShape()));
      }
    }
  }

  private static Stream<DynamicTest> named(Check check) {
    return ConvTransposeCase.named().entrySet().stream()
        .map(
            named ->
                DynamicTest.dynamicTest(named.getKey(), () -> check(named.getValue(), 5, check)));
  }

  private static void check(ConvTransposeCase drawn, long seed, Check check) {
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      try (Arena arena = Arena.ofConfined()) {
        Operation operation = new Operation(arena, drawn, dtype, seed);
        for (Algorithm algorithm : Algorithms.exact()) {
          check.run(operation, algorithm);
        }
      }
    }
  }

  /** Random operands of one case. */
  private static final class Operation {
    private final Arena arena;
    private final ConvTransposeCase drawn;
    private final DType dtype;
    private final Tensor input;
    private final Tensor weight;
    private final Tensor bias;
    private final Tensor gradOutput;
    private Definition definition;

    /** All four results by the definition. */
    private record Definition(Sums output, Sums gradInput, Sums gradWeights, Sums gradBias) {}

    Operation(Arena arena, ConvTransposeCase drawn, DType dtype, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      this.arena = arena;
      this.drawn = drawn;
      this.dtype = dtype;
      this.input = Guarded.random(arena, random, dtype, drawn.inputShape()).tensor();
      this.weight = Guarded.random(arena, random, dtype, drawn.weightShape()).tensor();
      this.bias =
          random.nextBoolean() ? Guarded.random(arena, random, dtype, drawn.o()).tensor() : null;
      this.gradOutput = Guarded.random(arena, random, dtype, drawn.outputShape()).tensor();
    }

    ConvTranspose2dPlan plan(Algorithm algorithm, DType type) {
      PlanOptions options = PlanOptions.defaults().withThreads(2).withAlgorithm(algorithm);
      return drawn.conv().plan(options, type, drawn.inputShape());
    }

    Tensor forward(ConvTranspose2dPlan plan) {
      Guarded output = Guarded.nan(arena, dtype, drawn.outputShape());
      plan.forward(input, weight, bias, output.tensor());
      output.assertCanariesAlive(drawn + " output");
      return output.tensor();
    }

    private Tensor gradInput(ConvTranspose2dPlan plan) {
      Guarded gradInput = Guarded.nan(arena, dtype, drawn.inputShape());
      plan.backwardInput(gradOutput, weight, gradInput.tensor());
      gradInput.assertCanariesAlive(drawn + " gradInput");
      return gradInput.tensor();
    }

    private Tensor gradWeights(ConvTranspose2dPlan plan) {
      Guarded gradWeights = Guarded.nan(arena, dtype, drawn.weightShape());
      plan.backwardWeights(input, gradOutput, gradWeights.tensor());
      gradWeights.assertCanariesAlive(drawn + " gradWeights");
      return gradWeights.tensor();
    }

    private Tensor gradBias(ConvTranspose2dPlan plan) {
      Guarded gradBias = Guarded.nan(arena, dtype, drawn.o());
      plan.backwardBias(gradOutput, gradBias.tensor());
      gradBias.assertCanariesAlive(drawn + " gradBias");
      return gradBias.tensor();
    }

    void assertFollowsTheDefinition(Algorithm algorithm) {
      assertFollowsTheDefinition(plan(algorithm, dtype));
    }

    void assertFollowsTheDefinition(ConvTranspose2dPlan plan) {
      assertArrayEquals(drawn.outputShape(), plan.outputShape(), drawn.toString());
      assertArrayEquals(drawn.weightShape(), plan.weightShape(), drawn.toString());
      definition = definition == null ? definition() : definition;
      long taps = drawn.kh() * drawn.kw();
      long pixels = drawn.n() * drawn.h() * drawn.w();
      String what = plan.algorithm() + " " + drawn;
      definition.output.assertClose(
          "output, " + what, forward(plan), drawn.c() / drawn.groups() * taps);
      definition.gradInput.assertClose(
          "gradInput, " + what, gradInput(plan), drawn.o() / drawn.groups() * taps);
      definition.gradWeights.assertClose("gradWeights, " + what, gradWeights(plan), pixels);
      definition.gradBias.assertClose(
          "gradBias, " + what, gradBias(plan), drawn.n() * drawn.outputH() * drawn.outputW());
    }

    /** Computed once for all algorithms: nothing here takes longer. */
    private Definition definition() {
      Sums output = new Sums(arena, drawn.outputShape());
      Sums gradInput = new Sums(arena, drawn.inputShape());
      Sums gradWeights = new Sums(arena, drawn.weightShape());
      Sums gradBias = new Sums(arena, drawn.o());
      drawn.products(
          (x, w, y) -> {
            output.add(y, input.get(x) * weight.get(w));
            gradInput.add(x, gradOutput.get(y) * weight.get(w));
            gradWeights.add(w, gradOutput.get(y) * input.get(x));
          });
      long plane = drawn.outputH() * drawn.outputW();
      for (long y = 0; y < gradOutput.elementCount(); y++) {
        if (bias != null) {
          output.add(y, bias.get(y / plane % drawn.o()));
        }
        gradBias.add(y / plane % drawn.o(), gradOutput.get(y));
      }
      return new Definition(output, gradInput, gradWeights, gradBias);
    }

    /** ⟨convᵀ x, y⟩ = ⟨x, conv y⟩ = ⟨w, gradWeights⟩, bias apart. */
    void assertAdjoint(Algorithm algorithm) {
      ConvTranspose2dPlan plan = plan(algorithm, dtype);
      Tensor output = Tensor.allocate(arena, dtype, drawn.outputShape());
      plan.forward(input, weight, null, output);
      double forward = dot(output, gradOutput);
      Tensor magnitudes = Tensor.allocate(arena, DType.F64, drawn.outputShape());
      plan(Algorithm.REFERENCE, DType.F64)
          .forward(
              Tolerance.magnitudes(arena, input),
              Tolerance.magnitudes(arena, weight),
              null,
              magnitudes);
      double size = dot(magnitudes, Tolerance.magnitudes(arena, gradOutput));
      double tolerance = 8 * Tolerance.roundoff(dtype) * (1 + size) * Math.max(8, longestSum());
      assertEquals(forward, dot(input, gradInput(plan)), tolerance, "gradInput of " + drawn);
      assertEquals(forward, dot(weight, gradWeights(plan)), tolerance, "gradWeights of " + drawn);
      if (drawn.hasAdjoint()) {
        PlanOptions options = PlanOptions.defaults().withAlgorithm(algorithm);
        Conv2dPlan conv = drawn.adjoint().plan(options, dtype, drawn.outputShape());
        assertArrayEquals(drawn.inputShape(), conv.outputShape(), drawn.toString());
        Tensor back = Tensor.allocate(arena, dtype, drawn.inputShape());
        conv.forward(gradOutput, weight, null, back);
        assertEquals(forward, dot(input, back), tolerance, "convolution of " + drawn);
      }
    }

    private long longestSum() {
      return Math.max(drawn.c(), drawn.o()) / drawn.groups() * drawn.kh() * drawn.kw()
          + drawn.n() * drawn.h() * drawn.w();
    }

    /** The passes are linear, so central differences are exact but for rounding. */
    void assertSlopes(Algorithm algorithm) {
      if (dtype != DType.F64 || drawn.n() == 0 || longestSum() > 1000) {
        return;
      }
      ConvTranspose2dPlan plan = plan(algorithm, dtype);
      SplittableRandom random = new SplittableRandom(17);
      assertSlopes(plan, input, gradInput(plan), random, "gradInput");
      assertSlopes(plan, weight, gradWeights(plan), random, "gradWeights");
      if (bias != null) {
        assertSlopes(plan, bias, gradBias(plan), random, "gradBias");
      }
    }

    private void assertSlopes(
        ConvTranspose2dPlan plan,
        Tensor varied,
        Tensor gradient,
        SplittableRandom random,
        String what) {
      for (int draw = 0; draw < 12; draw++) {
        long index = random.nextLong(varied.elementCount());
        double value = varied.get(index);
        varied.set(index, value + 0.5);
        double above = dot(forward(plan), gradOutput);
        varied.set(index, value - 0.5);
        double below = dot(forward(plan), gradOutput);
        varied.set(index, value);
        assertEquals(
            gradient.get(index), above - below, 1e-10, what + "[" + index + "] of " + drawn);
      }
    }

    void assertWorkspaceServes(Algorithm algorithm) {
      ConvTranspose2dPlan plan = plan(algorithm, dtype);
      Guarded scratch = Guarded.nan(arena, DType.F64, Math.ceilDiv(plan.workspaceBytes(), 8));
      Workspace workspace = scratch.workspace();
      assertEquals(Math.ceilDiv(plan.workspaceBytes(), 8) * 8, workspace.byteSize());
      Guarded output = Guarded.nan(arena, dtype, drawn.outputShape());
      plan.forward(input, weight, bias, output.tensor(), workspace);
      assertArrayEquals(forward(plan).toDoubleArray(), output.tensor().toDoubleArray());
      Guarded gradInput = Guarded.nan(arena, dtype, drawn.inputShape());
      plan.backwardInput(gradOutput, weight, gradInput.tensor(), workspace);
      assertArrayEquals(gradInput(plan).toDoubleArray(), gradInput.tensor().toDoubleArray());
      Guarded gradWeights = Guarded.nan(arena, dtype, drawn.weightShape());
      plan.backwardWeights(input, gradOutput, gradWeights.tensor(), workspace);
      assertArrayEquals(gradWeights(plan).toDoubleArray(), gradWeights.tensor().toDoubleArray());
      Guarded gradBias = Guarded.nan(arena, dtype, drawn.o());
      plan.backwardBias(gradOutput, gradBias.tensor(), workspace);
      assertArrayEquals(gradBias(plan).toDoubleArray(), gradBias.tensor().toDoubleArray());
      scratch.assertCanariesAlive("workspace of " + drawn);
    }

    private static double dot(Tensor a, Tensor b) {
      double sum = 0;
      for (long i = 0; i < a.elementCount(); i++) {
        sum += a.get(i) * b.get(i);
      }
      return sum;
    }
  }

  /** What the definition gives, and the magnitudes that its rounding scales with. */
  private static final class Sums {
    private final Tensor expected;
    private final Tensor magnitudes;

    Sums(Arena arena, long... shape) {
      expected = Tensor.allocate(arena, DType.F64, shape);
      magnitudes = Tensor.allocate(arena, DType.F64, shape);
    }

    void add(long index, double term) {
      expected.set(index, expected.get(index) + term);
      magnitudes.set(index, magnitudes.get(index) + Math.abs(term));
    }

    void assertClose(String what, Tensor actual, long terms) {
      Tolerance.assertClose(what, expected, actual, terms, magnitudes);
    }
  }
}
