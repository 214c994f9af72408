package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The errors that the site's page on accuracy tells of: the largest of a pass over its largest
 * result, for operands drawn evenly from −1 to 1. The limits are twice what was measured.
 */
final class AlgorithmErrorTest {
  @ParameterizedTest
  @CsvSource({
    "REFERENCE, F64, 16, 1, 1.6e-15",
    "REFERENCE, F64, 64, 1, 3.4e-15",
    "IM2COL, F64, 16, 1, 1.9e-15",
    "IM2COL, F64, 64, 1, 2.3e-15",
    "DIRECT, F64, 4, 1, 6e-16",
    "DIRECT, F64, 16, 16, 4.1e-16",
    "WINOGRAD, F64, 16, 1, 4.7e-15",
    "WINOGRAD, F64, 64, 1, 6.1e-15",
    "REFERENCE, F32, 16, 1, 8.1e-8",
    "REFERENCE, F32, 64, 1, 9.9e-8",
    "IM2COL, F32, 16, 1, 8.3e-7",
    "IM2COL, F32, 64, 1, 1.1e-6",
    "DIRECT, F32, 4, 1, 4.2e-7",
    "DIRECT, F32, 16, 16, 2.3e-7",
    "WINOGRAD, F32, 16, 1, 1.9e-6",
    "WINOGRAD, F32, 64, 1, 3.1e-6"
  })
  void errorsAreAsSmallAsTheSiteSays(
      Algorithm algorithm,
      DType dtype,
      int channels,
      int groups,
      double most,
      TestReporter report) {
    Passes exact = new Passes(channels, groups, dtype);
    double[] errors = exact.errors(algorithm);
    report.publishEntry(
        "%s %s, %d channels in %d groups".formatted(algorithm, dtype, channels, groups),
        String.format(Locale.ROOT, "%.1e %.1e %.1e", errors[0], errors[1], errors[2]));
    assertAll(
        Arrays.stream(errors)
            .mapToObj(error -> () -> assertTrue(error <= most, error + " of " + most)));
  }

  /** A 3×3 convolution that keeps the size, and all it computes in twice the precision. */
  private static final class Passes {
    private static final int H = 14;
    private static final int W = 15;

    private final int channels;
    private final int groups;
    private final DType dtype;
    private final double[] x;
    private final double[] w;
    private final double[] gradY;

    Passes(int channels, int groups, DType dtype) {
      this.channels = channels;
      this.groups = groups;
      this.dtype = dtype;
      SplittableRandom random = new SplittableRandom(channels);
      x = draw(random, channels * H * W);
      w = draw(random, channels * (channels / groups) * 9);
      gradY = draw(random, channels * H * W);
    }

    private double[] draw(SplittableRandom random, int count) {
      double[] values = random.doubles(count, -1, 1).toArray();
      return dtype == DType.F64 ? values : Arrays.stream(values).map(v -> (float) v).toArray();
    }

    /** Returns the error of the forward pass and of the input's and the weights' gradient. */
    double[] errors(Algorithm algorithm) {
      Conv2dPlan plan =
          Conv2d.builder(channels, channels, 3, 3)
              .padding(1)
              .groups(groups)
              .build()
              .plan(PlanOptions.defaults().withAlgorithm(algorithm), dtype, 1, channels, H, W);
      try (Arena arena = Arena.ofConfined()) {
        Tensor input = tensor(arena, x, plan.inputShape());
        Tensor weight = tensor(arena, w, plan.weightShape());
        Tensor gradOutput = tensor(arena, gradY, plan.outputShape());
        Tensor output = Tensor.allocate(arena, dtype, plan.outputShape());
        Tensor gradInput = Tensor.allocate(arena, dtype, plan.inputShape());
        Tensor gradWeights = Tensor.allocate(arena, dtype, plan.weightShape());
        plan.forward(input, weight, null, output);
        plan.backwardInput(gradOutput, weight, gradInput);
        plan.backwardWeights(input, gradOutput, gradWeights);
        DoubledSum[][] exact = exact();
        return new double[] {
          error(exact[0], output), error(exact[1], gradInput), error(exact[2], gradWeights)
        };
      }
    }

    private Tensor tensor(Arena arena, double[] values, long... shape) {
      Tensor tensor = Tensor.allocate(arena, dtype, shape);
      for (int i = 0; i < values.length; i++) {
        tensor.set(i, values[i]);
      }
      return tensor;
    }

    private static double error(DoubledSum[] exact, Tensor actual) {
      double largest = 0;
      double error = 0;
      for (int i = 0; i < exact.length; i++) {
        largest = Math.max(largest, Math.abs(exact[i].value()));
        error = Math.max(error, Math.abs(exact[i].value() - actual.get(i)));
      }
      return error / largest;
    }

    /** Returns the output and both gradients, by the loops of the definition. */
    private DoubledSum[][] exact() {
      DoubledSum[][] sums = {zeros(x.length), zeros(x.length), zeros(w.length)};
      int each = channels / groups;
      for (int o = 0; o < channels; o++) {
        for (int c = 0; c < each; c++) {
          for (int k = 0; k < 9; k++) {
            int weight = (o * each + c) * 9 + k;
            for (int y = 0; y < H * W; y++) {
              int row = y / W + k / 3 - 1;
              int column = y % W + k % 3 - 1;
              if (row >= 0 && row < H && column >= 0 && column < W) {
                int in = ((o / each * each + c) * H + row) * W + column;
                int out = o * H * W + y;
                sums[0][out].add(w[weight], x[in]);
                sums[1][in].add(w[weight], gradY[out]);
                sums[2][weight].add(x[in], gradY[out]);
              }
            }
          }
        }
      }
      return sums;
    }

    private static DoubledSum[] zeros(int count) {
      DoubledSum[] sums = new DoubledSum[count];
      Arrays.setAll(sums, i -> new DoubledSum());
      return sums;
    }
  }
}
