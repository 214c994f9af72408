package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@link Algorithm#FFT} does beyond what every algorithm is tested for. */
class FftTest {
  private static final PlanOptions FFT = PlanOptions.defaults().withAlgorithm(Algorithm.FFT);

  @Test
  void autoTakesItForLargeKernelsUnlessPlansAreExact() {
    Conv2d conv = Conv2d.builder(1, 1, 63, 63).padding(31).build();
    long[] shape = {1, 1, 512, 512};
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      ConvPlan plan = conv.plan(dtype, shape);
      ConvPlan exact = conv.plan(PlanOptions.defaults().withExact(true), dtype, shape);
      for (Pass pass : new Pass[] {Pass.FORWARD, Pass.BACKWARD_INPUT, Pass.BACKWARD_WEIGHTS}) {
        assertEquals(Algorithm.FFT, plan.algorithm(pass), plan.explain());
        assertNotEquals(Algorithm.FFT, exact.algorithm(pass), exact.explain());
      }
    }
    ConvPlan small = Conv2d.builder(1, 1, 3, 3).padding(1).build().plan(DType.F32, shape);
    assertNotEquals(Algorithm.FFT, small.algorithm(), small.explain());
  }

  @Test
  void whatItCannotComputeIsRefused() {
    assertRefused(
        "algorithm: is FFT, which needs stride 1 and a kernel that spans at most 2048×2048 pixels;"
            + " this is stride 2×1 and spans 5×3",
        Conv2d.builder(1, 1, 3, 3).stride(2, 1).dilation(2, 1).build(),
        FFT,
        9,
        9);
    assertRefused(
        "algorithm: is FFT, which needs stride 1 and a kernel that spans at most 2048×2048 pixels;"
            + " this is stride 1×1 and spans 1×2049",
        Conv2d.builder(1, 1, 1, 2).dilation(1, 2048).build(),
        FFT,
        1,
        3000);
    assertRefused(
        "maxWorkspaceBytes: is 1000, FFT needs at least ",
        Conv2d.builder(1, 1, 3, 3).build(),
        FFT.withMaxWorkspaceBytes(1000),
        9,
        9);
    IllegalArgumentException exact =
        assertThrows(IllegalArgumentException.class, () -> FFT.withExact(true));
    assertEquals("algorithm: is FFT, which is not exact", exact.getMessage());
  }

  private static void assertRefused(
      String message, Conv2d conv, PlanOptions options, long height, long width) {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> conv.plan(options, DType.F64, 1, 1, height, width));
    assertTrue(refused.getMessage().startsWith(message), refused.getMessage());
  }

  /** Kernels that are larger than the plane, long ones, and several channels and groups. */
  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void largeKernelsAreComputed(DType dtype) {
    ConvCase[] cases = {
      ConvCase.of(1, 1, 100, 90, 1, 31, 31).padding(15, 15, 15, 15),
      ConvCase.of(3, 1, 40, 41, 1, 21, 15).padding(3, 0, 7, 20),
      ConvCase.of(1, 2, 20, 20, 3, 39, 39).padding(19, 19, 19, 19),
      ConvCase.of(1, 3, 5, 300, 2, 1, 63).padding(0, 31, 0, 31),
      ConvCase.of(1, 1, 300, 5, 1, 63, 1).padding(0, 0, 0, 0),
      ConvCase.of(2, 6, 50, 33, 4, 11, 11).padding(5, 5, 5, 5).groups(2),
      ConvCase.of(1, 2, 60, 60, 2, 5, 7).padding(8, 9, 8, 9).dilation(4, 3),
    };
    for (ConvCase drawn : cases) {
      for (long bytes : new long[] {400_000, 1 << 20, 16 << 20}) {
        for (int threads : new int[] {1, 3}) {
          PlanOptions options = FFT.withMaxWorkspaceBytes(bytes).withThreads(threads);
          ConvPlan plan;
          try {
            plan = drawn.conv().plan(options, dtype, drawn.inputShape());
          } catch (IllegalArgumentException tooLittle) {
            assertTrue(bytes == 400_000, drawn + ": " + tooLittle);
            continue;
          }
          assertComputes(drawn + " within " + bytes, drawn, plan);
        }
      }
    }
  }

  private static void assertComputes(String what, ConvCase drawn, ConvPlan plan) {
    PlanOptions definition = PlanOptions.defaults().withAlgorithm(Algorithm.REFERENCE);
    ConvPlan reference = drawn.conv().plan(definition, DType.F64, drawn.inputShape());
    SplittableRandom random = new SplittableRandom(1);
    try (Arena arena = Arena.ofShared()) {
      Tensor x = random(arena, random, plan.dtype(), plan.inputShape());
      Tensor w = random(arena, random, plan.dtype(), plan.weightShape());
      Tensor bias = random(arena, random, plan.dtype(), plan.outputShape()[1]);
      Tensor g = random(arena, random, plan.dtype(), plan.outputShape());
      Tensor[] actual = {
        Tensor.allocate(arena, plan.dtype(), plan.outputShape()),
        Tensor.allocate(arena, plan.dtype(), plan.inputShape()),
        Tensor.allocate(arena, plan.dtype(), plan.weightShape())
      };
      run(plan, x, w, bias, g, actual);
      Tensor[] expected = {
        Tensor.allocate(arena, DType.F64, plan.outputShape()),
        Tensor.allocate(arena, DType.F64, plan.inputShape()),
        Tensor.allocate(arena, DType.F64, plan.weightShape())
      };
      run(reference, wide(arena, x), wide(arena, w), wide(arena, bias), wide(arena, g), expected);
      for (int i = 0; i < expected.length; i++) {
        double largest = 0;
        for (double value : expected[i].toDoubleArray()) {
          largest = Math.max(largest, Math.abs(value));
        }
        double allowed = (plan.dtype() == DType.F64 ? 1e-14 : 5e-6) * largest;
        for (long j = 0; j < expected[i].elementCount(); j++) {
          assertEquals(
              expected[i].get(j), actual[i].get(j), allowed, what + ", result " + i + " at " + j);
        }
      }
    }
  }

  private static void run(
      ConvPlan plan, Tensor x, Tensor w, Tensor bias, Tensor g, Tensor[] results) {
    plan.forward(x, w, bias, results[0]);
    plan.backwardInput(g, w, results[1]);
    plan.backwardWeights(x, g, results[2]);
  }

  private static Tensor random(Arena arena, SplittableRandom random, DType dtype, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, random.nextDouble(-1, 1));
    }
    return tensor;
  }

  private static Tensor wide(Arena arena, Tensor tensor) {
    Tensor copy = Tensor.allocate(arena, DType.F64, tensor.shape());
    copy.copyFrom(tensor);
    return copy;
  }

  @Test
  void aMissingPixelIsMissingWhereItIsReadAlone() {
    Conv2d conv = Conv2d.builder(1, 1, 15, 15).padding(7).build();
    Conv2dPlan plan = conv.plan(FFT, DType.F32, 1, 1, 200, 300);
    try (Arena arena = Arena.ofShared()) {
      Tensor x = Tensor.allocate(arena, DType.F32, plan.inputShape()).fill(1);
      Tensor w = Tensor.allocate(arena, DType.F32, plan.weightShape()).fill(1);
      Tensor y = Tensor.allocate(arena, DType.F32, plan.outputShape());
      x.set(100 * 300 + 150, Double.NaN);
      x.set(0, Double.NEGATIVE_INFINITY);
      plan.forward(x, w, null, y);
      for (int row = 0; row < 200; row++) {
        for (int column = 0; column < 300; column++) {
          double value = y.get(row * 300 + column);
          boolean missing = Math.abs(row - 100) <= 7 && Math.abs(column - 150) <= 7;
          boolean infinite = row <= 7 && column <= 7;
          assertEquals(missing, Double.isNaN(value), row + ", " + column);
          assertEquals(infinite, value == Double.NEGATIVE_INFINITY, row + ", " + column);
        }
      }
    }
  }

  @Test
  void transformsOverflowNowhereWhereTheDefinitionDoesNot() {
    Conv2dPlan plan =
        Conv2d.builder(1, 1, 11, 11).padding(5).build().plan(FFT, DType.F64, 1, 1, 60, 60);
    try (Arena arena = Arena.ofShared()) {
      Tensor x = Tensor.allocate(arena, DType.F64, plan.inputShape()).fill(0x1p1023);
      Tensor w = Tensor.allocate(arena, DType.F64, plan.weightShape());
      w.set(60, 1);
      Tensor y = Tensor.allocate(arena, DType.F64, plan.outputShape());
      plan.forward(x, w, null, y);
      for (long i = 0; i < y.elementCount(); i++) {
        assertEquals(0x1p1023, y.get(i));
      }
      plan.backwardInput(x, w, y);
      for (long i = 0; i < y.elementCount(); i++) {
        assertEquals(0x1p1023, y.get(i));
      }
      Tensor g = Tensor.allocate(arena, DType.F64, plan.outputShape());
      g.set(0, 1);
      plan.backwardWeights(x, g, w);
      for (int i = 0; i < 121; i++) {
        assertEquals(i / 11 < 5 || i % 11 < 5 ? 0 : 0x1p1023, w.get(i));
      }
    }
  }
}
