package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Infinities and NaN, in every operand and every pass, whatever computes it: they are where the
 * definition has them and nowhere else.
 */
class NonFiniteTest {
  private static final PlanOptions TWO_THREADS = PlanOptions.defaults().withThreads(2);
  private static final double[] VALUES = {
    Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN
  };

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void everyAlgorithmHasThemWhereTheDefinitionHas(DType dtype) {
    for (long seed = 0; seed < 100; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ConvCase drawn = seed % 4 == 0 ? sameSize(random) : ConvCase.random(random);
      compare(
          drawn.conv(), drawn.toString(), Algorithms.suiting(drawn), dtype, random, shape(drawn));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void transposedAsWell(DType dtype) {
    for (long seed = 0; seed < 30; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ConvTransposeCase drawn = ConvTransposeCase.random(random);
      long[] shape = {drawn.n(), drawn.c(), drawn.h(), drawn.w()};
      compare(drawn.conv(), drawn.toString(), Algorithms.suiting(drawn), dtype, random, shape);
    }
  }

  /** Draws a 3×3, or another odd kernel, that keeps the size: where there are fast ways. */
  private static ConvCase sameSize(SplittableRandom random) {
    long kh = random.nextBoolean() ? 3 : 1 + 2 * random.nextInt(4);
    long kw = random.nextBoolean() ? kh : 1 + 2 * random.nextInt(4);
    return ConvCase.of(
            random.nextInt(1, 4),
            random.nextInt(1, 9),
            random.nextInt(5, 17),
            random.nextInt(5, 17),
            random.nextInt(1, 17),
            kh,
            kw)
        .padding(kh / 2, kw / 2, kh / 2, kw / 2);
  }

  private static long[] shape(ConvCase drawn) {
    return drawn.inputShape();
  }

  /** Compares the passes of all algorithms with the definition's, under several caps. */
  private static void compare(
      Convolution<?> conv,
      String what,
      List<Algorithm> algorithms,
      DType dtype,
      SplittableRandom random,
      long... inputShape) {
    try (Arena arena = Arena.ofConfined()) {
      ConvPlan naive = conv.plan(TWO_THREADS.withAlgorithm(Algorithm.REFERENCE), dtype, inputShape);
      Operands operands = new Operands(arena, naive, random);
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        sprinkle(random, operands.all.get(random.nextInt(operands.all.size())));
      }
      List<Tensor> expected = passes(arena, naive, operands);
      for (Algorithm algorithm : algorithms) {
        for (long cap : new long[] {4 << 20, random.nextLong(60_000, 200_000)}) {
          PlanOptions options = TWO_THREADS.withAlgorithm(algorithm).withMaxWorkspaceBytes(cap);
          ConvPlan plan = conv.plan(options, dtype, inputShape);
          List<Tensor> actual = passes(arena, plan, operands);
          for (int pass = 0; pass < 3; pass++) {
            String which = what + ", pass " + pass + " of " + plan.explain();
            double factor = Tolerance.factor(algorithm, dtype, operands.terms);
            assertSame(which, expected.get(pass), actual.get(pass), factor * operands.terms);
          }
        }
      }
    }
  }

  private static void sprinkle(SplittableRandom random, Tensor tensor) {
    if (tensor.elementCount() > 0) {
      long index = random.nextLong(tensor.elementCount());
      tensor.set(index, VALUES[random.nextInt(VALUES.length)]);
      // What is not finite makes NaN with a zero.
      tensor.set(random.nextLong(tensor.elementCount()), random.nextBoolean() ? 0 : 1);
    }
  }

  /** Checks that what is not finite is the same, and what is finite within {@code allowed}. */
  private static void assertSame(String what, Tensor expected, Tensor actual, double allowed) {
    for (long i = 0; i < expected.elementCount(); i++) {
      double e = expected.get(i);
      double a = actual.get(i);
      boolean same = Double.isFinite(e) ? Math.abs(a - e) <= allowed : Double.compare(e, a) == 0;
      if (!same) {
        fail(what + ": element " + i + " is " + a + ", must be " + e);
      }
    }
  }

  /** Returns the results of the three passes, in scratch memory full of NaN. */
  private static List<Tensor> passes(Arena arena, ConvPlan plan, Operands operands) {
    DType dtype = plan.dtype();
    Tensor output = Guarded.nan(arena, dtype, plan.outputShape()).tensor();
    Tensor gradInput = Guarded.nan(arena, dtype, plan.inputShape()).tensor();
    Tensor gradWeights = Guarded.nan(arena, dtype, plan.weightShape()).tensor();
    Guarded scratch = Guarded.nan(arena, DType.F64, plan.workspaceBytes() / 8);
    Workspace workspace = scratch.workspace();
    plan.forward(operands.input, operands.weight, operands.bias, output, workspace);
    plan.backwardInput(operands.gradOutput, operands.weight, gradInput, workspace);
    plan.backwardWeights(operands.input, operands.gradOutput, gradWeights, workspace);
    scratch.assertCanariesAlive(plan.explain());
    return List.of(output, gradInput, gradWeights);
  }

  /** What the passes read, from -1 to 1. */
  private static final class Operands {
    private final Tensor input;
    private final Tensor weight;
    private final Tensor bias;
    private final Tensor gradOutput;
    private final List<Tensor> all;
    private final long terms;

    Operands(Arena arena, ConvPlan plan, SplittableRandom random) {
      DType dtype = plan.dtype();
      input = Guarded.random(arena, random, dtype, plan.inputShape()).tensor();
      weight = Guarded.random(arena, random, dtype, plan.weightShape()).tensor();
      bias = Guarded.random(arena, random, dtype, plan.outputShape()[1]).tensor();
      gradOutput = Guarded.random(arena, random, dtype, plan.outputShape()).tensor();
      all = new ArrayList<>(List.of(input, weight, bias, gradOutput));
      terms = 1 + Math.max(weight.elementCount(), gradOutput.elementCount());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Algorithm.class,
      names = {"AUTO", "IM2COL", "DIRECT", "WINOGRAD", "FFT"})
  void anInfiniteWeightMeetsNoPaddingThatNobodyAskedFor(Algorithm algorithm) {
    Conv2d conv = Conv2d.builder(2, 2, 3, 3).build();
    ConvTranspose2d transposed = ConvTranspose2d.builder(2, 2, 3, 3).build();
    try (Arena arena = Arena.ofConfined()) {
      PlanOptions options = PlanOptions.defaults().withAlgorithm(algorithm);
      Tensor gradOutput = Tensor.allocate(arena, DType.F64, 1, 2, 4, 4).fill(1);
      Tensor weight = Tensor.allocate(arena, DType.F64, 2, 2, 3, 3).fill(1);
      Tensor result = Tensor.allocate(arena, DType.F64, 1, 2, 6, 6);
      for (double value : VALUES) {
        weight.set(0, value);
        conv.plan(options, DType.F64, 1, 2, 6, 6).backwardInput(gradOutput, weight, result);
        assertReaches(value, result);
        transposed.plan(options, DType.F64, 1, 2, 4, 4).forward(gradOutput, weight, null, result);
        assertReaches(value, result);
      }
    }
  }

  /** Checks that a value is in the pixels that the first weight goes to, of the first channel. */
  private static void assertReaches(double value, Tensor result) {
    for (int i = 0; i < 72; i++) {
      boolean reached = i < 36 && i / 6 < 4 && i % 6 < 4;
      assertEquals(reached ? value : reach(i / 6 % 6) * reach(i % 6) * 2, result.get(i), 1e-12);
    }
  }

  /** Returns how many outputs of four read one of six pixels through three taps. */
  private static int reach(int pixel) {
    return Math.min(Math.min(pixel + 1, 6 - pixel), 3);
  }

  @Test
  void winogradOverflowsNowhereWhereTheDefinitionDoesNot() {
    ConvCase drawn = ConvCase.of(2, 64, 32, 32, 64, 3, 3).padding(1, 1, 1, 1);
    try (Arena arena = Arena.ofConfined()) {
      ConvPlan plan = drawn.conv().plan(DType.F64, drawn.inputShape());
      assertEquals(Algorithm.WINOGRAD, plan.algorithm());
      Tensor input = Tensor.allocate(arena, DType.F64, drawn.inputShape()).fill(0x1p1023);
      Tensor weight = Tensor.allocate(arena, DType.F64, drawn.weightShape());
      for (long channel = 0; channel < 64; channel++) {
        weight.set(channel * 64 * 9 + 4, 1);
      }
      Tensor output = Tensor.allocate(arena, DType.F64, plan.outputShape());
      plan.forward(input, weight, null, output);
      for (long i = 0; i < output.elementCount(); i++) {
        assertEquals(0x1p1023, output.get(i));
      }
      plan.backwardInput(input, weight, output);
      for (long i = 0; i < output.elementCount(); i++) {
        assertTrue(i / 1024 % 64 > 0 ? output.get(i) == 0 : output.get(i) > Double.MAX_VALUE);
      }
    }
  }
}
