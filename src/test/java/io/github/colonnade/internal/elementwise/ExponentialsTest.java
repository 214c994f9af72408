package io.github.colonnade.internal.elementwise;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ExponentialsTest {
  private static final int COUNT = 1000;

  private final Exponentials exponentials = new Exponentials(COUNT);

  @Test
  void theyAreNearTheExactOnes() {
    SplittableRandom random = new SplittableRandom(1);
    for (double least : new double[] {-708, -40, -1, -1e-3, -1e-12}) {
      double[] values = new double[COUNT];
      for (int i = 0; i < COUNT; i++) {
        values[i] = random.nextDouble(least, 0);
      }
      double[] results = values.clone();
      exponentials.apply(results, COUNT);
      for (int i = 0; i < COUNT; i++) {
        double exact = StrictMath.exp(values[i]);
        assertEquals(exact, results[i], 2 * Math.ulp(exact), "of " + values[i]);
      }
    }
  }

  @Test
  void theEndsAreExact() {
    double[] values = {
      0, -0.0, Double.NEGATIVE_INFINITY, -1e308, -746, -745, -709, -1e-300, Double.NaN
    };

    exponentials.apply(values, values.length);

    for (int i : new int[] {0, 1, 7}) {
      assertEquals(1, values[i]);
    }
    for (int i : new int[] {2, 3, 4, 5, 6}) {
      assertEquals(0.0, values[i]);
    }
    assertEquals(Double.NaN, values[8]);
  }
}
