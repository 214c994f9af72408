package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Kernels by name against what SciPy and the textbooks have, and the search for separable ones. */
class SeparableKernelTest {
  private static final double ROUNDING = 1e-12;

  /** Sigma, order and truncation, and scipy.ndimage 1.17.1's taps, in the order it correlates. */
  private static Stream<Arguments> gaussians() {
    return Stream.of(
        Arguments.of(
            0.8,
            0,
            4.0,
            new double[] {
              0.00044074336693235674,
              0.021910314171364808,
              0.22831071645846548,
              0.49867645200647487,
              0.22831071645846548,
              0.021910314171364808,
              0.00044074336693235674
            }),
        Arguments.of(
            1.2,
            1,
            3.0,
            new double[] {
              -0.0035705024605311017,
              -0.030434590721775952,
              -0.11514887049627626,
              -0.16316228244468556,
              0.0,
              0.16316228244468556,
              0.11514887049627626,
              0.030434590721775952,
              0.0035705024605311017
            }),
        Arguments.of(
            1.0,
            2,
            4.0,
            new double[] {
              0.0020074593692211264,
              0.035454892960250124,
              0.16197338226211322,
              0.0,
              -0.39894346935609776,
              0.0,
              0.16197338226211322,
              0.035454892960250124,
              0.0020074593692211264
            }),
        Arguments.of(
            0.9,
            3,
            3.0,
            new double[] {
              -0.06355822457160634,
              -0.221732752694516,
              0.6434062547856854,
              0.0,
              -0.6434062547856854,
              0.221732752694516,
              0.06355822457160634
            }));
  }

  @ParameterizedTest
  @MethodSource("gaussians")
  void gaussiansAreSciPys(double sigma, int order, double truncate, double[] expected) {
    SeparableKernel kernel = SeparableKernel.gaussian(sigma, 0.5, order, 0, truncate);

    assertArrayEquals(expected, kernel.vertical(), 1e-15);
    assertEquals(2 * (int) (0.5 * truncate + 0.5) + 1, kernel.width());
    assertArrayEquals(
        expected, SeparableKernel.gaussian(0.5, sigma, 0, order, truncate).horizontal(), 1e-15);
  }

  @Test
  void gaussiansReachToFourDeviationsAndAddUpToOne() {
    for (double sigma : new double[] {0.1, 0.5, 3, 15, 1000}) {
      SeparableKernel kernel = SeparableKernel.gaussian(sigma);
      assertEquals(2 * (int) (4 * sigma + 0.5) + 1, kernel.width());
      assertEquals(1, Arrays.stream(kernel.horizontal()).sum(), ROUNDING);
      assertArrayEquals(kernel.vertical(), kernel.horizontal());
    }
    assertArrayEquals(new double[] {1}, SeparableKernel.gaussian(Double.MIN_VALUE).vertical());
  }

  @Test
  void namedKernelsAreThoseOfTextbooks() {
    assertArrayEquals(new double[] {-1, 0, 1, -2, 0, 2, -1, 0, 1}, SeparableKernel.sobelX().taps());
    assertArrayEquals(new double[] {-1, -2, -1, 0, 0, 0, 1, 2, 1}, SeparableKernel.sobelY().taps());
    assertArrayEquals(
        new double[] {-3, 0, 3, -10, 0, 10, -3, 0, 3}, SeparableKernel.scharrX().taps());
    assertArrayEquals(
        new double[] {-3, -10, -3, 0, 0, 0, 3, 10, 3}, SeparableKernel.scharrY().taps());
    SeparableKernel box = SeparableKernel.box(2, 4);
    assertArrayEquals(new double[] {0.5, 0.5}, box.vertical());
    assertArrayEquals(new double[] {0.25, 0.25, 0.25, 0.25}, box.horizontal());
    assertArrayEquals(
        new double[] {1 / 16.0, 4 / 16.0, 6 / 16.0, 4 / 16.0, 1 / 16.0},
        SeparableKernel.binomial(5).vertical());
    assertArrayEquals(new double[] {1}, SeparableKernel.binomial(1).horizontal());
    double[] long1024 = SeparableKernel.binomial(1024).horizontal();
    assertEquals(1, Arrays.stream(long1024).sum(), ROUNDING);
    assertTrue(long1024[0] > 0);
    assertArrayEquals(
        new double[] {-0.5, 0, 0.5}, SeparableKernel.sobelX().scaled(0.5).horizontal());
  }

  @Test
  void tapsAreCopies() {
    double[] vertical = {1, 2};
    double[] horizontal = {3};
    SeparableKernel kernel = SeparableKernel.of(vertical, horizontal);
    vertical[0] = 9;
    kernel.vertical()[0] = 9;
    kernel.horizontal()[0] = 9;

    assertArrayEquals(new double[] {3, 6}, kernel.taps());
    assertEquals(SeparableKernel.of(new double[] {1, 2}, new double[] {3}), kernel);
    assertNotEquals(kernel.transposed(), kernel);
    assertEquals("SeparableKernel[2×1]", kernel.toString());
  }

  @Test
  void whatIsAProductOfWholeNumbersIsFoundExactly() {
    for (SeparableKernel each :
        new SeparableKernel[] {
          SeparableKernel.sobelX(), SeparableKernel.scharrY(), SeparableKernel.binomial(5)
        }) {
      SeparableKernel found =
          SeparableKernel.separate(each.taps(), each.height(), each.width(), 0).orElseThrow();
      assertArrayEquals(each.taps(), found.taps());
      assertEquals(1, Arrays.stream(found.vertical()).map(Math::abs).max().orElseThrow());
    }
    double[] zeros = new double[6];
    assertArrayEquals(zeros, SeparableKernel.separate(zeros, 2, 3, 0).orElseThrow().taps());
    double[] line = {1, -7, 0.3};
    assertArrayEquals(line, SeparableKernel.separate(line, 1, 3, 0).orElseThrow().taps());
    assertArrayEquals(
        line, SeparableKernel.separate(line, 3, 1, 1e-15).orElseThrow().taps(), 1e-15);
  }

  @Test
  void roundedProductsAreFoundWithinTheirRounding() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 50; i++) {
      double[] vertical = random.doubles(1 + random.nextInt(40), -1, 1).toArray();
      double[] horizontal = random.doubles(1 + random.nextInt(40), -1, 1).toArray();
      // Squares of these would overflow or vanish.
      double scale = Math.pow(10, random.nextInt(-300, 300));
      SeparableKernel kernel = SeparableKernel.of(vertical, horizontal).scaled(scale);
      double[] taps = kernel.taps();
      double[] single = new double[taps.length];
      for (int tap = 0; tap < taps.length; tap++) {
        single[tap] = (float) (taps[tap] / scale);
      }

      double[] found = separate(kernel, taps, 1e-15).orElseThrow().taps();
      for (int tap = 0; tap < taps.length; tap++) {
        assertEquals(taps[tap] / scale, found[tap] / scale, 1e-14);
      }
      assertTrue(separate(kernel, single, 1e-7).isPresent());
      if (vertical.length > 1 && horizontal.length > 1) {
        assertTrue(separate(kernel, single, 1e-12).isEmpty());
      }
    }
  }

  private static Optional<SeparableKernel> separate(
      SeparableKernel like, double[] taps, double tolerance) {
    return SeparableKernel.separate(taps, like.height(), like.width(), tolerance);
  }

  @Test
  void theNearestProductLeavesTheSmallerSingularValues() {
    // Singular values 5 and 1: between two rotations, by angles of 3-4-5 and 5-12-13.
    double[] left = {3 / 5.0, -4 / 5.0, 4 / 5.0, 3 / 5.0};
    double[] right = {5 / 13.0, 12 / 13.0, -12 / 13.0, 5 / 13.0};
    double[] taps = new double[4];
    double[] nearest = new double[4];
    for (int i = 0; i < 4; i++) {
      nearest[i] = 5 * left[i / 2 * 2] * right[i % 2];
      taps[i] = nearest[i] + left[i / 2 * 2 + 1] * right[2 + i % 2];
    }
    double remainder = 1 / Math.sqrt(26);

    assertTrue(SeparableKernel.separate(taps, 2, 2, remainder * 0.999999).isEmpty());
    SeparableKernel found =
        SeparableKernel.separate(taps, 2, 2, remainder * 1.000001).orElseThrow();
    assertArrayEquals(nearest, found.taps(), 1e-6);
  }

  @Test
  void whatIsNoProductIsNotFound() {
    assertTrue(
        SeparableKernel.separate(new double[] {1, 1, 1, 1, -8, 1, 1, 1, 1}, 3, 3, 1e-3).isEmpty());
    assertTrue(SeparableKernel.separate(new double[] {1, 0, 0, 1}, 2, 2, 0.5).isEmpty());
  }

  private static Stream<Arguments> mistakes() {
    double[] one = {1};
    double nan = Double.NaN;
    double infinite = Double.POSITIVE_INFINITY;
    return Stream.of(
        mistake("vertical: has 0 taps, must", () -> SeparableKernel.of(new double[0], one)),
        mistake("horizontal: has 0 taps, must", () -> SeparableKernel.of(one, new double[0])),
        mistake(
            "horizontal: has 16777217 taps, must have at least 1 and at most 16777216",
            () -> SeparableKernel.of(one, new double[(1 << 24) + 1])),
        mistake(
            "vertical[1]: is NaN, must be finite",
            () -> SeparableKernel.of(new double[] {1, nan}, one)),
        mistake(
            "horizontal[0]: is -Infinity, must be finite",
            () -> SeparableKernel.of(one, new double[] {-infinite})),
        mistake(
            "horizontal[0]: is NaN, must be finite",
            () -> SeparableKernel.of(one, new double[] {1, 0}).scaled(nan)),
        mistake("sigmaY: is 0.0, must be positive", () -> SeparableKernel.gaussian(0)),
        mistake("sigmaY: is -1.0, must be positive", () -> SeparableKernel.gaussian(-1)),
        mistake("sigmaY: is NaN, must be positive", () -> SeparableKernel.gaussian(nan)),
        mistake("sigmaY: is Infinity, must be", () -> SeparableKernel.gaussian(infinite)),
        mistake("sigmaY: is 1.0E9, must be so small", () -> SeparableKernel.gaussian(1e9)),
        mistake(
            "sigmaX: is 1.0E300, must be so small that 4.0 of it each way are at most 16777216",
            () -> SeparableKernel.gaussian(1, 1e300, 0, 0, 4)),
        mistake(
            "sigmaX: is 1.0E-200, must be such that the taps of orderX 2 are finite",
            () -> SeparableKernel.gaussian(1, 1e-200, 0, 2, 4)),
        mistake(
            "orderY: is -1, must be at least 0 and at most 32",
            () -> SeparableKernel.gaussian(1, 1, -1, 0, 4)),
        mistake(
            "orderX: is 33, must be at least 0", () -> SeparableKernel.gaussian(1, 1, 0, 33, 4)),
        mistake(
            "truncate: is 0.0, must be positive", () -> SeparableKernel.gaussian(1, 1, 0, 0, 0)),
        mistake("height: is 0, must be at least 1", () -> SeparableKernel.box(0, 1)),
        mistake("width: is -2, must be at least 1", () -> SeparableKernel.box(1, -2)),
        mistake(
            "size: is 1025, must be at least 1 and at most 1024",
            () -> SeparableKernel.binomial(1025)),
        mistake(
            "taps: has 1 elements, must have 2 · 3", () -> SeparableKernel.separate(one, 2, 3, 0)),
        mistake("height: is 0, must be", () -> SeparableKernel.separate(one, 0, 3, 0)),
        mistake("tolerance: is -0.1, must be", () -> SeparableKernel.separate(one, 1, 1, -0.1)),
        mistake("tolerance: is 1.0, must be", () -> SeparableKernel.separate(one, 1, 1, 1)),
        mistake("tolerance: is NaN, must be", () -> SeparableKernel.separate(one, 1, 1, nan)),
        mistake(
            "taps[1]: is Infinity, must be finite",
            () -> SeparableKernel.separate(new double[] {1, infinite}, 1, 2, 0)));
  }

  private static Arguments mistake(String message, Supplier<Object> call) {
    return Arguments.of(message, call);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void mistakesAreNamed(String message, Supplier<Object> call) {
    String told = assertThrows(IllegalArgumentException.class, call::get).getMessage();
    assertTrue(told.startsWith(message), told);
  }

  @Test
  void aDerivativeOfAGaussianIsPositiveWhereTheImageGetsBrighter() {
    double[] slope = SeparableKernel.gaussian(2, 1, 1, 0, 6).vertical();
    double response = 0;
    for (int i = 0; i < slope.length; i++) {
      response += slope[i] * i;
    }
    assertEquals(1, response, 1e-6);
  }
}
