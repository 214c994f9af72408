package io.github.colonnade.internal.elementwise;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RandomNumbersTest {
  /** The numbers of the authors' program for this seed. */
  @Test
  void theGeneratorIsSplitMix64() {
    long[] expected = {
      6457827717110365317L,
      3203168211198807973L,
      Long.parseUnsignedLong("9817491932198370423"),
      4593380528125082431L,
      Long.parseUnsignedLong("16408922859458223821")
    };
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], SplitMix.at(1234567, i));
      assertEquals(expected[i], SplitMix.at(SplitMix.advance(1234567, i), 0));
    }
  }

  /** By SciPy 1.16's {@code ndtri}. */
  @ParameterizedTest
  @CsvSource({
    "1e-300, -37.0470962993612",
    "1e-17, -8.493793224109599",
    "1e-10, -6.361340902404056",
    "0.01, -2.3263478740408408",
    "0.074, -1.4466320671589785",
    "0.076, -1.4325027208258116",
    "0.3, -0.5244005127080409",
    "0.5, 0",
    "0.7, 0.5244005127080407",
    "0.99, 2.3263478740408408",
    "0.9999999999, 6.361340889697422"
  })
  void theQuantileIsTheInverseOfTheNormalDistribution(double p, double quantile) {
    assertEquals(quantile, NormalQuantile.of(p), 2e-15 * Math.abs(quantile));
  }
}
