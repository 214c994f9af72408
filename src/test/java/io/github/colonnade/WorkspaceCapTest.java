package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a pass reports as scratch memory, native and on the heap, stays under the cap. */
class WorkspaceCapTest {
  private static final int RANDOM_CASES = 300;
  private static final long[] CAPS = {0, 1 << 10, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 4 << 20};

  /** What lies beside the tile's memory, rounded up for each of its two parts. */
  private static final long ALIGNMENT_BYTES = 256;

  @Test
  void namedCases() {
    ConvCase.named().forEach(WorkspaceCapTest::assertCapped);
  }

  @Test
  void randomCases() {
    for (long seed = 0; seed < RANDOM_CASES; seed++) {
      assertCapped("seed " + seed, ConvCase.random(new SplittableRandom(seed)));
    }
  }

  private static void assertCapped(String name, ConvCase drawn) {
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      for (Algorithm algorithm : Algorithms.suiting(drawn)) {
        for (long cap : CAPS) {
          PlanOptions options =
              PlanOptions.defaults()
                  .withThreads(1)
                  .withAlgorithm(algorithm)
                  .withMaxWorkspaceBytes(cap);
          Conv2dPlan plan;
          try {
            plan = drawn.conv().plan(options, dtype, drawn.inputShape());
          } catch (IllegalArgumentException tooLittle) {
            assertTrue(algorithm != Algorithm.AUTO, name + ": " + tooLittle);
            assertTrue(tooLittle.getMessage().startsWith("maxWorkspaceBytes: is " + cap), name);
            continue;
          }
          for (Pass pass : Pass.values()) {
            assertTrue(
                plan.workspaceBytes(pass) <= cap + ALIGNMENT_BYTES,
                name + ", cap " + cap + ": " + plan.explain());
          }
        }
      }
    }
  }

  @Test
  void byDefaultAllThreadsTakeAsMuchAsTheOperands() {
    ConvCase.named().forEach(WorkspaceCapTest::assertFollowsWork);
    assertFollowsWork("many weights", ConvCase.of(2, 512, 14, 14, 512, 3, 3).padding(1, 1, 1, 1));
    for (long seed = 0; seed < RANDOM_CASES; seed++) {
      assertFollowsWork("seed " + seed, ConvCase.random(new SplittableRandom(seed)));
    }
  }

  private static void assertFollowsWork(String name, ConvCase drawn) {
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      for (Algorithm algorithm : Algorithms.suiting(drawn)) {
        for (int threads : new int[] {1, 2, 3, 16, 64}) {
          PlanOptions options =
              PlanOptions.defaults().withThreads(threads).withAlgorithm(algorithm);
          Conv2dPlan plan = drawn.conv().plan(options, dtype, drawn.inputShape());
          long cap = Math.max(threads * (4L << 20), Math.min(operandBytes(plan), 64L << 20));
          assertTrue(
              plan.workspaceBytes() <= cap + threads * ALIGNMENT_BYTES, name + plan.explain());
        }
      }
    }
  }

  private static long operandBytes(Conv2dPlan plan) {
    return Shapes.byteSize("input", plan.dtype(), plan.inputShape())
        + Shapes.byteSize("weight", plan.dtype(), plan.weightShape())
        + Shapes.byteSize("output", plan.dtype(), plan.outputShape());
  }

  @Test
  void partialGradientsUseWhatTheOperandsAllow() {
    // 1 MiB of weights, 8 MiB of pixels: an explicit cap of 4 MiB a thread leaves room for fewer.
    ConvCase drawn = ConvCase.of(8, 256, 16, 16, 512, 1, 1);
    PlanOptions options = PlanOptions.defaults().withThreads(1).withAlgorithm(Algorithm.IM2COL);
    Conv2dPlan plan = drawn.conv().plan(options, DType.F64, drawn.inputShape());
    Conv2dPlan capped =
        drawn.conv().plan(options.withMaxWorkspaceBytes(4 << 20), DType.F64, drawn.inputShape());
    assertTrue(plan.workspaceBytes(Pass.BACKWARD_WEIGHTS) > 4 << 20, plan.explain());
    assertTrue(capped.workspaceBytes(Pass.BACKWARD_WEIGHTS) <= 4 << 20, capped.explain());
  }

  @Test
  void explainSaysTheCap() {
    ConvCase drawn = ConvCase.of(2, 64, 64, 64, 64, 3, 3).padding(1, 1, 1, 1);
    Conv2dPlan plan = drawn.conv().plan(PlanOptions.defaults(), DType.F64, drawn.inputShape());
    String usual = "scratch memory: at most 4194304 bytes a thread";
    String all = ", or " + operandBytes(plan) + " in all where that is more";
    assertTrue(plan.explain().lines().anyMatch((usual + all)::equals), plan.explain());
    PlanOptions capped = PlanOptions.defaults().withMaxWorkspaceBytes(4 << 20);
    String explained = drawn.conv().plan(capped, DType.F64, drawn.inputShape()).explain();
    assertTrue(explained.lines().anyMatch(usual::equals), explained);
    assertEquals(PlanOptions.defaults(), capped.withMaxWorkspaceBytes(PlanOptions.AUTO_WORKSPACE));
  }

  @Test
  void autoComputesWithinAnyCap() {
    ConvCase drawn = ConvCase.of(2, 4, 9, 9, 4, 3, 3);
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(1);
      Tensor input = Guarded.random(arena, random, DType.F64, drawn.inputShape()).tensor();
      Tensor weight = Guarded.random(arena, random, DType.F64, drawn.weightShape()).tensor();
      Conv2dPlan none =
          drawn
              .conv()
              .plan(PlanOptions.defaults().withMaxWorkspaceBytes(0), DType.F64, drawn.inputShape());
      Tensor output = Tensor.allocate(arena, DType.F64, none.outputShape());
      none.forward(input, weight, null, output);

      assertEquals(Algorithm.REFERENCE, none.algorithm());
      assertEquals(0, none.workspaceBytes());
      Tensor expected = drawn.conv().forward(arena, input, weight, null);
      for (long i = 0; i < output.elementCount(); i++) {
        assertEquals(expected.get(i), output.get(i), 1e-13);
      }
    }
  }
}
