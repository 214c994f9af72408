package io.github.colonnade.peers;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** The arithmetic of the report: ratios, their means, and how figures are written. */
final class BenchmarkFigures {
  /** Shown where nothing was measured. */
  static final String MISSING = "–";

  private static final int DIGITS = 3;

  /**
   * A ratio and what it is of.
   *
   * @param of the layer, and anything else that distinguishes it
   * @param value how many times as fast
   */
  record Ratio(String of, double value) {}

  private BenchmarkFigures() {}

  /** Returns the quotient, or nothing if either is missing. */
  static OptionalDouble ratio(OptionalDouble numerator, OptionalDouble denominator) {
    return numerator.isPresent() && denominator.isPresent()
        ? OptionalDouble.of(numerator.getAsDouble() / denominator.getAsDouble())
        : OptionalDouble.empty();
  }

  /** Returns the geometric mean, or nothing of nothing. */
  static OptionalDouble geometricMean(List<Ratio> ratios) {
    // Of logarithms: the product of many ratios could overflow.
    OptionalDouble meanLog = ratios.stream().mapToDouble(each -> Math.log(each.value())).average();
    return meanLog.isPresent()
        ? OptionalDouble.of(Math.exp(meanLog.getAsDouble()))
        : OptionalDouble.empty();
  }

  /** Returns the lowest, or nothing of nothing. */
  static OptionalDouble lowest(List<Ratio> ratios) {
    return ratios.stream().mapToDouble(Ratio::value).min();
  }

  /** Returns the lowest of ratios that are not empty, the first of equals. */
  static Ratio lowestOf(List<Ratio> ratios) {
    ToDoubleFunction<Ratio> value = Ratio::value;
    return ratios.stream().min(Comparator.comparingDouble(value)).orElseThrow();
  }

  /** Writes a time to three significant digits, halves rounded up. */
  static String time(OptionalDouble value) {
    return significant(value, RoundingMode.HALF_UP);
  }

  /** Writes a ratio to three significant digits, rounded down: none looks reached that is not. */
  static String ratio(OptionalDouble value) {
    return significant(value, RoundingMode.DOWN);
  }

  /** Writes a number to three significant digits, without zeros at its end. */
  static String plain(double value) {
    BigDecimal rounded = BigDecimal.valueOf(value).round(new MathContext(DIGITS));
    return rounded.stripTrailingZeros().toPlainString();
  }

  private static String significant(OptionalDouble value, RoundingMode mode) {
    if (value.isEmpty()) {
      return MISSING;
    }
    BigDecimal rounded =
        BigDecimal.valueOf(value.getAsDouble()).round(new MathContext(DIGITS, mode));
    int integerDigits = rounded.precision() - rounded.scale();
    return rounded.setScale(Math.max(0, DIGITS - integerDigits)).toPlainString();
  }
}
