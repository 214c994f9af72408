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
