package io.github.colonnade;

import java.util.SplittableRandom;

/** Values of one kind, as an operand may hold them. */
enum FuzzValues {
  /** Ordinary ones from −1 to 1. */
  UNIFORM,
  /** One ordinary value. */
  CONSTANT,
  /** Zeros of both signs. */
  ZEROS,
  /** Powers of two over many orders of magnitude. */
  SCALED,
  /** So large that products and their sums stay finite by little. */
  HUGE,
  /** Subnormal ones, and their neighbours. */
  TINY,
  /** Few that are infinite or NaN. */
  NOT_FINITE;

  /** Draws a kind: ordinary values more often than the rest. */
  static FuzzValues draw(SplittableRandom random) {
    return random.nextInt(3) == 0 ? Fuzz.any(random, values()) : UNIFORM;
  }

  /** Fills a tensor, whose values are then exactly those of its type. */
  void fill(SplittableRandom random, Tensor tensor) {
    double constant = random.nextDouble(-2, 2);
    double rare = 1.0 / Math.min(1000, 1 + tensor.elementCount());
    boolean single = tensor.dtype() == DType.F32;
    for (long i = 0; i < tensor.elementCount(); i++) {
      double uniform = random.nextDouble(-1, 1);
      tensor.set(
          i,
          switch (this) {
            case UNIFORM -> uniform;
            case CONSTANT -> constant;
            case ZEROS -> random.nextBoolean() ? 0.0 : -0.0;
            case SCALED -> Math.scalb(uniform, random.nextInt(-40, 10));
            case HUGE -> uniform * (single ? 1e15 : 1e145);
            case TINY ->
                (random.nextInt(8) - 4) * (single ? (double) Float.MIN_VALUE : Double.MIN_VALUE)
                    + (random.nextInt(4) == 0 ? uniform * (single ? 1e-37 : 1e-307) : 0);
            case NOT_FINITE -> random.nextDouble() < rare ? notFinite(random) : uniform;
          });
    }
  }

  private static double notFinite(SplittableRandom random) {
    return switch (random.nextInt(3)) {
      case 0 -> Double.NaN;
      case 1 -> Double.POSITIVE_INFINITY;
      default -> Double.NEGATIVE_INFINITY;
    };
  }
}
