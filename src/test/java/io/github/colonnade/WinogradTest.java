package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is Winograd's alone: where it is refused, what it rounds, what it needs. */
class WinogradTest {
  private static final PlanOptions WINOGRAD =
      PlanOptions.defaults().withThreads(1).withAlgorithm(Algorithm.WINOGRAD);

  @Test
  void refusesWhatIsNotAPlain3x3() {
    ConvCase strided = ConvCase.of(1, 2, 9, 9, 2, 3, 3).stride(2, 1);
    ConvCase large = ConvCase.of(1, 2, 9, 9, 2, 5, 5);
    for (ConvCase unsuitable : new ConvCase[] {strided, large}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> unsuitable.conv().plan(WINOGRAD, DType.F64, unsuitable.inputShape()))
              .getMessage();
      assertTrue(message.startsWith("algorithm: is WINOGRAD, which needs a 3×3 kernel"), message);
    }
  }

  @Test
  void refusesTooLittleMemory() {
    ConvCase drawn = ConvCase.of(1, 2, 9, 9, 2, 3, 3);
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    drawn
                        .conv()
                        .plan(WINOGRAD.withMaxWorkspaceBytes(1000), DType.F64, drawn.inputShape()))
            .getMessage();
    assertTrue(message.contains("WINOGRAD needs at least"), message);
  }

  @Test
  void exactPlansNeverUseIt() {
    ConvCase drawn = ConvCase.of(8, 64, 28, 28, 64, 3, 3).padding(1, 1, 1, 1);
    PlanOptions options = PlanOptions.defaults();
    Conv2dPlan any = drawn.conv().plan(options, DType.F64, drawn.inputShape());
    Conv2dPlan exact = drawn.conv().plan(options.withExact(true), DType.F64, drawn.inputShape());
    assertEquals(Algorithm.WINOGRAD, any.algorithm());
    assertEquals(Algorithm.WINOGRAD, any.algorithm(Pass.BACKWARD_INPUT));
    assertEquals(Algorithm.WINOGRAD, any.algorithm(Pass.BACKWARD_WEIGHTS));
    assertEquals(Algorithm.IM2COL, exact.algorithm(Pass.BACKWARD_WEIGHTS));
    assertEquals(Algorithm.IM2COL, exact.algorithm());
    assertEquals(Algorithm.IM2COL, exact.algorithm(Pass.BACKWARD_INPUT));
    assertThrows(IllegalArgumentException.class, () -> WINOGRAD.withExact(true));
    assertThrows(
        IllegalArgumentException.class,
        () -> options.withExact(true).withAlgorithm(Algorithm.WINOGRAD));
  }

  @ParameterizedTest
  @CsvSource({
    "8, 160, 10, F64, WINOGRAD, IM2COL", // tiles hang over
    "1, 128, 28, F64, WINOGRAD, WINOGRAD",
    "8, 512, 9, F64, IM2COL, IM2COL",
    "2, 512, 7, F64, IM2COL, IM2COL", // of 8 tiles
    "1, 512, 14, F32, IM2COL, IM2COL", // of 16 tiles
    "1, 128, 56, F32, WINOGRAD, WINOGRAD",
    "4, 128, 28, F32, WINOGRAD, WINOGRAD",
  })
  void autoTakesItWhereTilesAreManyAndFilled(
      long batch,
      long channels,
      long side,
      DType dtype,
      Algorithm forward,
      Algorithm backwardWeights) {
    ConvCase drawn = ConvCase.of(batch, channels, side, side, channels, 3, 3).padding(1, 1, 1, 1);
    Conv2dPlan plan = drawn.conv().plan(PlanOptions.defaults(), dtype, drawn.inputShape());
    assertEquals(forward, plan.algorithm());
    assertEquals(forward, plan.algorithm(Pass.BACKWARD_INPUT));
    assertEquals(backwardWeights, plan.algorithm(Pass.BACKWARD_WEIGHTS));
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void anyWorkspaceGivesTheResult(DType dtype) {
    ConvCase drawn = ConvCase.of(3, 40, 13, 17, 24, 3, 3).padding(1, 1, 1, 1).groups(2);
    try (Arena arena = Arena.ofConfined()) {
      SplittableRandom random = new SplittableRandom(5);
      Tensor input = Guarded.random(arena, random, dtype, drawn.inputShape()).tensor();
      Tensor weight = Guarded.random(arena, random, dtype, drawn.weightShape()).tensor();
      PlanOptions naive = WINOGRAD.withAlgorithm(Algorithm.REFERENCE);
      Tensor expected =
          forward(arena, drawn.conv().plan(naive, dtype, drawn.inputShape()), input, weight);
      Tensor magnitudes =
          forward(
              arena,
              drawn.conv().plan(naive, DType.F64, drawn.inputShape()),
              Tolerance.magnitudes(arena, input),
              Tolerance.magnitudes(arena, weight));
      for (long cap : new long[] {58_000, 64_000, 100_000, 300_000, 1_000_000}) {
        Conv2dPlan plan =
            drawn.conv().plan(WINOGRAD.withMaxWorkspaceBytes(cap), dtype, drawn.inputShape());
        assertTrue(plan.workspaceBytes(Pass.FORWARD) <= cap, plan.explain());
        assertTrue(plan.workspaceBytes(Pass.BACKWARD_INPUT) <= cap, plan.explain());
        Workspace workspace = Workspace.allocate(arena, plan.workspaceBytes());
        Guarded output = Guarded.nan(arena, dtype, plan.outputShape());
        for (int call = 0; call < 2; call++) {
          plan.forward(input, weight, null, output.tensor(), workspace);
        }
        output.assertCanariesAlive(plan.explain());
        Tolerance.assertClose(
            plan.explain(),
            expected,
            output.tensor(),
            drawn.depth(),
            magnitudes,
            Algorithm.WINOGRAD);
      }
    }
  }

  @Test
  void autoLeavesFewChannelsAndFewTilesToIm2col() {
    ConvCase few = ConvCase.of(8, 3, 28, 28, 64, 3, 3);
    ConvCase small = ConvCase.of(1, 64, 7, 7, 64, 3, 3).padding(1, 1, 1, 1);
    ConvCase little = ConvCase.of(1, 32, 16, 16, 32, 3, 3).padding(1, 1, 1, 1);
    for (ConvCase drawn : new ConvCase[] {few, small, little}) {
      Conv2dPlan plan = drawn.conv().plan(DType.F64, drawn.inputShape());
      assertEquals(Algorithm.IM2COL, plan.algorithm(), drawn.toString());
    }
    assertFalse(PlanOptions.defaults().exact());
  }

  private static Tensor forward(Arena arena, Conv2dPlan plan, Tensor input, Tensor weight) {
    Guarded output = Guarded.nan(arena, input.dtype(), plan.outputShape());
    plan.forward(input, weight, null, output.tensor());
    output.assertCanariesAlive(plan.explain());
    return output.tensor();
  }

  @Test
  void automaticPlansKeepWindowsInThePaddingExact() {
    ConvCase beyond = ConvCase.of(1, 64, 40, 41, 64, 3, 3);
    assertEquals(Algorithm.WINOGRAD, chosen(beyond.padding(2, 2, 2, 2)));
    assertEquals(Algorithm.IM2COL, chosen(beyond.padding(3, 0, 0, 0)));
    assertEquals(Algorithm.IM2COL, chosen(beyond.padding(0, 2, 1, 3)));
  }

  private static Algorithm chosen(ConvCase drawn) {
    return chosen(drawn, DType.F64);
  }

  private static Algorithm chosen(ConvCase drawn, DType dtype) {
    return drawn.conv().plan(dtype, drawn.inputShape()).algorithm();
  }
}
