package io.github.colonnade;

import static io.github.colonnade.SmallOperators.TYPES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Where the kernel covers the plane, each pass is one multiply over the batch. */
class DenseTest {
  private static final String DENSE = "one multiply over the batch";

  /** The passes that have an algorithm. */
  private static final List<Pass> PASSES =
      List.of(Pass.FORWARD, Pass.BACKWARD_INPUT, Pass.BACKWARD_WEIGHTS);

  private static long dense(ConvPlan plan) {
    return plan.explain().lines().filter(line -> line.contains(DENSE)).count();
  }

  @Test
  void autoAndIm2colTakeOneMultiply() {
    for (DType dtype : TYPES) {
      for (Algorithm algorithm : List.of(Algorithm.AUTO, Algorithm.IM2COL)) {
        PlanOptions options = PlanOptions.defaults().withAlgorithm(algorithm);
        for (long batch : new long[] {1, 8, 64}) {
          for (long kernel : new long[] {1, 3, 4, 7}) {
            for (long channels : new long[] {1, 3, 256}) {
              Conv2d conv = Conv2d.builder(channels, 10, kernel, kernel).stride(kernel).build();
              Conv2dPlan plan = conv.plan(options, dtype, batch, channels, kernel, kernel);
              assertEquals(3, dense(plan), plan.explain());
              assertEquals(0, plan.workspaceBytes());
              PASSES.forEach(pass -> assertEquals(Algorithm.IM2COL, plan.algorithm(pass)));
              ConvTranspose2d transposed =
                  ConvTranspose2d.builder(10, channels, kernel, kernel).build();
              assertEquals(3, dense(transposed.plan(options, dtype, batch, 10, 1, 1)));
            }
          }
        }
      }
    }
  }

  @Test
  void notWhereTapsAreInThePadding() {
    PlanOptions options = PlanOptions.defaults().withAlgorithm(Algorithm.IM2COL);
    Conv2d padded = Conv2d.builder(8, 4, 3, 3).padding(1).build();
    Conv2d dilated = Conv2d.builder(8, 4, 2, 2).dilation(2).build();
    Conv2d cut = Conv2d.builder(8, 4, 3, 3).stride(2).build();

    assertEquals(0, dense(padded.plan(options, DType.F64, 2, 8, 1, 1)));
    assertEquals(0, dense(dilated.plan(options, DType.F64, 2, 8, 3, 3)));
    assertEquals(0, dense(cut.plan(options, DType.F64, 2, 8, 4, 4)));
    assertEquals(0, dense(cut.plan(options, DType.F64, 2, 8, 3, 5)));
    assertEquals(3, dense(cut.plan(options, DType.F64, 2, 8, 3, 3)));
  }

  @Test
  void noMemoryIsNeeded() {
    Conv2d conv = Conv2d.builder(64, 32, 5, 5).build();
    Conv2dPlan plan =
        conv.plan(PlanOptions.defaults().withMaxWorkspaceBytes(0), DType.F64, 3, 64, 5, 5);

    assertEquals(3, dense(plan));
    assertFalse(plan.explain().contains("REFERENCE"), plan.explain());
  }

  @Test
  void manyTilesForManyThreads() {
    Conv2dPlan plan = Conv2d.builder(512, 400, 7, 7).build().plan(DType.F64, 8, 512, 7, 7);
    assertTrue(
        plan.explain().contains("FORWARD: IM2COL (chosen by AUTO): 7 tiles of 8 × 64, " + DENSE),
        plan.explain());
  }
}
