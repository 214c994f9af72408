package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The bound that {@link Algorithm#WINOGRAD} states holds, on data that is hard for it too. */
class WinogradErrorTest {
  private static final PlanOptions WINOGRAD =
      PlanOptions.defaults().withThreads(2).withAlgorithm(Algorithm.WINOGRAD);

  /** What operands are drawn from. */
  private enum Data {
    SIGNED,
    SAME_SIGN,
    CONSTANT,
    POWERS_OF_TWO,
    LARGE_SPREAD,
    CANCELLING;

    DoubleSupplier values(SplittableRandom random, DType dtype) {
      int spread = dtype == DType.F64 ? 200 : 20;
      boolean[] negative = {false};
      return switch (this) {
        case SIGNED -> () -> random.nextDouble(-1, 1);
        case SAME_SIGN -> () -> random.nextDouble(0.5, 1);
        case CONSTANT -> () -> 1 / 3.0;
        case POWERS_OF_TWO -> () -> Math.scalb(1.0, random.nextInt(-spread, spread));
        case LARGE_SPREAD ->
            () -> Math.scalb(random.nextDouble(-1, 1), random.nextInt(-spread, spread));
        case CANCELLING ->
            () -> {
              negative[0] = !negative[0];
              return (negative[0] ? -1 : 1) * (1 + random.nextDouble() * 1e-6);
            };
      };
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void errorsStayBelowTheBound(DType dtype) {
    for (long seed = 0; seed < 60; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long channels = random.nextInt(1, seed % 10 == 0 ? 300 : 20);
      ConvCase drawn =
          ConvCase.of(1, channels, random.nextInt(3, 12), random.nextInt(3, 12), 3, 3, 3)
              .padding(random.nextInt(3), random.nextInt(3), random.nextInt(3), random.nextInt(3));
      Data data = Data.values()[random.nextInt(Data.values().length)];
      Data others = Data.values()[random.nextInt(Data.values().length)];
      try (Arena arena = Arena.ofConfined()) {
        Conv2dPlan plan = drawn.conv().plan(WINOGRAD, dtype, drawn.inputShape());
        Tensor x = draw(arena, dtype, data.values(random, dtype), drawn.inputShape());
        Tensor w = draw(arena, dtype, others.values(random, dtype), drawn.weightShape());
        Tensor bias = draw(arena, dtype, data.values(random, dtype), 3);
        Tensor y = Tensor.allocate(arena, dtype, plan.outputShape());
        String what = data + " × " + others + " of " + drawn + ", " + dtype;
        plan.forward(x, w, bias, y);
        assertWithin(what, exact(drawn, x, w, bias), y, bound(dtype, channels, x, w), bias);

        Tensor gradient = draw(arena, dtype, data.values(random, dtype), plan.outputShape());
        Tensor gradInput = Tensor.allocate(arena, dtype, plan.inputShape());
        plan.backwardInput(gradient, w, gradInput);
        double[] exact = exactGradient(drawn, gradient, w);
        assertWithin(what + ", gradient", exact, gradInput, bound(dtype, 3, gradient, w), null);
      }
    }
  }

  /** How operands of a usual size are drawn. */
  private enum Usual {
    UNIFORM,
    POSITIVE,
    BADLY_SCALED;

    /** Draws a tensor; badly scaled ones have planes of sizes from 2⁻⁴ to 2⁴. */
    Tensor draw(Arena arena, SplittableRandom random, DType dtype, long... shape) {
      Tensor tensor = Tensor.allocate(arena, dtype, shape);
      long plane = shape[2] * shape[3];
      int exponent = 0;
      for (long i = 0; i < tensor.elementCount(); i++) {
        if (i % plane == 0) {
          exponent = this == BADLY_SCALED ? random.nextInt(-4, 5) : 0;
        }
        double value = random.nextDouble(this == POSITIVE ? 0 : -1, 1);
        tensor.set(i, Math.scalb(value, exponent));
      }
      return tensor;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "16, F64",
    "64, F64",
    "256, F64",
    "1024, F64",
    "16, F32",
    "64, F32",
    "256, F32",
    "1024, F32"
  })
  void usualErrorsAreSmallBesideTheLargestResult(long channels, DType dtype) {
    for (Usual usual : Usual.values()) {
      SplittableRandom random = new SplittableRandom(channels);
      ConvCase drawn = ConvCase.of(1, channels, 13, 14, channels / 8, 3, 3).padding(1, 1, 1, 1);
      try (Arena arena = Arena.ofConfined()) {
        Conv2dPlan plan = drawn.conv().plan(WINOGRAD, dtype, drawn.inputShape());
        Conv2dPlan exact =
            drawn
                .conv()
                .plan(PlanOptions.defaults().withExact(true), DType.F64, drawn.inputShape());
        Tensor x = usual.draw(arena, random, dtype, plan.inputShape());
        Tensor w = usual.draw(arena, random, dtype, plan.weightShape());
        Tensor gradient = usual.draw(arena, random, dtype, plan.outputShape());
        Tensor y = Tensor.allocate(arena, dtype, plan.outputShape());
        Tensor gradInput = Tensor.allocate(arena, dtype, plan.inputShape());
        Tensor gradWeights = Tensor.allocate(arena, dtype, plan.weightShape());
        plan.forward(x, w, null, y);
        plan.backwardInput(gradient, w, gradInput);
        plan.backwardWeights(x, gradient, gradWeights);

        Tensor exactX = widened(arena, x);
        Tensor exactW = widened(arena, w);
        Tensor exactGradient = widened(arena, gradient);
        Tensor exactY = Tensor.allocate(arena, DType.F64, plan.outputShape());
        Tensor exactGradInput = Tensor.allocate(arena, DType.F64, plan.inputShape());
        Tensor exactGradWeights = Tensor.allocate(arena, DType.F64, plan.weightShape());
        exact.forward(exactX, exactW, null, exactY);
        exact.backwardInput(exactGradient, exactW, exactGradInput);
        exact.backwardWeights(exactX, exactGradient, exactGradWeights);
        String what = usual + " of " + channels + ", " + dtype;
        assertSmall(what + ", forward", exactY, y);
        assertSmall(what + ", input's gradient", exactGradInput, gradInput);
        assertSmall(what + ", weights' gradient", exactGradWeights, gradWeights);
      }
    }
  }

  private static void assertSmall(String what, Tensor exact, Tensor actual) {
    double allowed = (actual.dtype() == DType.F64 ? 1e-14 : 5e-6) * largest(exact);
    for (long i = 0; i < exact.elementCount(); i++) {
      double error = Math.abs(exact.get(i) - actual.get(i));
      assertTrue(
          error <= allowed, what + ": element " + i + " is off by " + error + " of " + allowed);
    }
  }

  private static Tensor widened(Arena arena, Tensor tensor) {
    Tensor copy = Tensor.allocate(arena, DType.F64, tensor.shape());
    for (long i = 0; i < tensor.elementCount(); i++) {
      copy.set(i, tensor.get(i));
    }
    return copy;
  }

  /** Returns the bound that the algorithm states, less the bias's part. */
  private static double bound(DType dtype, long channels, Tensor x, Tensor w) {
    double each = largest(x) * largest(w);
    return 768 * (channels + 24) * Tolerance.roundoff(dtype) * channels * each;
  }

  private static void assertWithin(
      String what, double[] exact, Tensor actual, double bound, Tensor bias) {
    long plane = actual.size(2) * actual.size(3);
    for (int i = 0; i < exact.length; i++) {
      double start = bias == null ? 0 : bias.get(i / plane);
      double allowed = bound + 5 * Tolerance.roundoff(actual.dtype()) * Math.abs(start);
      double error = Math.abs(exact[i] - actual.get(i));
      assertTrue(
          error <= allowed, what + ": element " + i + " is off by " + error + " of " + allowed);
    }
  }

  private static Tensor draw(Arena arena, DType dtype, DoubleSupplier values, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, values.getAsDouble());
    }
    return tensor;
  }

  private static double largest(Tensor tensor) {
    double largest = 0;
    for (double value : tensor.toDoubleArray()) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static double[] exact(ConvCase drawn, Tensor x, Tensor w, Tensor bias) {
    Padding.Explicit sides = (Padding.Explicit) drawn.padding();
    int outH = (int) (drawn.h() + sides.top() + sides.bottom() - 2);
    int outW = (int) (drawn.w() + sides.left() + sides.right() - 2);
    double[] result = new double[(int) drawn.o() * outH * outW];
    for (int i = 0; i < result.length; i++) {
      int o = i / outW / outH;
      DoubledSum sum = new DoubledSum();
      sum.add(bias.get(o), 1);
      for (int c = 0; c < drawn.c(); c++) {
        for (int k = 0; k < 9; k++) {
          long ih = i / outW % outH - sides.top() + k / 3;
          long iw = i % outW - sides.left() + k % 3;
          if (ih >= 0 && ih < drawn.h() && iw >= 0 && iw < drawn.w()) {
            sum.add(
                x.get((c * drawn.h() + ih) * drawn.w() + iw), w.get((o * drawn.c() + c) * 9 + k));
          }
        }
      }
      result[i] = sum.value();
    }
    return result;
  }

  private static double[] exactGradient(ConvCase drawn, Tensor y, Tensor w) {
    Padding.Explicit sides = (Padding.Explicit) drawn.padding();
    long outH = y.size(2);
    long outW = y.size(3);
    double[] result = new double[(int) (drawn.c() * drawn.h() * drawn.w())];
    for (int i = 0; i < result.length; i++) {
      long c = i / drawn.w() / drawn.h();
      DoubledSum sum = new DoubledSum();
      for (int o = 0; o < drawn.o(); o++) {
        for (int k = 0; k < 9; k++) {
          long oh = i / drawn.w() % drawn.h() + sides.top() - k / 3;
          long ow = i % drawn.w() + sides.left() - k % 3;
          if (oh >= 0 && oh < outH && ow >= 0 && ow < outW) {
            sum.add(y.get((o * outH + oh) * outW + ow), w.get((o * drawn.c() + c) * 9 + k));
          }
        }
      }
      result[i] = sum.value();
    }
    return result;
  }
}
