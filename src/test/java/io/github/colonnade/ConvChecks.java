package io.github.colonnade;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Runs a check on all convolutions that tests know, with the algorithms that suit each. */
final class ConvChecks {
  private static final long RANDOM_CASES = 40;

  private ConvChecks() {}

  /** What is to hold for a convolution of an input of some shape. */
  @FunctionalInterface
  interface Check {
    void of(Convolution<?> conv, List<Algorithm> algorithms, long... shape);
  }

  /** Returns a test for each named convolution. */
  static Stream<DynamicTest> named(Check check) {
    return ConvCase.named().entrySet().stream()
        .map(named -> DynamicTest.dynamicTest(named.getKey(), () -> run(named.getValue(), check)));
  }

  /** Returns a test for each named transposed convolution. */
  static Stream<DynamicTest> transposed(Check check) {
    return ConvTransposeCase.named().entrySet().stream()
        .map(named -> DynamicTest.dynamicTest(named.getKey(), () -> run(named.getValue(), check)));
  }

  /** Checks random convolutions and transposed ones. */
  static void random(Check check) {
    for (long seed = 0; seed < RANDOM_CASES; seed++) {
      run(ConvCase.random(new SplittableRandom(seed)), check);
      run(ConvTransposeCase.random(new SplittableRandom(seed)), check);
    }
  }

  private static void run(ConvCase drawn, Check check) {
    check.of(drawn.conv(), Algorithms.suiting(drawn), drawn.inputShape());
  }

  private static void run(ConvTransposeCase drawn, Check check) {
    check.of(drawn.conv(), Algorithms.suiting(drawn), drawn.inputShape());
  }
}
