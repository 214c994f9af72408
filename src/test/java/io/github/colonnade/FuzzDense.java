package io.github.colonnade;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A dense layer with its gradients, and a product of matrices, by three loops.
 *
 * @param values the kinds of values of input, weight, bias and output's gradient
 */
record FuzzDense(
    int rows,
    int inputs,
    int outputs,
    DType dtype,
    boolean biased,
    List<FuzzValues> values,
    FuzzMemory.Kind memory,
    int threads,
    int otherThreads,
    long seed)
    implements FuzzCase {

  static FuzzDense draw(SplittableRandom random) {
    return new FuzzDense(
        (int) FuzzConvolution.size(random, 150),
        (int) FuzzConvolution.size(random, 400),
        (int) FuzzConvolution.size(random, 150),
        random.nextBoolean() ? DType.F64 : DType.F32,
        random.nextBoolean(),
        List.of(
            FuzzValues.draw(random),
            FuzzValues.draw(random),
            FuzzValues.draw(random),
            FuzzValues.draw(random)),
        FuzzMemory.Kind.draw(random),
        random.nextInt(1, 9),
        random.nextInt(1, 9),
        random.nextLong());
  }

  /** A matrix of sums of products, and Σ|a·b| of each. */
  private static final class Sums {
    private final int columns;
    private final double[] sums;
    private final double[] magnitudes;

    Sums(int rows, int columns) {
      this.columns = columns;
      sums = new double[rows * columns];
      magnitudes = new double[rows * columns];
    }

    void add(int row, int column, double a, double b) {
      sums[row * columns + column] += a * b;
      magnitudes[row * columns + column] += FuzzChecks.magnitude(a * b);
    }

    void require(Arena arena, String what, Tensor actual, long terms) {
      FuzzChecks.requireSums(
          what,
          Tensor.copyOf(arena, sums, actual.shape()),
          actual,
          Tensor.copyOf(arena, magnitudes, actual.shape()),
          terms,
          Algorithm.REFERENCE);
    }
  }

  @Override
  public long run() {
    SplittableRandom random = new SplittableRandom(seed);
    try (Arena arena = Arena.ofConfined();
        FuzzMemory places = new FuzzMemory(random, memory)) {
      Tensor x = values(random, arena, 0, rows, inputs);
      Tensor w = values(random, arena, 1, outputs, inputs);
      Tensor b = biased ? values(random, arena, 2, outputs) : null;
      Tensor g = values(random, arena, 3, rows, outputs);
      Sums output = new Sums(rows, outputs);
      Sums gradInput = new Sums(rows, inputs);
      Sums gradWeights = new Sums(outputs, inputs);
      Sums gradBias = new Sums(1, outputs);
      for (int row = 0; row < rows; row++) {
        for (int o = 0; o < outputs; o++) {
          double gradient = g.get((long) row * outputs + o);
          for (int i = 0; i < inputs; i++) {
            double in = x.get((long) row * inputs + i);
            double weight = w.get((long) o * inputs + i);
            output.add(row, o, in, weight);
            gradInput.add(row, i, gradient, weight);
            gradWeights.add(o, i, in, gradient);
          }
          output.add(row, o, b == null ? 0 : b.get(o), 1);
          gradBias.add(0, o, gradient, 1);
        }
      }

      Made made = new Made(places);
      made.compute(places, threads, places.input(x), places.input(w), places.input(b), g);
      output.require(arena, "output", made.output, inputs + 1L);
      gradInput.require(arena, "gradInput", made.gradInput, outputs);
      gradWeights.require(arena, "gradWeights", made.gradWeights, rows);
      gradBias.require(arena, "gradBias", made.gradBias, rows);
      gradInput.require(arena, "product", made.product, outputs);

      Made again = new Made(places);
      again.compute(places, otherThreads, places.input(x), places.input(w), places.input(b), g);
      FuzzChecks.requireBits("output by other threads", made.output, again.output);
      FuzzChecks.requireBits("gradInput by other threads", made.gradInput, again.gradInput);
      FuzzChecks.requireBits("gradWeights by other threads", made.gradWeights, again.gradWeights);
      FuzzChecks.requireBits("gradBias by other threads", made.gradBias, again.gradBias);
      FuzzChecks.requireBits("product by other threads", made.product, again.product);
      return made.hash();
    }
  }

  private Tensor values(SplittableRandom random, Arena arena, int operand, long... sizes) {
    Tensor tensor = Tensor.allocate(arena, dtype, sizes);
    values.get(operand).fill(random, tensor);
    return tensor;
  }

  /** What the library makes. */
  private final class Made {
    private final Tensor output;
    private final Tensor gradInput;
    private final Tensor gradWeights;
    private final Tensor gradBias;
    private final Tensor product;

    Made(FuzzMemory places) {
      output = places.output(dtype, rows, outputs);
      gradInput = places.output(dtype, rows, inputs);
      gradWeights = places.output(dtype, outputs, inputs);
      gradBias = places.output(dtype, outputs);
      product = places.output(dtype, rows, inputs);
    }

    void compute(FuzzMemory places, int count, Tensor x, Tensor w, Tensor b, Tensor gradOutput) {
      Tensor g = places.input(gradOutput);
      Linear linear = Linear.of(inputs, outputs).withThreads(count);
      linear.forward(x, w, b, output);
      places.forget();
      linear.backwardInput(g, w, gradInput);
      places.forget();
      linear.backwardWeights(x, g, gradWeights);
      places.forget();
      linear.backwardBias(g, gradBias);
      places.forget();
      MatrixMultiply.multiply(g, w, product, count);
    }

    long hash() {
      long hash = FuzzChecks.hash(FuzzChecks.hash(1, output), gradInput);
      return FuzzChecks.hash(
          FuzzChecks.hash(FuzzChecks.hash(hash, gradWeights), gradBias), product);
    }
  }
}
