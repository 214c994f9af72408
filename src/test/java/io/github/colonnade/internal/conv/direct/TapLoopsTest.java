package io.github.colonnade.internal.conv.direct;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Bit for bit the sums that are promised, over awkward sizes, interpreted and compiled. */
class TapLoopsTest {
  private static final int[] COUNTS = {1, 3, 7, 8, 13, 63, 64, 207, 702};
  private static final int[] TAPS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 25, 49};
  private static final int REPEATS = 40;
  private static final int FIRST = 5;

  private final SplittableRandom random = new SplittableRandom(3);

  @Test
  void convolveAddsTapByTap() {
    for (int repeat = 0; repeat < REPEATS; repeat++) {
      for (int count : COUNTS) {
        for (int taps : TAPS) {
          int elements = FIRST + count + 2;
          double[][] lines = lines(taps + 1, elements);
          double[] weights = line(taps + 2);
          int[] planes = random.ints(taps, 0, taps + 1).toArray();
          double[] sums = line(elements);
          double[] expected = sums.clone();
          for (int t = 0; t < taps; t++) {
            for (int i = FIRST; i < FIRST + count; i++) {
              expected[i] = Math.fma(weights[2 + t], lines[planes[t]][i], expected[i]);
            }
          }
          F64TapLoops.convolve(sums, weights, 2, lines, planes, taps, FIRST, FIRST + count);
          assertArrayEquals(expected, sums, count + " elements, " + taps + " taps");
        }
      }
    }
  }

  @Test
  void correlateAddsElementByElement() {
    for (int repeat = 0; repeat < REPEATS; repeat++) {
      for (int count : COUNTS) {
        for (int taps : TAPS) {
          int elements = FIRST + count + 2;
          double[][] lines = lines(taps + 1, elements);
          double[] gradient = line(elements);
          int[] planes = random.ints(taps, 0, taps + 1).toArray();
          double[][] sums = lines(taps + 2, elements);
          double[][] expected = new double[sums.length][];
          for (int s = 0; s < sums.length; s++) {
            expected[s] = sums[s].clone();
            for (int i = FIRST; s > 0 && s <= taps && i < FIRST + count; i++) {
              expected[s][i] = Math.fma(gradient[i], lines[planes[s - 1]][i], expected[s][i]);
            }
          }
          F64TapLoops.correlate(sums, 1, gradient, lines, planes, taps, FIRST, FIRST + count);
          for (int s = 0; s < sums.length; s++) {
            assertArrayEquals(expected[s], sums[s], count + " elements, " + taps + " taps");
          }
        }
      }
    }
  }

  @Test
  void sumIsTheSumOfTheElements() {
    for (int repeat = 0; repeat < REPEATS; repeat++) {
      for (int count : COUNTS) {
        // Whole numbers, whose sum is exact in any order.
        double[] line = random.ints(FIRST + count + 2, -1000, 1000).asDoubleStream().toArray();
        double expected = 0;
        for (int i = FIRST; i < FIRST + count; i++) {
          expected += line[i];
        }
        double[] spare = new double[line.length];
        assertEquals(expected, F64TapLoops.sum(line, FIRST, count, spare), count + " elements");
      }
    }
  }

  private double[][] lines(int count, int elements) {
    double[][] lines = new double[count][];
    for (int i = 0; i < count; i++) {
      lines[i] = line(elements);
    }
    return lines;
  }

  private double[] line(int elements) {
    return random.doubles(elements, -1, 1).toArray();
  }
}
