package io.github.colonnade;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleBinaryOperator;

/**
 * Operators that take elements one by one, which round as their definitions read, and the sum.
 *
 * @param inPlace whether the output is an operand
 * @param a factor of the first operand
 * @param b factor of the second
 */
record FuzzElementwise(
    Operator operator,
    long count,
    boolean inPlace,
    double a,
    double b,
    DType dtype,
    FuzzValues first,
    FuzzValues second,
    FuzzMemory.Kind memory,
    int threads,
    int otherThreads,
    long seed)
    implements FuzzCase {

  enum Operator {
    RELU,
    RELU_BACKWARD,
    ADD_SCALED,
    COMBINE,
    SUM
  }

  static FuzzElementwise draw(SplittableRandom random) {
    return new FuzzElementwise(
        Fuzz.any(random, Operator.values()),
        FuzzConvolution.size(random, 300_000) - 1,
        random.nextBoolean(),
        random.nextInt(4) == 0 ? 1 : random.nextDouble(-2, 2),
        random.nextInt(4) == 0 ? 0 : random.nextDouble(-2, 2),
        random.nextBoolean() ? DType.F64 : DType.F32,
        FuzzValues.draw(random),
        FuzzValues.draw(random),
        FuzzMemory.Kind.draw(random),
        random.nextInt(1, 9),
        random.nextInt(1, 9),
        random.nextLong());
  }

  @Override
  public long run() {
    SplittableRandom random = new SplittableRandom(seed);
    try (Arena arena = Arena.ofConfined();
        FuzzMemory places = new FuzzMemory(random, memory)) {
      Tensor x = Tensor.allocate(arena, dtype, count);
      Tensor y = Tensor.allocate(arena, dtype, count);
      first.fill(random, x);
      second.fill(random, y);
      if (operator == Operator.SUM) {
        return sum(places, x);
      }
      Tensor output = compute(places, threads, x, y);
      FuzzChecks.requireSame("output", define(x, y), output);
      FuzzChecks.requireBits(
          "output by other threads", output, compute(places, otherThreads, x, y));
      return FuzzChecks.hash(1, output);
    }
  }

  private double[] define(Tensor x, Tensor y) {
    return switch (operator) {
      case RELU -> each(x, y, (left, right) -> left < 0 ? 0 : left);
      case RELU_BACKWARD -> each(x, y, (left, right) -> left <= 0 ? 0 : right);
      case ADD_SCALED -> each(x, y, (left, right) -> product(a, left) + right);
      case COMBINE -> each(x, y, (left, right) -> product(a, left) + product(b, right));
      case SUM -> throw new AssertionError();
    };
  }

  private double[] each(Tensor x, Tensor y, DoubleBinaryOperator operation) {
    double[] made = new double[Math.toIntExact(count)];
    Arrays.setAll(made, i -> rounded(operation.applyAsDouble(x.get(i), y.get(i))));
    return made;
  }

  /** In single precision, factors are rounded first. */
  private double product(double factor, double value) {
    return rounded(rounded(factor) * value);
  }

  /** Rounds what two numbers of the type make in double precision as their type does. */
  private double rounded(double value) {
    return dtype == DType.F32 ? (float) value : value;
  }

  private Tensor compute(FuzzMemory places, int count, Tensor x, Tensor y) {
    Tensor output = places.output(dtype, this.count);
    Elementwise elementwise = Elementwise.create().withThreads(count);
    Relu relu = Relu.create().withThreads(count);
    switch (operator) {
      case RELU -> relu.forward(operand(places, x, output), output);
      case RELU_BACKWARD -> relu.backward(places.input(x), operand(places, y, output), output);
      case ADD_SCALED -> {
        output.segment().copyFrom(y.segment());
        elementwise.addScaled(a, places.input(x), output);
      }
      case COMBINE ->
          elementwise.combine(a, operand(places, x, output), b, places.input(y), output);
      case SUM -> throw new AssertionError();
    }
    return output;
  }

  /** Returns an operand in memory of its own, or in the output's. */
  private Tensor operand(FuzzMemory places, Tensor values, Tensor output) {
    if (!inPlace) {
      return places.input(values);
    }
    output.segment().copyFrom(values.segment());
    return output;
  }

  private long sum(FuzzMemory places, Tensor x) {
    Tensor placed = places.input(x);
    places.forget();
    double sum = Elementwise.create().withThreads(threads).sum(placed);
    DoubledSum exact = new DoubledSum();
    double magnitude = 0;
    double notFinite = 0;
    for (long i = 0; i < count; i++) {
      double value = x.get(i);
      magnitude += FuzzChecks.magnitude(value);
      if (Double.isFinite(value)) {
        exact.add(value, 1);
      } else {
        notFinite += value;
      }
    }
    // Blocks of at most a thousand, then pairs.
    boolean right =
        Double.compare(notFinite, 0) != 0
            ? Double.compare(sum, notFinite) == 0
            : Math.abs(sum - exact.value()) <= 1050 * 0x1p-53 * magnitude;
    if (!right) {
      throw new AssertionError("sum: is " + sum + ", must be " + exact.value() + ", " + notFinite);
    }
    places.forget();
    double again = Elementwise.create().withThreads(otherThreads).sum(placed);
    if (Double.compare(sum, again) != 0) {
      throw new AssertionError("sum by other threads: is " + again + ", must be " + sum);
    }
    return Double.doubleToLongBits(sum);
  }
}
