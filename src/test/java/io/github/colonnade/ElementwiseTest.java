package io.github.colonnade;

import static io.github.colonnade.SmallOperators.TYPES;
import static io.github.colonnade.SmallOperators.assertSameBits;
import static io.github.colonnade.SmallOperators.bytes;
import static io.github.colonnade.SmallOperators.copy;
import static io.github.colonnade.SmallOperators.random;
import static io.github.colonnade.SmallOperators.refuses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.math.BigDecimal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ElementwiseTest {
  private static final long[][] SHAPES = {{}, {1}, {0}, {3, 11}, {2, 3, 91, 93}};

  private final Arena arena = Arena.ofConfined();
  private final Elementwise elementwise = Elementwise.create();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @Test
  void combinesWithEveryStepRounded() {
    double a = 1.7;
    double b = -0.3;
    for (DType dtype : TYPES) {
      for (long[] shape : SHAPES) {
        Tensor x = random(arena, 1, dtype, shape);
        Tensor y = random(arena, 2, dtype, shape);
        Tensor out = Tensor.allocate(arena, dtype, shape);
        Tensor sum = copy(arena, y);

        elementwise.combine(a, x, b, y, out);
        elementwise.addScaled(a, x, sum);

        for (long i = 0; i < x.elementCount(); i++) {
          assertEquals(rounded(dtype, a, x.get(i), b, y.get(i)), out.get(i));
          assertEquals(rounded(dtype, a, x.get(i), 1, y.get(i)), sum.get(i));
        }
      }
    }
  }

  private static double rounded(DType dtype, double a, double x, double b, double y) {
    return dtype == DType.F64 ? a * x + b * y : (float) a * (float) x + (float) b * (float) y;
  }

  @Test
  void theOutputMayBeEitherInput() {
    for (DType dtype : TYPES) {
      Tensor x = random(arena, 3, dtype, 5000);
      Tensor y = random(arena, 4, dtype, 5000);
      Tensor out = Tensor.allocate(arena, dtype, 5000);
      elementwise.combine(2.5, x, 0.9, y, out);
      Tensor overX = copy(arena, x);
      Tensor overY = copy(arena, y);
      Tensor doubled = copy(arena, x);

      elementwise.combine(2.5, overX, 0.9, y, overX);
      elementwise.combine(2.5, x, 0.9, overY, overY);
      elementwise.addScaled(1, doubled, doubled);

      assertArrayEquals(bytes(out), bytes(overX));
      assertArrayEquals(bytes(out), bytes(overY));
      for (long i = 0; i < x.elementCount(); i++) {
        assertEquals(2 * x.get(i), doubled.get(i));
      }
    }
  }

  @Test
  void whatIsNoOrdinaryNumberFollowsArithmetic() {
    double inf = Double.POSITIVE_INFINITY;
    for (DType dtype : TYPES) {
      Tensor x = Tensor.allocate(arena, dtype, 4);
      Tensor y = Tensor.allocate(arena, dtype, 4);
      double[] xs = {Double.NaN, inf, inf, -0.0};
      double[] ys = {1, 1, -inf, -0.0};
      for (int i = 0; i < 4; i++) {
        x.set(i, xs[i]);
        y.set(i, ys[i]);
      }

      elementwise.addScaled(1, x, y);

      assertArrayEquals(new double[] {Double.NaN, inf, Double.NaN, -0.0}, y.toDoubleArray());
    }
  }

  @Test
  void theBitsAreTheSameAtAnyNumberOfThreads() {
    for (DType dtype : TYPES) {
      Tensor x = random(arena, 5, dtype, 100_003);
      Tensor y = random(arena, 6, dtype, 100_003);
      assertSameBits(
          arena,
          (arena, threads) -> {
            Guarded out = Guarded.nan(arena, dtype, 100_003);
            elementwise.withThreads(threads).combine(1.5, x, -0.5, y, out.tensor());
            return out;
          });
      for (int threads : new int[] {1, 2, 8}) {
        assertEquals(elementwise.sum(x), elementwise.withThreads(threads).sum(x));
      }
    }
  }

  @Test
  void sumsAsExactlyAsPairsDo() {
    for (DType dtype : TYPES) {
      for (long[] shape : SHAPES) {
        Tensor x = random(arena, 7, dtype, shape);
        BigDecimal exact = BigDecimal.ZERO;
        double magnitude = 0;
        for (long i = 0; i < x.elementCount(); i++) {
          exact = exact.add(new BigDecimal(x.get(i)));
          magnitude += Math.abs(x.get(i));
        }
        assertEquals(exact.doubleValue(), elementwise.sum(x), 1050 * 0x1p-53 * magnitude);
      }
    }
    // One after the other in double precision, tenths would be off by some 1e-4.
    Tensor tenths = Tensor.allocate(arena, DType.F64, 3_000_000).fill(0.1);
    assertEquals(300_000, elementwise.sum(tenths), 1e-8);
    tenths.set(1_000_000, Double.NaN);
    assertEquals(Double.NaN, elementwise.sum(tenths));
  }

  @Test
  void namesTheOperandThatIsWrong() {
    Tensor x = Tensor.allocate(arena, DType.F64, 2, 3);
    Tensor y = Tensor.allocate(arena, DType.F64, 2, 3);
    Tensor wide = Tensor.allocate(arena, DType.F64, 7);
    Tensor left = Tensor.of(wide.segment().asSlice(0, 48), DType.F64, 2, 3);
    Tensor right = Tensor.of(wide.segment().asSlice(8, 48), DType.F64, 2, 3);
    Tensor single = Tensor.allocate(arena, DType.F32, 2, 3);
    Tensor longs = Tensor.allocate(arena, DType.I64, 2, 3);

    refuses("y: overlaps x, must not", () -> elementwise.addScaled(1, left, right));
    refuses("y: is F32, must be F64", () -> elementwise.addScaled(1, x, single));
    refuses("x: is I64, must be F64 or F32", () -> elementwise.addScaled(1, longs, y));
    refuses("x: is I64, must be F64 or F32", () -> elementwise.sum(longs));
    refuses(
        "y: shape is [3, 2], must be [2, 3]",
        () -> elementwise.combine(1, x, 1, y.reshape(3, 2), x));
    refuses("out: overlaps x, must not", () -> elementwise.combine(1, left, 1, y, right));
    refuses("out: overlaps y, must not", () -> elementwise.combine(1, y, 1, left, right));
    refuses(
        "out: is read-only, must be writable",
        () ->
            elementwise.combine(1, x, 1, y, Tensor.of(y.segment().asReadOnly(), DType.F64, 2, 3)));
    refuses("threads: is 0, must be at least 1", () -> elementwise.withThreads(0));
  }
}
