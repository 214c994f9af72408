package io.github.colonnade;

import static io.github.colonnade.SmallOperators.TYPES;
import static io.github.colonnade.SmallOperators.assertSameBits;
import static io.github.colonnade.SmallOperators.bytes;
import static io.github.colonnade.SmallOperators.copy;
import static io.github.colonnade.SmallOperators.labels;
import static io.github.colonnade.SmallOperators.random;
import static io.github.colonnade.SmallOperators.refuses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SoftmaxCrossEntropyTest {
  private static final double INF = Double.POSITIVE_INFINITY;
  private static final double NAN = Double.NaN;

  private final Arena arena = Arena.ofConfined();
  private final SoftmaxCrossEntropy loss = SoftmaxCrossEntropy.create();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  /** By PyTorch 2.13's {@code cross_entropy}, in double precision. */
  @Test
  void theNumbersArePyTorchs() {
    double[] values = {1.5, -2, 0.25, 3, 0, 0, 0, 0, 1000, -1000, 999, 998.5};
    double[] gradients = {
      0.057487209628646264, 0.0017359633110354319, 0.016470361316714466, -0.07569353425639616,
      0.08333333333333333, -0.25, 0.08333333333333333, 0.08333333333333333,
      0.20951057307058746, 0, -0.256258700792617, 0.04674812772202949
    };
    Tensor labels = labels(arena, 3, 1, 2);
    for (DType dtype : TYPES) {
      double within = dtype == DType.F64 ? 1e-15 : 1e-7;
      Tensor logits = tensor(dtype, 3, 4, values);
      Tensor gradient = Tensor.allocate(arena, dtype, 3, 4);

      assertEquals(1.036081217907738, loss.forward(logits, labels), within);
      assertEquals(loss.forward(logits, labels), loss.backward(logits, labels, gradient));
      assertArrayEquals(gradients, gradient.toDoubleArray(), within);
      assertEquals(1, loss.correct(logits, labels));
    }
  }

  @Test
  void everyShapeByTheDefinition() {
    SplittableRandom random = new SplittableRandom(1);
    for (DType dtype : TYPES) {
      for (int[] shape : new int[][] {{1, 1}, {2, 3}, {64, 10}, {7, 1000}, {3, 5003}, {400, 33}}) {
        int rows = shape[0];
        int classes = shape[1];
        Tensor logits = Tensor.allocate(arena, dtype, rows, classes);
        Tensor labels = Tensor.allocate(arena, DType.I64, rows);
        for (int i = 0; i < rows * classes; i++) {
          logits.set(i, random.nextDouble(-30, 30));
        }
        for (int i = 0; i < rows; i++) {
          labels.set(i, random.nextInt(classes));
        }
        Guarded gradient = Guarded.nan(arena, dtype, rows, classes);

        double mean = loss.backward(logits, labels, gradient.tensor());

        gradient.assertCanariesAlive("gradLogits");
        double expected = 0;
        long hits = 0;
        double within = 8 * Tolerance.roundoff(dtype);
        for (int row = 0; row < rows; row++) {
          int label = (int) labels.get(row);
          double sum = 0;
          int best = 0;
          for (int k = 0; k < classes; k++) {
            sum += Math.exp(logits.get((long) row * classes + k));
            if (logits.get((long) row * classes + k) > logits.get((long) row * classes + best)) {
              best = k;
            }
          }
          hits += best == label ? 1 : 0;
          expected += (Math.log(sum) - logits.get((long) row * classes + label)) / rows;
          for (int k = 0; k < classes; k++) {
            double share = Math.exp(logits.get((long) row * classes + k)) / sum;
            double grad = gradient.tensor().get((long) row * classes + k) * rows;
            assertEquals(k == label ? share - 1 : share, grad, within + 60 * within * share);
          }
        }
        assertEquals(expected, mean, 60 * within);
        assertEquals(hits, loss.correct(logits, labels));
      }
    }
  }

  @Test
  void theGradientIsThatOfDifferences() {
    Tensor logits = random(arena, 2, DType.F64, 3, 4);
    Tensor labels = labels(arena, 1, 3, 0);
    Tensor gradient = Tensor.allocate(arena, DType.F64, 3, 4);
    loss.backward(logits, labels, gradient);
    for (long i = 0; i < 12; i++) {
      double value = logits.get(i);
      logits.set(i, value + 1e-5);
      double above = loss.forward(logits, labels);
      logits.set(i, value - 1e-5);
      double below = loss.forward(logits, labels);
      logits.set(i, value);
      assertEquals((above - below) / 2e-5, gradient.get(i), 1e-9);
    }
  }

  /** As PyTorch 2.13 has them. */
  @Test
  void whatIsNoOrdinaryNumber() {
    for (DType dtype : TYPES) {
      check(dtype, new double[] {-INF, 0, 1}, 0, INF, -1, 0.2689414, 0.7310586);
      check(dtype, new double[] {-INF, 0, 1}, 1, 1.3132617, 0, -0.7310586, 0.7310586);
      check(dtype, new double[] {INF, 0, 1}, 0, NAN, NAN, NAN, NAN);
      check(dtype, new double[] {NAN, 0, 1}, 1, NAN, NAN, NAN, NAN);
      check(dtype, new double[] {0, 1, NAN}, 1, NAN, NAN, NAN, NAN);
      check(dtype, new double[] {-INF, -INF, -INF}, 2, NAN, NAN, NAN, NAN);
      check(dtype, new double[] {-3e38, 3e38, 0}, 1, 0, 0, 0, 0);
    }
    check(DType.F64, new double[] {-1e308, 1e308, 0}, 1, 0, 0, 0, 0);
  }

  private void check(DType dtype, double[] row, long label, double mean, double... gradients) {
    Tensor logits = tensor(dtype, 1, 3, row);
    Tensor gradient = Tensor.allocate(arena, dtype, 1, 3);
    assertEquals(mean, loss.backward(logits, labels(arena, label), gradient), 1e-7);
    assertArrayEquals(gradients, gradient.toDoubleArray(), 1e-7);
  }

  @Test
  void theLargestLogitIsPyTorchsArgmax() {
    Tensor logits = tensor(DType.F64, 4, 3, 1, NAN, NAN, 2, 2, 1, -INF, -INF, -INF, 0, 1, 2);

    assertEquals(4, loss.correct(logits, labels(arena, 1, 0, 0, 2)));
    assertEquals(0, loss.correct(logits, labels(arena, 2, 1, 1, 0)));
  }

  @Test
  void noRowsHaveNoMean() {
    Tensor none = Tensor.allocate(arena, DType.F64, 0, 3);
    Tensor nothing = Tensor.allocate(arena, DType.F64, 0, 0);
    Tensor labels = labels(arena);

    assertEquals(NAN, loss.forward(none, labels));
    assertEquals(NAN, loss.backward(none, labels, none));
    assertEquals(0, loss.correct(none, labels));
    assertEquals(NAN, loss.forward(nothing, labels));
  }

  @Test
  void inPlaceAndAtAnyNumberOfThreadsTheBitsAreTheSame() {
    for (DType dtype : TYPES) {
      for (int[] shape : new int[][] {{3001, 10}, {37, 1000}}) {
        Tensor logits = random(arena, 3, dtype, shape[0], shape[1]);
        Tensor labels = Tensor.allocate(arena, DType.I64, shape[0]);
        for (int i = 0; i < shape[0]; i++) {
          labels.set(i, i % 7);
        }
        Tensor gradient = Tensor.allocate(arena, dtype, shape[0], shape[1]);
        double mean = loss.backward(logits, labels, gradient);
        Tensor inPlace = copy(arena, logits);

        assertEquals(mean, loss.backward(inPlace, labels, inPlace));
        assertArrayEquals(bytes(gradient), bytes(inPlace));
        assertSameBits(
            arena,
            (arena, threads) -> {
              Guarded result = Guarded.nan(arena, dtype, shape[0], shape[1]);
              SoftmaxCrossEntropy by = loss.withThreads(threads);
              assertEquals(mean, by.backward(logits, labels, result.tensor()));
              assertEquals(mean, by.forward(logits, labels));
              return result;
            });
      }
    }
  }

  @Test
  void namesTheOperandThatIsWrong() {
    Tensor logits = random(arena, 4, DType.F64, 3, 4);
    Tensor labels = labels(arena, 0, 1, 3);
    Tensor single = Tensor.allocate(arena, DType.F32, 3, 4);

    refuses(
        "labels: element 1 is 4, must be at least 0 and less than 4",
        () -> loss.forward(logits, labels(arena, 0, 4, 3)));
    refuses(
        "labels: element 2 is -1, must be at least 0 and less than 4",
        () -> loss.correct(logits, labels(arena, 0, 3, -1)));
    refuses("labels: shape is [2], must be [3]", () -> loss.forward(logits, labels(arena, 0, 1)));
    refuses("labels: is F64, must be I64", () -> loss.forward(logits, logits));
    refuses(
        "logits: shape is [12], must be [N, K]", () -> loss.forward(logits.reshape(12), labels));
    refuses("gradLogits: is F32, must be F64", () -> loss.backward(logits, labels, single));
    refuses(
        "gradLogits: shape is [4, 3], must be [3, 4]",
        () -> loss.backward(logits, labels, logits.reshape(4, 3)));
    Tensor classless = Tensor.allocate(arena, DType.F64, 1, 0);
    refuses(
        "labels: element 0 is 0, must be at least 0 and less than 0",
        () -> loss.forward(classless, labels(arena, 0)));
    refuses("threads: is 0, must be at least 1", () -> loss.withThreads(0));
  }

  @Test
  void nothingIsWrittenBeforeALabelIsRefused() {
    Tensor logits = random(arena, 5, DType.F64, 3, 4);
    Tensor gradient = Tensor.allocate(arena, DType.F64, 3, 4).fill(9);
    refuses(
        "labels: element 2 is 9, must be at least 0 and less than 4",
        () -> loss.backward(logits, labels(arena, 0, 1, 9), gradient));
    for (double value : gradient.toDoubleArray()) {
      assertEquals(9, value);
    }
    assertTrue(loss.forward(logits, labels(arena, 0, 1, 2)) > 0);
  }

  private Tensor tensor(DType dtype, int rows, int columns, double... values) {
    Tensor tensor = Tensor.allocate(arena, dtype, rows, columns);
    for (int i = 0; i < values.length; i++) {
      tensor.set(i, values[i]);
    }
    return tensor;
  }
}
