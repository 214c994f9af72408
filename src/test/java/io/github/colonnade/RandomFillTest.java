package io.github.colonnade;

import static io.github.colonnade.SmallOperators.TYPES;
import static io.github.colonnade.SmallOperators.assertSameBits;
import static io.github.colonnade.SmallOperators.refuses;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RandomFillTest {
  private static final int MANY = 200_000;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @Test
  void uniformNumbersAreEven() {
    for (DType dtype : TYPES) {
      Tensor x = RandomFill.seeded(1).uniform(Tensor.allocate(arena, dtype, MANY), -2, 3);
      int[] counts = new int[10];
      for (double value : x.toDoubleArray()) {
        assertTrue(value >= -2 && value < 3, "is " + value);
        counts[(int) ((value + 2) * 2)]++;
      }
      for (int count : counts) {
        // Six standard deviations.
        assertEquals(MANY / 10.0, count, 6 * Math.sqrt(MANY * 0.09));
      }
    }
  }

  @Test
  void normalNumbersHaveTheMomentsAndTails() {
    for (DType dtype : TYPES) {
      Tensor x = RandomFill.seeded(2).normal(Tensor.allocate(arena, dtype, MANY), 5, 2);
      double[] moments = new double[5];
      int beyond = 0;
      for (double value : x.toDoubleArray()) {
        double z = (value - 5) / 2;
        beyond += Math.abs(z) > 1.959964 ? 1 : 0;
        for (int power = 1; power <= 4; power++) {
          moments[power] += Math.pow(z, power) / MANY;
        }
      }
      double error = 6 / Math.sqrt(MANY);
      assertEquals(0, moments[1], error);
      assertEquals(1, moments[2], error * Math.sqrt(2));
      assertEquals(0, moments[3], error * Math.sqrt(15));
      assertEquals(3, moments[4], error * Math.sqrt(96));
      assertEquals(0.05 * MANY, beyond, 6 * Math.sqrt(0.0475 * MANY));
    }
  }

  @Test
  void neighboursAndSeedsAreIndependent() {
    double[] x = uniform(7, MANY);
    double[] y = uniform(8, MANY);
    for (int lag : new int[] {1, 2, 1024, 4096}) {
      assertEquals(0, correlation(x, x, lag), 6 / Math.sqrt(MANY - lag));
    }
    assertEquals(0, correlation(x, y, 0), 6 / Math.sqrt(MANY));
  }

  private double[] uniform(long seed, int count) {
    Tensor tensor = Tensor.allocate(arena, DType.F64, count);
    return RandomFill.seeded(seed).uniform(tensor, -Math.sqrt(3), Math.sqrt(3)).toDoubleArray();
  }

  private static double correlation(double[] x, double[] y, int lag) {
    double sum = 0;
    for (int i = 0; i + lag < x.length; i++) {
      sum += x[i] * y[i + lag];
    }
    return sum / (x.length - lag);
  }

  @Test
  void theSameSeedGivesTheSameBitsAtAnyNumberOfThreads() {
    for (DType dtype : TYPES) {
      assertSameBits(
          arena,
          (arena, threads) -> {
            Guarded result = Guarded.nan(arena, dtype, 3, 7, 1999);
            RandomFill.seeded(3).withThreads(threads).normal(result.tensor(), 0, 1);
            return result;
          });
    }
  }

  /** These bits are promised: changing them changes what people have trained. */
  @Test
  void theBitsStay() {
    Tensor uniform = RandomFill.seeded(42).uniform(Tensor.allocate(arena, DType.F64, 3), 0, 1);
    Tensor normal = RandomFill.seeded(42).normal(Tensor.allocate(arena, DType.F64, 3), 0, 1);

    assertArrayEquals(
        new double[] {0.5961188718302076, 0.1603653875985772, 0.16639780398145976},
        uniform.toDoubleArray());
    assertArrayEquals(
        new double[] {0.24331387536681398, -0.9929572767442797, -0.9684982191711587},
        normal.toDoubleArray());
  }

  @Test
  void aSequenceGoesOnHoweverItIsCut() {
    for (DType dtype : TYPES) {
      Tensor whole = RandomFill.seeded(4).normal(Tensor.allocate(arena, dtype, 100), 0, 1);
      RandomFill random = RandomFill.seeded(4);
      Tensor first = random.normal(Tensor.allocate(arena, dtype, 37), 0, 1);
      Tensor rest = random.withThreads(2).normal(Tensor.allocate(arena, dtype, 63), 0, 1);
      for (int i = 0; i < 100; i++) {
        assertEquals(whole.get(i), i < 37 ? first.get(i) : rest.get(i - 37));
      }
      assertNotEquals(whole.get(0), random.normal(Tensor.allocate(arena, dtype, 1), 0, 1).get(0));
    }
  }

  @Test
  void singlePrecisionHasTheNumbersRounded() {
    Tensor wide = RandomFill.seeded(5).normal(Tensor.allocate(arena, DType.F64, 1000), 1, 3);
    Tensor narrow = RandomFill.seeded(5).normal(Tensor.allocate(arena, DType.F32, 1000), 1, 3);
    for (int i = 0; i < 1000; i++) {
      assertEquals((float) wide.get(i), narrow.get(i));
    }
  }

  @Test
  void theUpperEndIsNeverReached() {
    // One of two numbers apart by one bit: every rounding up would reach the end.
    for (DType dtype : TYPES) {
      double low = 1;
      double high = dtype == DType.F64 ? Math.nextUp(1.0) : Math.nextUp(1f);
      Tensor x = RandomFill.seeded(6).uniform(Tensor.allocate(arena, dtype, 1000), low, high);
      for (double value : x.toDoubleArray()) {
        assertEquals(1, value);
      }
    }
  }

  @Test
  void weightsHaveTheirDeviation() {
    for (DType dtype : TYPES) {
      Tensor weight = Tensor.allocate(arena, dtype, 64, 40, 5, 3);
      RandomFill random = RandomFill.seeded(9);
      assertDeviation(Math.sqrt(2.0 / 600), random.heNormal(weight));
      assertDeviation(Math.sqrt(2.0 / 600), random.heUniform(weight));
      assertDeviation(Math.sqrt(2.0 / 1560), random.glorotNormal(weight));
      assertDeviation(Math.sqrt(2.0 / 1560), random.glorotUniform(weight));
      assertTrue(weight.get(0) != 0 && Math.abs(weight.get(0)) <= Math.sqrt(6.0 / 1560));
      Tensor dense = Tensor.allocate(arena, dtype, 500, 80);
      assertSame(dense, random.heNormal(dense));
      assertDeviation(Math.sqrt(2.0 / 80), dense);
    }
  }

  private static void assertDeviation(double expected, Tensor weight) {
    double sum = 0;
    double squares = 0;
    for (double value : weight.toDoubleArray()) {
      sum += value;
      squares += value * value;
    }
    double n = (double) weight.elementCount();
    assertEquals(0, sum / n, 6 * expected / Math.sqrt(n));
    assertEquals(expected, Math.sqrt(squares / n), 6 * expected / Math.sqrt(2.0 * n));
  }

  @Test
  void emptyTensorsAndScalars() {
    RandomFill random = RandomFill.seeded(1);
    random.normal(Tensor.allocate(arena, DType.F32, 0, 5), 0, 1);
    random.heNormal(Tensor.allocate(arena, DType.F64, 3, 0, 2));
    assertEquals(7, random.normal(Tensor.allocate(arena, DType.F64), 7, 0).get(0));
  }

  @Test
  void namesWhatIsWrong() {
    RandomFill random = RandomFill.seeded(1);
    Tensor x = Tensor.allocate(arena, DType.F32, 4);
    Tensor readOnly = Tensor.of(x.segment().asReadOnly(), DType.F32, 4);

    refuses(
        "high: is 1.0, must be above low, which is 1.0, by a finite number",
        () -> random.uniform(x, 1, 1));
    refuses(
        "high: is 1.0000000001, must be above low, which is 1.0, by a finite number",
        () -> random.uniform(x, 1, 1.0000000001));
    refuses(
        "high: is 1.0E308, must be above low, which is -1.0E308, by a finite number",
        () -> random.uniform(Tensor.allocate(arena, DType.F64, 4), -1e308, 1e308));
    refuses("low: is -1.0E39, must be finite as F32", () -> random.uniform(x, -1e39, 1));
    refuses("high: is 1.0E39, must be finite as F32", () -> random.uniform(x, 0, 1e39));
    refuses("mean: is 1.0E39, must be finite as F32", () -> random.normal(x, 1e39, 1));
    refuses("deviation: is 1.0E39, must be finite as F32", () -> random.normal(x, 0, 1e39));
    refuses("low: is NaN, must be finite", () -> random.uniform(x, Double.NaN, 1));
    refuses("high: is Infinity, must be finite", () -> random.uniform(x, 0, 1 / 0.0));
    refuses("mean: is NaN, must be finite", () -> random.normal(x, Double.NaN, 1));
    refuses("deviation: is -1.0, must not be negative", () -> random.normal(x, 0, -1));
    refuses(
        "tensor: is I64, must be F64 or F32",
        () -> random.normal(Tensor.allocate(arena, DType.I64, 1), 0, 1));
    refuses("tensor: is read-only, must be writable", () -> random.normal(readOnly, 0, 1));
    Tensor fixed = Tensor.of(x.segment().asReadOnly(), DType.F32, 2, 2);
    refuses("weight: is read-only, must be writable", () -> random.glorotUniform(fixed));
    refuses("weight: shape is [4], must be [O, I, …]", () -> random.heNormal(x));
    refuses("threads: is 0, must be at least 1", () -> random.withThreads(0));
  }
}
