package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The three gradients: the definition by mathematics, every algorithm against the definition. */
class Conv2dBackwardTest {
  private static final long MOST_SLOPE_PRODUCTS = 1 << 21;

  @TestFactory
  Stream<DynamicTest> algorithmsAgree() {
    return ConvCase.named().entrySet().stream()
        .map(named -> DynamicTest.dynamicTest(named.getKey(), () -> check(named.getValue(), 5)));
  }

  @Test
  void algorithmsAgreeOnRandomCases() {
    for (long seed = 0; seed < 1000; seed++) {
      ConvCase drawn = ConvCase.random(new SplittableRandom(seed));
      try {
        check(drawn, seed);
      } catch (AssertionError | RuntimeException failure) {
        throw new AssertionError("seed " + seed + ": " + drawn, failure);
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> gradientsAreTheSlopesOfTheForwardPass() {
    return ConvCase.named().entrySet().stream()
        .filter(
            named ->
                named.getValue().n() * named.getValue().h() * named.getValue().w() > 0
                    && named.getValue().depth() < 100)
        .map(Conv2dBackwardTest::slopes);
  }

  private static DynamicTest slopes(Map.Entry<String, ConvCase> named) {
    return DynamicTest.dynamicTest(
        named.getKey(),
        () -> {
          for (Algorithm algorithm : Algorithms.suiting(named.getValue())) {
            try (Arena arena = Arena.ofConfined()) {
              new Gradients(arena, named.getValue(), DType.F64, 3)
                  .assertSlopes(PlanOptions.defaults().withAlgorithm(algorithm));
            }
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> passesAreAdjoint() {
    return ConvCase.named().entrySet().stream()
        .map(
            named ->
                DynamicTest.dynamicTest(
                    named.getKey(),
                    () -> {
                      for (Algorithm algorithm : Algorithms.suiting(named.getValue())) {
                        for (DType dtype : new DType[] {DType.F64, DType.F32}) {
                          try (Arena arena = Arena.ofConfined()) {
                            new Gradients(arena, named.getValue(), dtype, 9)
                                .assertAdjoint(PlanOptions.defaults().withAlgorithm(algorithm));
                          }
                        }
                      }
                    }));
  }

  @Test
  void aSmallWorkspaceChangesTheTilesNotTheResult() {
    ConvCase drawn = ConvCase.of(3, 40, 13, 17, 24, 3, 3).padding(1, 1, 1, 1);
    for (long cap : new long[] {2048, 10_000, 65_536}) {
      assertMatchesReferenceWithin(cap, drawn, Algorithm.IM2COL);
    }
  }

  @Test
  void aSmallWorkspaceCutsLargePlanesIntoBands() {
    ConvCase drawn = ConvCase.of(2, 4, 40, 33, 4, 3, 3).groups(4).padding(1, 1, 1, 1);
    for (long cap : new long[] {2000, 6000, 20_000, 65_536}) {
      assertMatchesReferenceWithin(cap, drawn, Algorithm.DIRECT);
    }
  }

  private static void assertMatchesReferenceWithin(long cap, ConvCase drawn, Algorithm algorithm) {
    try (Arena arena = Arena.ofConfined()) {
      PlanOptions options =
          PlanOptions.defaults().withThreads(2).withAlgorithm(algorithm).withMaxWorkspaceBytes(cap);
      new Gradients(arena, drawn, DType.F64, 1).assertMatchesReference(options);
    }
  }

  @TestFactory
  Stream<DynamicTest> theCallersWorkspaceMayHoldAnything() {
    return ConvCase.named().entrySet().stream()
        .map(
            named ->
                DynamicTest.dynamicTest(
                    named.getKey(),
                    () -> {
                      for (DType dtype : new DType[] {DType.F64, DType.F32}) {
                        try (Arena arena = Arena.ofConfined()) {
                          new Gradients(arena, named.getValue(), dtype, 7).assertWorkspaceServes();
                        }
                      }
                    }));
  }

  private static void check(ConvCase drawn, long seed) {
    PlanOptions options = PlanOptions.defaults().withThreads(2);
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      try (Arena arena = Arena.ofConfined()) {
        Gradients gradients = new Gradients(arena, drawn, dtype, seed);
        for (Algorithm algorithm : Algorithms.suiting(drawn)) {
          if (algorithm != Algorithm.REFERENCE) {
            gradients.assertMatchesReference(options.withAlgorithm(algorithm));
          }
        }
      }
    }
  }

  /** Random operands of one case. */
  private static final class Gradients {
    private final Arena arena;
    private final ConvCase drawn;
    private final DType dtype;
    private final Tensor input;
    private final Tensor weight;
    private final Tensor bias;
    private final Tensor gradOutput;
    private Reference reference;

    /** The gradients by the definition, and those of the operands' magnitudes. */
    private record Reference(
        Tensor gradInput,
        Tensor inputMagnitudes,
        Tensor gradWeights,
        Tensor weightMagnitudes,
        Tensor gradBias,
        Tensor biasMagnitudes) {}

    Gradients(Arena arena, ConvCase drawn, DType dtype, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      this.arena = arena;
      this.drawn = drawn;
      this.dtype = dtype;
      this.input = Guarded.random(arena, random, dtype, drawn.inputShape()).tensor();
      this.weight = Guarded.random(arena, random, dtype, drawn.weightShape()).tensor();
      this.bias = Guarded.random(arena, random, dtype, drawn.o()).tensor();
      long[] outputShape = drawn.conv().plan(dtype, drawn.inputShape()).outputShape();
      this.gradOutput = Guarded.random(arena, random, dtype, outputShape).tensor();
    }

    private Conv2dPlan plan(PlanOptions options, DType type) {
      return drawn.conv().plan(options, type, drawn.inputShape());
    }

    private Tensor gradInput(Conv2dPlan plan) {
      Guarded gradInput = Guarded.nan(arena, dtype, drawn.inputShape());
      plan.backwardInput(gradOutput, weight, gradInput.tensor());
      gradInput.assertCanariesAlive(drawn + " gradInput");
      return gradInput.tensor();
    }

    private Tensor gradWeights(Conv2dPlan plan) {
      Guarded gradWeights = Guarded.nan(arena, dtype, drawn.weightShape());
      plan.backwardWeights(input, gradOutput, gradWeights.tensor());
      gradWeights.assertCanariesAlive(drawn + " gradWeights");
      return gradWeights.tensor();
    }

    private Tensor gradBias(Conv2dPlan plan) {
      Guarded gradBias = Guarded.nan(arena, dtype, drawn.o());
      plan.backwardBias(gradOutput, gradBias.tensor());
      gradBias.assertCanariesAlive(drawn + " gradBias");
      return gradBias.tensor();
    }

    void assertMatchesReference(PlanOptions options) {
      reference = reference == null ? reference() : reference;
      Conv2dPlan plan = plan(options, dtype);
      String what = plan.explain() + " " + drawn;
      long outputs = drawn.o() / drawn.groups() * drawn.kh() * drawn.kw();
      Tolerance.assertClose(
          "gradInput " + what,
          reference.gradInput,
          gradInput(plan),
          outputs,
          reference.inputMagnitudes,
          plan.algorithm(Pass.BACKWARD_INPUT));
      long pixels = gradOutput.elementCount() / drawn.o();
      Tolerance.assertClose(
          "gradWeights " + what,
          reference.gradWeights,
          gradWeights(plan),
          pixels,
          reference.weightMagnitudes,
          plan.algorithm(Pass.BACKWARD_WEIGHTS));
      Tolerance.assertClose(
          "gradBias " + what, reference.gradBias, gradBias(plan), pixels, reference.biasMagnitudes);
    }

    /** Computed once for all algorithms: nothing here takes longer. */
    private Reference reference() {
      PlanOptions naive = PlanOptions.defaults().withAlgorithm(Algorithm.REFERENCE);
      Conv2dPlan plan = plan(naive, dtype);
      Conv2dPlan exact = plan(naive, DType.F64);
      Tensor absInput = Tolerance.magnitudes(arena, input);
      Tensor absWeight = Tolerance.magnitudes(arena, weight);
      Tensor absGradient = Tolerance.magnitudes(arena, gradOutput);
      Tensor inputMagnitudes = Tensor.allocate(arena, DType.F64, drawn.inputShape());
      exact.backwardInput(absGradient, absWeight, inputMagnitudes);
      Tensor weightMagnitudes = Tensor.allocate(arena, DType.F64, drawn.weightShape());
      exact.backwardWeights(absInput, absGradient, weightMagnitudes);
      Tensor biasMagnitudes = Tensor.allocate(arena, DType.F64, drawn.o());
      exact.backwardBias(absGradient, biasMagnitudes);
      Tensor sums = Tensor.allocate(arena, DType.F64, drawn.o());
      for (long i = 0; i < gradOutput.elementCount(); i++) {
        long oc = i / (gradOutput.size(2) * gradOutput.size(3)) % drawn.o();
        sums.set(oc, sums.get(oc) + gradOutput.get(i));
      }
      return new Reference(
          gradInput(plan),
          inputMagnitudes,
          gradWeights(plan),
          weightMagnitudes,
          sums,
          biasMagnitudes);
    }

    /** Exactly what a pass asks for is enough, and what it held does not matter. */
    void assertWorkspaceServes() {
      Conv2dPlan plan = plan(PlanOptions.defaults().withThreads(3), dtype);
      Guarded scratch = scratch(plan, Pass.FORWARD);
      Tensor output = Tensor.allocate(arena, dtype, plan.outputShape());
      plan.forward(input, weight, bias, output);
      Tensor own = Tensor.allocate(arena, dtype, plan.outputShape());
      plan.forward(input, weight, bias, own, scratch.workspace());
      assertArrayEquals(output.toDoubleArray(), own.toDoubleArray());
      scratch.assertCanariesAlive("workspace of forward, " + drawn);

      scratch = scratch(plan, Pass.BACKWARD_INPUT);
      own = Tensor.allocate(arena, dtype, drawn.inputShape());
      plan.backwardInput(gradOutput, weight, own, scratch.workspace());
      assertArrayEquals(gradInput(plan).toDoubleArray(), own.toDoubleArray());
      scratch.assertCanariesAlive("workspace of backwardInput, " + drawn);

      scratch = scratch(plan, Pass.BACKWARD_WEIGHTS);
      own = Tensor.allocate(arena, dtype, drawn.weightShape());
      plan.backwardWeights(input, gradOutput, own, scratch.workspace());
      assertArrayEquals(gradWeights(plan).toDoubleArray(), own.toDoubleArray());
      scratch.assertCanariesAlive("workspace of backwardWeights, " + drawn);
    }

    private Guarded scratch(Conv2dPlan plan, Pass pass) {
      return Guarded.nan(arena, DType.F64, plan.workspaceBytes(pass) / DType.F64.byteSize());
    }

    /** The passes are linear, so central differences are exact but for rounding. */
    void assertSlopes(PlanOptions options) {
      Conv2dPlan plan = plan(options, dtype);
      SplittableRandom random = new SplittableRandom(17);
      assertSlopes(plan, input, gradInput(plan), random, "gradInput");
      assertSlopes(plan, weight, gradWeights(plan), random, "gradWeights");
      assertSlopes(plan, bias, gradBias(plan), random, "gradBias");
    }

    private void assertSlopes(
        Conv2dPlan plan, Tensor varied, Tensor gradient, SplittableRandom random, String what) {
      Tensor output = Tensor.allocate(arena, dtype, plan.outputShape());
      // Fewer where a forward pass takes long: passesAreAdjoint looks at every element.
      long draws = Math.clamp(MOST_SLOPE_PRODUCTS / (output.elementCount() * drawn.depth()), 3, 20);
      for (int draw = 0; draw < draws; draw++) {
        long index = random.nextLong(varied.elementCount());
        double value = varied.get(index);
        varied.set(index, value + 0.5);
        plan.forward(input, weight, bias, output);
        double above = dot(output, gradOutput);
        varied.set(index, value - 0.5);
        plan.forward(input, weight, bias, output);
        double below = dot(output, gradOutput);
        varied.set(index, value);
        assertEquals(
            gradient.get(index), above - below, 1e-10, what + "[" + index + "] of " + drawn);
      }
    }

    /** ⟨conv x, y⟩ = ⟨x, convᵀ y⟩ = ⟨w, gradWeights⟩. */
    void assertAdjoint(PlanOptions options) {
      Conv2dPlan plan = plan(options, dtype);
      Tensor output = Tensor.allocate(arena, dtype, plan.outputShape());
      plan.forward(input, weight, null, output);
      double forward = dot(output, gradOutput);
      double tolerance =
          8
              * Tolerance.factor(plan.algorithm(), dtype, drawn.depth() + 6)
              * (1 + absoluteDot(plan));
      assertEquals(forward, dot(input, gradInput(plan)), tolerance, "gradInput of " + drawn);
      assertEquals(forward, dot(weight, gradWeights(plan)), tolerance, "gradWeights of " + drawn);
    }

    private double absoluteDot(Conv2dPlan plan) {
      Tensor output = Tensor.allocate(arena, DType.F64, plan.outputShape());
      plan(PlanOptions.defaults().withAlgorithm(Algorithm.REFERENCE), DType.F64)
          .forward(
              Tolerance.magnitudes(arena, input),
              Tolerance.magnitudes(arena, weight),
              null,
              output);
      return dot(output, Tolerance.magnitudes(arena, gradOutput));
    }

    private static double dot(Tensor a, Tensor b) {
      double sum = 0;
      for (long i = 0; i < a.elementCount(); i++) {
        sum += a.get(i) * b.get(i);
      }
      return sum;
    }
  }
}
