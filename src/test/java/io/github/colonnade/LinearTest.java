package io.github.colonnade;

import static io.github.colonnade.SmallOperators.TYPES;
import static io.github.colonnade.SmallOperators.assertSameBits;
import static io.github.colonnade.SmallOperators.random;
import static io.github.colonnade.SmallOperators.refuses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LinearTest {
  /** Batch, in, out. */
  private static final int[][] SIZES = {
    {1, 1, 1}, {1, 700, 3}, {3, 2, 5}, {64, 512, 10}, {128, 80, 50}, {2, 3, 1200}, {300, 20, 7}
  };

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  /** By PyTorch 2.13's {@code linear}. */
  @Test
  void theNumbersArePyTorchs() {
    double[] x = {1, 2, 3, -1, 0.5, 4};
    double[] w = {1, -2, 0.5, 0.25, 3, -1};
    double[] b = {0.5, -0.25};
    Tensor output =
        Linear.of(3, 2)
            .forward(
                arena,
                Tensor.copyOf(arena, x, 2, 3),
                Tensor.copyOf(arena, w, 2, 3),
                Tensor.copyOf(arena, b, 2));

    assertArrayEquals(new double[] {-1, 3, 0.5, -3}, output.toDoubleArray());
  }

  @Test
  void everyPassByTheDefinition() {
    for (DType dtype : TYPES) {
      for (int[] size : SIZES) {
        int n = size[0];
        int in = size[1];
        int out = size[2];
        Linear linear = Linear.of(in, out);
        Tensor x = random(arena, 1, dtype, n, in);
        Tensor w = random(arena, 2, dtype, out, in);
        Tensor b = random(arena, 3, dtype, out);
        Tensor gradY = random(arena, 4, dtype, n, out);
        Guarded y = Guarded.nan(arena, dtype, n, out);
        Guarded plain = Guarded.nan(arena, dtype, n, out);
        Guarded gradX = Guarded.nan(arena, dtype, n, in);
        Guarded gradW = Guarded.nan(arena, dtype, out, in);
        Guarded gradB = Guarded.nan(arena, dtype, out);

        linear.forward(x, w, b, y.tensor());
        linear.forward(x, w, null, plain.tensor());
        linear.backwardInput(gradY, w, gradX.tensor());
        linear.backwardWeights(x, gradY, gradW.tensor());
        linear.backwardBias(gradY, gradB.tensor());

        List.of(y, plain, gradX, gradW, gradB).forEach(each -> each.assertCanariesAlive("result"));
        double unit = Tolerance.roundoff(dtype);
        for (int i = 0; i < n; i++) {
          for (int o = 0; o < out; o++) {
            double sum = 0;
            for (int k = 0; k < in; k++) {
              sum += x.get((long) i * in + k) * w.get((long) o * in + k);
            }
            double within = (in + 2) * unit * (in + 1);
            assertEquals(sum, plain.tensor().get((long) i * out + o), within);
            assertEquals(sum + b.get(o), y.tensor().get((long) i * out + o), within);
          }
          for (int k = 0; k < in; k++) {
            double sum = 0;
            for (int o = 0; o < out; o++) {
              sum += gradY.get((long) i * out + o) * w.get((long) o * in + k);
            }
            assertEquals(sum, gradX.tensor().get((long) i * in + k), (out + 2) * unit * (out + 1));
          }
        }
        for (int o = 0; o < out; o++) {
          double bias = 0;
          for (int i = 0; i < n; i++) {
            bias += gradY.get((long) i * out + o);
          }
          assertEquals(bias, gradB.tensor().get(o), (n + 2) * unit * 2);
          for (int k = 0; k < in; k++) {
            double sum = 0;
            for (int i = 0; i < n; i++) {
              sum += gradY.get((long) i * out + o) * x.get((long) i * in + k);
            }
            assertEquals(sum, gradW.tensor().get((long) o * in + k), (n + 2) * unit * (n + 1));
          }
        }
      }
    }
  }

  @Test
  void theBitsAreTheSameAtAnyNumberOfThreads() {
    for (DType dtype : TYPES) {
      for (int[] size : SIZES) {
        Linear linear = Linear.of(size[1], size[2]);
        Tensor x = random(arena, 5, dtype, size[0], size[1]);
        Tensor w = random(arena, 6, dtype, size[2], size[1]);
        Tensor b = random(arena, 7, dtype, size[2]);
        Tensor gradY = random(arena, 8, dtype, size[0], size[2]);
        assertSameBits(
            arena,
            (arena, threads) -> {
              Guarded y = Guarded.nan(arena, dtype, size[0], size[2]);
              linear.withThreads(threads).forward(x, w, b, y.tensor());
              return y;
            });
        assertSameBits(
            arena,
            (arena, threads) -> {
              Guarded gradX = Guarded.nan(arena, dtype, size[0], size[1]);
              linear.withThreads(threads).backwardInput(gradY, w, gradX.tensor());
              return gradX;
            });
        assertSameBits(
            arena,
            (arena, threads) -> {
              Guarded gradW = Guarded.nan(arena, dtype, size[2], size[1]);
              linear.withThreads(threads).backwardWeights(x, gradY, gradW.tensor());
              return gradW;
            });
        assertSameBits(
            arena,
            (arena, threads) -> {
              Guarded gradB = Guarded.nan(arena, dtype, size[2]);
              linear.withThreads(threads).backwardBias(gradY, gradB.tensor());
              return gradB;
            });
      }
    }
  }

  @Test
  void rowsMayHaveAnyShape() {
    Linear linear = Linear.of(12, 5);
    Tensor x = random(arena, 9, DType.F64, 4, 3, 2, 2);
    Tensor w = random(arena, 10, DType.F64, 5, 12);
    Tensor y = linear.forward(arena, x, w, null);
    Tensor gradX = Tensor.allocate(arena, DType.F64, 4, 3, 2, 2);
    Tensor flatGradX = Tensor.allocate(arena, DType.F64, 4, 12);
    Tensor gradW = Tensor.allocate(arena, DType.F64, 5, 12);
    Tensor flatGradW = Tensor.allocate(arena, DType.F64, 5, 12);

    linear.backwardInput(y, w, gradX);
    linear.backwardInput(y, w, flatGradX);
    linear.backwardWeights(x, y, gradW);
    linear.backwardWeights(x.reshape(4, 12), y, flatGradW);

    assertArrayEquals(
        linear.forward(arena, x.reshape(4, 12), w, null).toDoubleArray(), y.toDoubleArray());
    assertArrayEquals(flatGradX.toDoubleArray(), gradX.toDoubleArray());
    assertArrayEquals(flatGradW.toDoubleArray(), gradW.toDoubleArray());
    Tensor scalars = random(arena, 11, DType.F64, 3);
    assertEquals(
        2 * scalars.get(2),
        Linear.of(1, 1)
            .forward(arena, scalars, Tensor.allocate(arena, DType.F64, 1, 1).fill(2), null)
            .get(2));
  }

  @Test
  void anEmptyBatch() {
    Linear linear = Linear.of(3, 2);
    Tensor x = Tensor.allocate(arena, DType.F64, 0, 3);
    Tensor w = random(arena, 12, DType.F64, 2, 3);
    Tensor y = linear.forward(arena, x, w, null);
    Tensor gradW = Tensor.allocate(arena, DType.F64, 2, 3).fill(9);
    Tensor gradB = Tensor.allocate(arena, DType.F64, 2).fill(9);

    linear.backwardInput(y, w, x);
    linear.backwardWeights(x, y, gradW);
    linear.backwardBias(y, gradB);

    assertArrayEquals(new long[] {0, 2}, y.shape());
    assertArrayEquals(new double[6], gradW.toDoubleArray());
    assertArrayEquals(new double[2], gradB.toDoubleArray());
  }

  @Test
  void whatIsNoOrdinaryNumberStaysWhereItBelongs() {
    for (DType dtype : TYPES) {
      Linear linear = Linear.of(3, 2);
      Tensor x = random(arena, 13, dtype, 2, 3);
      Tensor w = random(arena, 14, dtype, 2, 3);
      x.set(1, Double.NaN);
      w.set(5, Double.POSITIVE_INFINITY);
      double[] y = linear.forward(arena, x, w, null).toDoubleArray();
      assertEquals(Double.NaN, y[0]);
      assertEquals(Double.NaN, y[1]);
      assertEquals(Math.copySign(Double.POSITIVE_INFINITY, x.get(5)), y[3]);
      assertEquals(true, Double.isFinite(y[2]));
    }
  }

  @Test
  void namesTheOperandThatIsWrong() {
    Linear linear = Linear.of(3, 2);
    Tensor x = random(arena, 15, DType.F64, 4, 3);
    Tensor w = random(arena, 16, DType.F64, 2, 3);
    Tensor b = random(arena, 17, DType.F64, 2);
    Tensor y = Tensor.allocate(arena, DType.F64, 4, 2);
    Tensor single = Tensor.allocate(arena, DType.F32, 4, 2);

    refuses(
        "input: shape is [12], must be [N, …] with 3 elements a row",
        () -> linear.forward(x.reshape(12), w, b, y));
    refuses(
        "input: shape is [], must be [N, …] with 3 elements a row",
        () -> linear.forward(Tensor.allocate(arena, DType.F64), w, b, y));
    refuses(
        "weight: shape is [3, 2], must be [2, 3]", () -> linear.forward(x, w.reshape(3, 2), b, y));
    refuses("bias: shape is [2, 1], must be [2]", () -> linear.forward(x, w, b.reshape(2, 1), y));
    refuses("output: is F32, must be F64", () -> linear.forward(x, w, b, single));
    Tensor square = Tensor.allocate(arena, DType.F64, 2, 2);
    Tensor other = Tensor.allocate(arena, DType.F64, 2, 2);
    Linear two = Linear.of(2, 2);
    refuses("output: overlaps input, must not", () -> two.forward(square, square, null, square));
    refuses("output: overlaps weight, must not", () -> two.forward(other, square, null, square));
    refuses(
        "gradInput: overlaps gradOutput, must not", () -> two.backwardInput(square, other, square));
    refuses(
        "gradWeights: overlaps input, must not", () -> two.backwardWeights(square, other, square));
    refuses("gradOutput: shape is [4, 3], must be [N, 2]", () -> linear.backwardBias(x, b));
    refuses("gradBias: shape is [4, 2], must be [2]", () -> linear.backwardBias(y, y));
    refuses("inFeatures: is 0, must be at least 1", () -> Linear.of(0, 1));
    refuses("outFeatures: is -1, must be at least 1", () -> Linear.of(1, -1));
    refuses("threads: is 0, must be at least 1", () -> linear.withThreads(0));
  }

  @Test
  void saysWhatItIs() {
    Linear linear = Linear.of(512, 10).withThreads(3);
    assertEquals("Linear[512 → 10]", linear.toString());
    assertEquals(3, linear.threads());
    assertArrayEquals(new long[] {10, 512}, linear.weightShape());
  }
}
