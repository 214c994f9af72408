package io.github.colonnade.internal.elementwise;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * Exponentials of numbers up to 0, many at once: {@code 2^k · exp(r)}, to about one and a half
 * units in the last place. Plain arithmetic on arrays, which C2 makes vectors of, so that the bits
 * are the same on every platform. What would be subnormal is 0, and NaN is NaN.
 */
final class Exponentials {
  /** Adding it rounds to a whole number, which the lower bits then hold. */
  private static final double ROUNDER = 0x1.8p52;

  private static final long EXPONENT_OF_ONE = 1023;
  private static final int MANTISSA_BITS = 52;

  /** What to take off a rounded number's bits to have the exponent of its power of two. */
  private static final long ROUNDER_BITS = Double.doubleToRawLongBits(ROUNDER) - EXPONENT_OF_ONE;

  /** Less than what has a result above 0, and not by so much that the bits overflow. */
  private static final double LEAST = -746;

  private static final double LOG2_E = 1 / 0.6931471805599453;

  // ln 2 in two parts, the first of so few bits that its products are exact.
  private static final double LN2_HIGH = 0x1.62e42feep-1;
  private static final double LN2_LOW = 0x1.a39ef35793c76p-33;

  private final double[] rounded;
  private final double[] powers;
  private final long[] bits;
  private final MemorySegment roundedBits;
  private final MemorySegment powersBits;

  /** Prepares for so many numbers at most. */
  Exponentials(int most) {
    rounded = new double[most];
    powers = new double[most];
    bits = new long[most];
    roundedBits = MemorySegment.ofArray(rounded);
    powersBits = MemorySegment.ofArray(powers);
  }

  /** Returns the bytes of the arrays. */
  long bytes() {
    return 3L * bits.length * Long.BYTES;
  }

  /** Replaces the first {@code count} numbers, none above 0, by their exponentials. */
  void apply(double[] values, int count) {
    round(values, rounded, count);
    MemorySegment.copy(roundedBits, JAVA_LONG, 0, bits, 0, count);
    toPowers(bits, count);
    MemorySegment.copy(bits, 0, powersBits, JAVA_LONG, 0, count);
    complete(values, rounded, powers, count);
  }

  private static void round(double[] values, double[] rounded, int count) {
    for (int i = 0; i < count; i++) {
      double value = Math.max(values[i], LEAST);
      values[i] = value;
      rounded[i] = value * LOG2_E + ROUNDER;
    }
  }

  private static void toPowers(long[] bits, int count) {
    for (int i = 0; i < count; i++) {
      long exponent = bits[i] - ROUNDER_BITS;
      // Zero where the exponent is below the least.
      bits[i] = (exponent << MANTISSA_BITS) & ~(exponent >> 63);
    }
  }

  private static void complete(double[] values, double[] rounded, double[] powers, int count) {
    for (int i = 0; i < count; i++) {
      double k = rounded[i] - ROUNDER;
      double r = values[i] - k * LN2_HIGH - k * LN2_LOW;
      double sum = r * (1 / 6227020800.0) + 1 / 479001600.0;
      sum = sum * r + 1 / 39916800.0;
      sum = sum * r + 1 / 3628800.0;
      sum = sum * r + 1 / 362880.0;
      sum = sum * r + 1 / 40320.0;
      sum = sum * r + 1 / 5040.0;
      sum = sum * r + 1 / 720.0;
      sum = sum * r + 1 / 120.0;
      sum = sum * r + 1 / 24.0;
      sum = sum * r + 1 / 6.0;
      sum = sum * r + 0.5;
      sum = sum * r + 1;
      values[i] = (sum * r + 1) * powers[i];
    }
  }
}
