package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Axis;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Forward convolution: the definition against plain loops, every algorithm against it. */
class Conv2dForwardTest {

  @TestFactory
  Stream<DynamicTest> referenceFollowsTheDefinition() {
    return ConvCase.named().entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(),
                    () -> {
                      for (DType dtype : new DType[] {DType.F64, DType.F32}) {
                        assertReferenceMatchesLoops(entry.getValue(), dtype);
                      }
                    }));
  }

  @TestFactory
  Stream<DynamicTest> algorithmsAgree() {
    return ConvCase.named().entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(), () -> assertAlgorithmsAgree(entry.getValue(), 7)));
  }

  @Test
  void algorithmsAgreeOnRandomCases() {
    for (long seed = 0; seed < 1000; seed++) {
      ConvCase drawn = ConvCase.random(new SplittableRandom(seed));
      try {
        assertAlgorithmsAgree(drawn, seed);
      } catch (AssertionError | RuntimeException failure) {
        throw new AssertionError("seed " + seed + ": " + drawn, failure);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void aSmallWorkspaceChangesTheTilesNotTheResult(DType dtype) {
    ConvCase drawn = ConvCase.of(3, 40, 13, 17, 24, 3, 3).padding(1, 1, 1, 1);
    try (Arena arena = Arena.ofConfined()) {
      Operation roomy = new Operation(arena, drawn, dtype, 5);
      PlanOptions options = PlanOptions.defaults().withThreads(2).withAlgorithm(Algorithm.IM2COL);
      long usual = drawn.conv().plan(options, dtype, drawn.inputShape()).workspaceBytes();
      for (long cap : new long[] {4096, 10_000, 65_536}) {
        Conv2dPlan plan =
            drawn.conv().plan(options.withMaxWorkspaceBytes(cap), dtype, drawn.inputShape());
        assertTrue(plan.workspaceBytes() <= 2 * cap, plan.explain());
        assertTrue(plan.workspaceBytes() < usual, plan.explain());
        roomy.assertMatches(plan);
      }
    }
  }

  @Test
  void theOneLinerEqualsThePlan() {
    ConvCase drawn = ConvCase.of(2, 3, 9, 9, 4, 3, 3).padding(1, 1, 1, 1);
    try (Arena arena = Arena.ofConfined()) {
      Operation operation = new Operation(arena, drawn, DType.F64, 3);
      Conv2d conv = drawn.conv();
      Tensor planned = operation.run(conv.plan(DType.F64, drawn.inputShape()));
      for (int call = 0; call < 2; call++) {
        Tensor output = conv.forward(arena, operation.input, operation.weight, operation.bias);
        assertArrayEquals(planned.toDoubleArray(), output.toDoubleArray());
      }
    }
  }

  @Test
  void paddingCountsAsZerosEvenAgainstInfiniteWeights() {
    for (Algorithm algorithm :
        new Algorithm[] {Algorithm.REFERENCE, Algorithm.IM2COL, Algorithm.DIRECT}) {
      try (Arena arena = Arena.ofConfined()) {
        Tensor input = Tensor.copyOf(arena, new double[] {1, 2, 3, 4}, 1, 1, 2, 2);
        Tensor weight =
            Tensor.copyOf(arena, new double[] {1, Double.POSITIVE_INFINITY}, 1, 1, 1, 2);
        Tensor output = Tensor.allocate(arena, DType.F64, 1, 1, 2, 2);
        Conv2d.builder(1, 1, 1, 2)
            .padding(Padding.of(0, 0, 0, 1))
            .build()
            .plan(PlanOptions.defaults().withAlgorithm(algorithm), DType.F64, 1, 1, 2, 2)
            .forward(input, weight, null, output);
        double inf = Double.POSITIVE_INFINITY;
        assertArrayEquals(new double[] {inf, Double.NaN, inf, Double.NaN}, output.toDoubleArray());
      }
    }
  }

  @Test
  void automaticPlansSayWhatTheyChose() {
    Conv2dPlan plan = ConvCase.of(1, 3, 8, 8, 4, 3, 3).conv().plan(DType.F32, 1, 3, 8, 8);
    assertEquals(Algorithm.IM2COL, plan.algorithm());
    assertTrue(plan.explain().contains("IM2COL (chosen by AUTO)"), plan.explain());
  }

  private static void assertReferenceMatchesLoops(ConvCase drawn, DType dtype) {
    try (Arena arena = Arena.ofConfined()) {
      Operation operation = new Operation(arena, drawn, dtype, 11);
      Conv2dPlan plan =
          drawn
              .conv()
              .plan(
                  PlanOptions.defaults().withAlgorithm(Algorithm.REFERENCE),
                  dtype,
                  drawn.inputShape());
      Tensor output = operation.run(plan);
      Tensor expected = Tensor.allocate(arena, DType.F64, plan.outputShape());
      Tensor magnitudes = Tensor.allocate(arena, DType.F64, plan.outputShape());
      operation.plainLoops(expected, magnitudes);
      Tolerance.assertClose(drawn.toString(), expected, output, drawn.depth(), magnitudes);
    }
  }

  private static void assertAlgorithmsAgree(ConvCase drawn, long seed) {
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      try (Arena arena = Arena.ofConfined()) {
        Operation operation = new Operation(arena, drawn, dtype, seed);
        PlanOptions options = PlanOptions.defaults().withThreads(2);
        for (Algorithm algorithm : Algorithms.suiting(drawn)) {
          operation.assertMatches(
              drawn.conv().plan(options.withAlgorithm(algorithm), dtype, drawn.inputShape()));
        }
      }
    }
  }

  /** Random operands of one case. */
  private static final class Operation {
    private final Arena arena;
    private final ConvCase drawn;
    private final Tensor input;
    private final Tensor weight;
    private final Tensor bias;
    private Tensor reference;
    private Tensor magnitudes;

    Operation(Arena arena, ConvCase drawn, DType dtype, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      this.arena = arena;
      this.drawn = drawn;
      this.input = Guarded.random(arena, random, dtype, drawn.inputShape()).tensor();
      this.weight = Guarded.random(arena, random, dtype, drawn.weightShape()).tensor();
      this.bias =
          random.nextBoolean() ? Guarded.random(arena, random, dtype, drawn.o()).tensor() : null;
    }

    Tensor run(Conv2dPlan plan) {
      Guarded output = Guarded.nan(arena, input.dtype(), plan.outputShape());
      plan.forward(input, weight, bias, output.tensor());
      output.assertCanariesAlive(drawn.toString());
      return output.tensor();
    }

    void assertMatches(Conv2dPlan plan) {
      if (reference == null) {
        computeReference();
      }
      Tolerance.assertClose(
          plan.explain() + " " + drawn,
          reference,
          run(plan),
          drawn.depth(),
          magnitudes,
          plan.algorithm());
    }

    /** Once for all algorithms: nothing here takes longer. */
    private void computeReference() {
      PlanOptions naive = PlanOptions.defaults().withAlgorithm(Algorithm.REFERENCE);
      reference = run(drawn.conv().plan(naive, input.dtype(), drawn.inputShape()));
      magnitudes = Tensor.allocate(arena, DType.F64, reference.shape());
      drawn
          .conv()
          .plan(naive, DType.F64, drawn.inputShape())
          .forward(
              Tolerance.magnitudes(arena, input),
              Tolerance.magnitudes(arena, weight),
              bias == null ? null : Tolerance.magnitudes(arena, bias),
              magnitudes);
    }

    /** The definition once more, by scattering instead of gathering. */
    void plainLoops(Tensor expected, Tensor magnitudes) {
      long oh = expected.size(2);
      long ow = expected.size(3);
      for (long i = 0; bias != null && i < expected.elementCount(); i++) {
        double b = bias.get(i / (oh * ow) % drawn.o());
        expected.set(i, b);
        magnitudes.set(i, Math.abs(b));
      }
      Axis vertical =
          new WindowAxis("H", drawn.kh(), drawn.sh(), drawn.dh(), drawn.padding())
              .place("input", drawn.h());
      Axis horizontal =
          new WindowAxis("W", drawn.kw(), drawn.sw(), drawn.dw(), drawn.padding())
              .place("input", drawn.w());
      assertEquals(vertical.outputs(), oh);
      assertEquals(horizontal.outputs(), ow);
      long groupIn = drawn.c() / drawn.groups();
      long groupOut = drawn.o() / drawn.groups();
      for (long x = 0; x < input.elementCount(); x++) {
        long iw = x % drawn.w();
        long ih = x / drawn.w() % drawn.h();
        long ic = x / (drawn.w() * drawn.h()) % drawn.c();
        long n = x / (drawn.w() * drawn.h() * drawn.c());
        for (long k = 0; k < groupOut * drawn.kh() * drawn.kw(); k++) {
          long kw = k % drawn.kw();
          long kh = k / drawn.kw() % drawn.kh();
          long oc = ic / groupIn * groupOut + k / (drawn.kw() * drawn.kh());
          long row = ih + vertical.padBefore() - kh * drawn.dh();
          long column = iw + horizontal.padBefore() - kw * drawn.dw();
          if (row < 0 || row % drawn.sh() != 0 || row / drawn.sh() >= oh) {
            continue;
          }
          if (column < 0 || column % drawn.sw() != 0 || column / drawn.sw() >= ow) {
            continue;
          }
          long y = ((n * drawn.o() + oc) * oh + row / drawn.sh()) * ow + column / drawn.sw();
          long w = ((oc * groupIn + ic % groupIn) * drawn.kh() + kh) * drawn.kw() + kw;
          double product = input.get(x) * weight.get(w);
          expected.set(y, expected.get(y) + product);
          magnitudes.set(y, magnitudes.get(y) + Math.abs(product));
        }
      }
    }
  }
}
