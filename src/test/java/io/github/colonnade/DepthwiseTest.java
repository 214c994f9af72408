package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Groups of one or two channels at stride 1, which have kernels of their own, by definition. */
class DepthwiseTest {
  private static final PlanOptions DIRECT =
      PlanOptions.defaults().withAlgorithm(Algorithm.DIRECT).withThreads(2);
  private static final DType[] TYPES = {DType.F64, DType.F32};

  /** Draws groups of few channels, some of whose planes are cut into bands. */
  private static ConvCase draw(SplittableRandom random) {
    long groups = random.nextInt(2, 5);
    long kh = random.nextInt(1, 8);
    long kw = random.nextInt(1, 8);
    long dh = random.nextInt(1, 4);
    long dw = random.nextInt(1, 4);
    long spanH = (kh - 1) * dh + 1;
    long spanW = (kw - 1) * dw + 1;
    boolean large = random.nextInt(4) == 0;
    long h = random.nextInt(1, large ? 90 : 20);
    long w = random.nextInt(1, large ? 90 : 20);
    ConvCase drawn =
        ConvCase.of(
                random.nextInt(1, 3),
                groups * random.nextInt(1, 3),
                h,
                w,
                groups * random.nextInt(1, 3),
                kh,
                kw)
            .groups(groups)
            .dilation(dh, dw);
    // The last taps may read nothing but padding, the kernel may hang over either end.
    long top = random.nextLong(spanH + 2);
    long left = random.nextLong(spanW + 2);
    long bottom = Math.max(random.nextLong(spanH + 2), spanH - h - top);
    long right = Math.max(random.nextLong(spanW + 2), spanW - w - left);
    return random.nextInt(3) == 0
        ? drawn.padding(Padding.SAME_UPPER)
        : drawn.padding(top, left, bottom, right);
  }

  @Test
  void randomCasesFollowTheDefinition() {
    for (long seed = 0; seed < 300; seed++) {
      ConvCase drawn = draw(new SplittableRandom(seed));
      for (DType dtype : TYPES) {
        try (Arena arena = Arena.ofConfined()) {
          new Operands(arena, drawn, dtype, seed).assertClose("seed " + seed + ", " + drawn);
        }
      }
    }
  }

  @Test
  void whatIsNotFiniteReachesWhatReadsItAndNoMore() {
    for (long seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      ConvCase drawn = draw(random);
      for (DType dtype : TYPES) {
        try (Arena arena = Arena.ofConfined()) {
          Operands operands = new Operands(arena, drawn, dtype, seed);
          sprinkle(random, operands.input);
          sprinkle(random, operands.gradOutput);
          if (random.nextBoolean()) {
            sprinkle(random, operands.weight);
          }
          operands.assertClose("seed " + seed + ", " + drawn);
        }
      }
    }
  }

  private static void sprinkle(SplittableRandom random, Tensor tensor) {
    for (int i = 0; i < 2; i++) {
      double value = random.nextBoolean() ? Double.NEGATIVE_INFINITY : Double.NaN;
      tensor.set(random.nextLong(tensor.elementCount()), value);
    }
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBits() {
    ConvCase drawn = ConvCase.of(2, 6, 61, 70, 12, 5, 3).groups(6).padding(2, 1, 2, 1);
    for (DType dtype : TYPES) {
      try (Arena arena = Arena.ofConfined()) {
        Operands operands = new Operands(arena, drawn, dtype, 3);
        Tensor output = operands.output(DIRECT.withThreads(1), operands.bias);
        Tensor gradInput = operands.gradInput(DIRECT.withThreads(1));
        for (int threads : new int[] {2, 3, 8}) {
          PlanOptions options = DIRECT.withThreads(threads);
          assertSame(output, operands.output(options, operands.bias));
          assertSame(gradInput, operands.gradInput(options));
        }
      }
    }
  }

  private static void assertSame(Tensor expected, Tensor actual) {
    assertEquals(-1, expected.segment().mismatch(actual.segment()));
  }

  @Test
  void automaticPlansChooseIt() {
    ConvCase drawn = ConvCase.of(1, 8, 14, 14, 8, 3, 3).groups(8).padding(1, 1, 1, 1);
    for (DType dtype : TYPES) {
      Conv2dPlan plan = drawn.conv().plan(dtype, drawn.inputShape());
      assertEquals(Algorithm.DIRECT, plan.algorithm());
      assertEquals(Algorithm.DIRECT, plan.algorithm(Pass.BACKWARD_INPUT));
    }
  }

  /** What the passes read. */
  private static final class Operands {
    private final Arena arena;
    private final ConvCase drawn;
    private final DType dtype;
    private final Tensor input;
    private final Tensor weight;
    private final Tensor bias;
    private final Tensor gradOutput;

    Operands(Arena arena, ConvCase drawn, DType dtype, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      this.arena = arena;
      this.drawn = drawn;
      this.dtype = dtype;
      input = Guarded.random(arena, random, dtype, drawn.inputShape()).tensor();
      weight = Guarded.random(arena, random, dtype, drawn.weightShape()).tensor();
      bias = Guarded.random(arena, random, dtype, drawn.o()).tensor();
      long[] outputShape = drawn.conv().plan(dtype, drawn.inputShape()).outputShape();
      gradOutput = Guarded.random(arena, random, dtype, outputShape).tensor();
    }

    Tensor output(PlanOptions options, Tensor biasOrNull) {
      Conv2dPlan plan = drawn.conv().plan(options, dtype, drawn.inputShape());
      Guarded output = Guarded.nan(arena, dtype, plan.outputShape());
      plan.forward(input, weight, biasOrNull, output.tensor());
      output.assertCanariesAlive(drawn.toString());
      return output.tensor();
    }

    Tensor gradInput(PlanOptions options) {
      Conv2dPlan plan = drawn.conv().plan(options, dtype, drawn.inputShape());
      Guarded gradInput = Guarded.nan(arena, dtype, drawn.inputShape());
      plan.backwardInput(gradOutput, weight, gradInput.tensor());
      gradInput.assertCanariesAlive(drawn.toString());
      return gradInput.tensor();
    }

    void assertClose(String what) {
      PlanOptions definition = DIRECT.withAlgorithm(Algorithm.REFERENCE);
      for (Tensor start : new Tensor[] {bias, null}) {
        near("output of " + what, output(definition, start), output(DIRECT, start));
      }
      near("gradInput of " + what, gradInput(definition), gradInput(DIRECT));
    }

    /** Operands are at most 1, so a sum's error is some roundoffs of its length; NaN equals NaN. */
    private void near(String what, Tensor expected, Tensor actual) {
      double terms = 2.0 * drawn.kh() * drawn.kw() + 1;
      double allowed = terms * (terms + 2) * Tolerance.roundoff(dtype);
      for (long i = 0; i < expected.elementCount(); i++) {
        assertEquals(expected.get(i), actual.get(i), allowed, what + ": element " + i);
      }
    }
  }
}
