package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The bounds that {@link Algorithm#FFT} states hold, on data that is hard for it too. */
class FftErrorTest {
  private static final PlanOptions FFT =
      PlanOptions.defaults().withThreads(2).withAlgorithm(Algorithm.FFT);
  private static final Pattern TILES =
      Pattern.compile("2 tiles of (\\d+) × (\\d+)(?: at a time)?, (\\d+) × (\\d+) outputs");

  /** What operands are drawn from. */
  private enum Data {
    SIGNED,
    SAME_SIGN,
    CONSTANT,
    LARGE_SPREAD,
    CANCELLING,
    BADLY_SCALED;

    DoubleSupplier values(SplittableRandom random, DType dtype) {
      int spread = dtype == DType.F64 ? 200 : 15;
      long[] count = {0};
      return switch (this) {
        case SIGNED -> () -> random.nextDouble(-1, 1);
        case SAME_SIGN -> () -> random.nextDouble(0.5, 1);
        case CONSTANT -> () -> 1 / 3.0;
        case LARGE_SPREAD ->
            () -> Math.scalb(random.nextDouble(-1, 1), random.nextInt(-spread, spread));
        case CANCELLING -> () -> (count[0]++ % 2 == 0 ? -1 : 1) * (1 + random.nextDouble() * 1e-6);
        case BADLY_SCALED ->
            () -> Math.scalb(random.nextDouble(-1, 1), (int) (count[0]++ / 50 % 9) - 4);
      };
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32"})
  void errorsStayBelowTheBounds(DType dtype) {
    for (long seed = 0; seed < 40; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long kernel = 2L * random.nextInt(1, 9) + 1;
      ConvCase drawn =
          ConvCase.of(
                  random.nextInt(1, 3),
                  random.nextInt(1, 4),
                  random.nextInt(17, 50),
                  random.nextInt(17, 50),
                  random.nextInt(1, 3),
                  kernel,
                  kernel)
              .padding(kernel / 2, kernel / 2, kernel / 2, kernel / 2);
      Data data = Data.values()[random.nextInt(Data.values().length)];
      Data others = Data.values()[random.nextInt(Data.values().length)];
      try (Arena arena = Arena.ofShared()) {
        Call call = new Call(arena, drawn, dtype, random, data, others);
        String what = data + " × " + others + " of " + drawn + ", " + dtype;
        call.assertForward(what);
        call.assertInputGradient(what);
        call.assertWeightGradient(what);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"5, F64", "11, F64", "31, F64", "63, F64", "5, F32", "11, F32", "31, F32", "63, F32"})
  void usualErrorsAreSmallBesideTheLargestResult(long kernel, DType dtype) {
    for (Data data : new Data[] {Data.SIGNED, Data.SAME_SIGN, Data.BADLY_SCALED}) {
      SplittableRandom random = new SplittableRandom(kernel);
      ConvCase drawn =
          ConvCase.of(1, 1, 70, 66, 1, kernel, kernel)
              .padding(kernel / 2, kernel / 2, kernel / 2, kernel / 2);
      try (Arena arena = Arena.ofShared()) {
        Call call = new Call(arena, drawn, dtype, random, data, data);
        String what = data + " of " + drawn + ", " + dtype;
        double share = dtype == DType.F64 ? 1e-14 : 5e-6;
        assertWithin(what, call.exactY, call.y, share * largest(call.exactY), null);
        assertWithin(
            what + ", input's gradient",
            call.exactGradInput,
            call.gradInput,
            share * largest(call.exactGradInput),
            null);
        assertWithin(
            what + ", weights' gradient",
            call.exactGradWeights,
            call.gradWeights,
            share * largest(call.exactGradWeights),
            null);
      }
    }
  }

  /** All passes of a convolution, by transforms and in double precision by the definition. */
  private static final class Call {
    private final ConvCase drawn;
    private final Conv2dPlan plan;
    private final double roundoff;
    private final Tensor x;
    private final Tensor w;
    private final Tensor bias;
    private final Tensor g;
    private final Tensor y;
    private final Tensor gradInput;
    private final Tensor gradWeights;
    private final Tensor exactY;
    private final Tensor exactGradInput;
    private final Tensor exactGradWeights;

    Call(
        Arena arena, ConvCase drawn, DType dtype, SplittableRandom random, Data data, Data others) {
      this.drawn = drawn;
      plan = drawn.conv().plan(FFT, dtype, drawn.inputShape());
      roundoff = Tolerance.roundoff(dtype);
      x = draw(arena, dtype, data.values(random, dtype), plan.inputShape());
      w = draw(arena, dtype, others.values(random, dtype), plan.weightShape());
      bias = draw(arena, dtype, others.values(random, dtype), drawn.o());
      g = draw(arena, dtype, data.values(random, dtype), plan.outputShape());
      y = Tensor.allocate(arena, dtype, plan.outputShape());
      gradInput = Tensor.allocate(arena, dtype, plan.inputShape());
      gradWeights = Tensor.allocate(arena, dtype, plan.weightShape());
      plan.forward(x, w, bias, y);
      plan.backwardInput(g, w, gradInput);
      plan.backwardWeights(x, g, gradWeights);

      PlanOptions options = PlanOptions.defaults().withExact(true);
      Conv2dPlan exact = drawn.conv().plan(options, DType.F64, drawn.inputShape());
      exactY = Tensor.allocate(arena, DType.F64, plan.outputShape());
      exactGradInput = Tensor.allocate(arena, DType.F64, plan.inputShape());
      exactGradWeights = Tensor.allocate(arena, DType.F64, plan.weightShape());
      exact.forward(wide(arena, x), wide(arena, w), wide(arena, bias), exactY);
      exact.backwardInput(wide(arena, g), wide(arena, w), exactGradInput);
      exact.backwardWeights(wide(arena, x), wide(arena, g), exactGradWeights);
    }

    void assertForward(String what) {
      double bound = bound(Pass.FORWARD, drawn.c(), largest(x) * largest(w));
      assertWithin(what, exactY, y, bound, bias);
    }

    void assertInputGradient(String what) {
      double bound = bound(Pass.BACKWARD_INPUT, drawn.o(), largest(g) * largest(w));
      assertWithin(what + ", input's gradient", exactGradInput, gradInput, bound, null);
    }

    /** Returns the bound of a sum over channels, less the bias's part. */
    private double bound(Pass pass, long channels, double product) {
      Matcher tile = tile(pass);
      double points = number(tile, 1) * number(tile, 2);
      double sum = channels * drawn.kh() * drawn.kw() * product;
      return (18 * log2(points) + channels + 10) * Math.sqrt(2 * points) * roundoff * sum;
    }

    void assertWeightGradient(String what) {
      Matcher tile = tile(Pass.BACKWARD_WEIGHTS);
      double points = number(tile, 1) * number(tile, 2);
      double tiles =
          drawn.n()
              * Math.ceil(plan.outputShape()[2] / number(tile, 3))
              * Math.ceil(plan.outputShape()[3] / number(tile, 4));
      double sum = tiles * points * largest(x) * largest(g);
      double bound = (18 * log2(points) + tiles + 10) * roundoff * sum;
      assertWithin(what + ", weights' gradient", exactGradWeights, gradWeights, bound, null);
    }

    private Matcher tile(Pass pass) {
      String line =
          plan.explain().lines().filter(each -> each.startsWith(pass.name())).findFirst().get();
      Matcher tile = TILES.matcher(line);
      assertTrue(tile.find(), line);
      return tile;
    }
  }

  private static double number(Matcher tile, int group) {
    return Double.parseDouble(tile.group(group));
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }

  private static void assertWithin(
      String what, Tensor exact, Tensor actual, double bound, Tensor bias) {
    long plane = actual.size(2) * actual.size(3);
    double roundoff = Tolerance.roundoff(actual.dtype());
    for (long i = 0; i < exact.elementCount(); i++) {
      double start = bias == null ? 0 : bias.get(i / plane % bias.elementCount());
      double allowed = bound + 2 * roundoff * Math.abs(start);
      assertEquals(exact.get(i), actual.get(i), allowed, what + ": element " + i);
    }
  }

  private static Tensor draw(Arena arena, DType dtype, DoubleSupplier values, long... shape) {
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, values.getAsDouble());
    }
    return tensor;
  }

  private static Tensor wide(Arena arena, Tensor tensor) {
    Tensor copy = Tensor.allocate(arena, DType.F64, tensor.shape());
    copy.copyFrom(tensor);
    return copy;
  }

  private static double largest(Tensor tensor) {
    double largest = 0;
    for (double value : tensor.toDoubleArray()) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
