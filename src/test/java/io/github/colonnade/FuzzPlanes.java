package io.github.colonnade;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/**
 * An operator that moves pixels, or filters a plane, and its way back: every output is a sum of
 * inputs, times weights, whose positions the definition names.
 *
 * @param operator which one, with its geometry
 */
record FuzzPlanes(
    Operator operator, DType dtype, FuzzValues values, FuzzMemory.Kind memory, long seed)
    implements FuzzCase {

  /** One linear operator as the library has it, and as its definition reads. */
  interface Operator {
    long[] inputShape();

    long[] outputShape();

    /** Returns the weights' shape, or null for an operator without. */
    default long[] weightShape() {
      return null;
    }

    /** Returns what lies at position −1, beside the input. */
    default double beside() {
      return 0;
    }

    /** Names every product behind the outputs. */
    void products(Product product);

    /** Runs the library's operator. */
    void forward(Tensor input, Tensor weight, Tensor output, int threads);

    /** Runs the library's adjoint; false if it has none. */
    default boolean backward(Tensor gradOutput, Tensor gradInput, int threads) {
      return false;
    }
  }

  /** Takes positions: −1 for a pixel beside the input, and for no weight. */
  interface Product {
    void at(long input, long weight, long output);
  }

  static FuzzPlanes drawPadding(SplittableRandom random) {
    return of(FuzzPadding.draw(random), random);
  }

  static FuzzPlanes drawColumns(SplittableRandom random) {
    return of(FuzzColumns.draw(random), random);
  }

  static FuzzPlanes drawFilter(SplittableRandom random) {
    return of(FuzzFilter.draw(random), random);
  }

  private static FuzzPlanes of(Operator operator, SplittableRandom random) {
    return new FuzzPlanes(
        operator,
        random.nextBoolean() ? DType.F64 : DType.F32,
        FuzzValues.draw(random),
        FuzzMemory.Kind.draw(random),
        random.nextLong());
  }

  @Override
  public long run() {
    SplittableRandom random = new SplittableRandom(seed);
    try (Arena arena = Arena.ofConfined();
        FuzzMemory places = new FuzzMemory(random, memory)) {
      Tensor input = Tensor.allocate(arena, dtype, operator.inputShape());
      values.fill(random, input);
      Tensor weight = null;
      if (operator.weightShape() != null) {
        weight = Tensor.allocate(arena, dtype, operator.weightShape());
        FuzzValues.UNIFORM.fill(random, weight);
      }
      Tensor placed = places.input(input);
      Tensor placedWeight = places.input(weight);
      Tensor output = places.output(dtype, operator.outputShape());
      operator.forward(placed, placedWeight, output, random.nextInt(1, 9));
      requireForward(arena, input, weight, output);
      Tensor again = places.output(dtype, operator.outputShape());
      operator.forward(placed, placedWeight, again, random.nextInt(1, 9));
      FuzzChecks.requireBits("output by other threads", output, again);
      long hash = FuzzChecks.hash(1, output);

      Tensor gradOutput = Tensor.allocate(arena, dtype, operator.outputShape());
      values.fill(random, gradOutput);
      Tensor placedGradient = places.input(gradOutput);
      Tensor gradInput = places.output(dtype, operator.inputShape());
      if (!operator.backward(placedGradient, gradInput, random.nextInt(1, 9))) {
        return hash;
      }
      requireBackward(arena, gradOutput, gradInput);
      Tensor gradientAgain = places.output(dtype, operator.inputShape());
      operator.backward(placedGradient, gradientAgain, random.nextInt(1, 9));
      FuzzChecks.requireBits("gradInput by other threads", gradInput, gradientAgain);
      return FuzzChecks.hash(hash, gradInput);
    }
  }

  private void requireForward(Arena arena, Tensor input, Tensor weight, Tensor output) {
    double[] x = input.toDoubleArray();
    double[] w = weight == null ? null : weight.toDoubleArray();
    double[] sums = new double[(int) output.elementCount()];
    double[] magnitudes = new double[sums.length];
    double beside = dtype == DType.F64 ? operator.beside() : (float) operator.beside();
    operator.products(
        (from, by, to) -> {
          double pixel = from < 0 ? beside : x[(int) from];
          double product = by < 0 ? pixel : pixel * w[(int) by];
          sums[(int) to] += product;
          magnitudes[(int) to] += FuzzChecks.magnitude(product);
        });
    compare(arena, "output", sums, magnitudes, output, weight == null ? 2 : weight.elementCount());
  }

  private void requireBackward(Arena arena, Tensor gradOutput, Tensor gradInput) {
    double[] g = gradOutput.toDoubleArray();
    double[] sums = new double[(int) gradInput.elementCount()];
    double[] magnitudes = new double[sums.length];
    operator.products(
        (from, by, to) -> {
          if (from >= 0) {
            sums[(int) from] += g[(int) to];
            magnitudes[(int) from] += FuzzChecks.magnitude(g[(int) to]);
          }
        });
    compare(arena, "gradInput", sums, magnitudes, gradInput, g.length);
  }

  private static void compare(
      Arena arena, String what, double[] sums, double[] magnitudes, Tensor actual, long terms) {
    FuzzChecks.requireSums(
        what,
        Tensor.copyOf(arena, sums, actual.shape()),
        actual,
        Tensor.copyOf(arena, magnitudes, actual.shape()),
        terms,
        Algorithm.REFERENCE);
  }
}
