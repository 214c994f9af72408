package io.github.colonnade;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The loss of a classifier, its gradient and its hits.
 *
 * @param spread what logits are multiplied by
 */
record FuzzLoss(
    int rows,
    int classes,
    double spread,
    DType dtype,
    FuzzValues values,
    FuzzMemory.Kind memory,
    int threads,
    int otherThreads,
    long seed)
    implements FuzzCase {

  static FuzzLoss draw(SplittableRandom random) {
    return new FuzzLoss(
        (int) FuzzConvolution.size(random, 300),
        (int) FuzzConvolution.size(random, random.nextInt(8) == 0 ? 6000 : 100),
        Fuzz.any(random, 1, 10, 40, 1000),
        random.nextBoolean() ? DType.F64 : DType.F32,
        FuzzValues.draw(random),
        FuzzMemory.Kind.draw(random),
        random.nextInt(1, 9),
        random.nextInt(1, 9),
        random.nextLong());
  }

  /** One row by the definition. */
  private static final class Row {
    private final double[] logits;
    private final int label;
    private final double largest;
    private final double sum;

    Row(double[] logits, int label) {
      this.logits = logits;
      this.label = label;
      largest = Arrays.stream(logits).reduce(Double.NEGATIVE_INFINITY, Math::max);
      double exponentials = 0;
      for (double logit : logits) {
        exponentials += Math.exp(logit - largest);
      }
      sum = exponentials;
    }

    double loss() {
      return Math.log(sum) + (largest - logits[label]);
    }

    double share(int k) {
      return Math.exp(logits[k] - largest) / sum;
    }

    /** The first of the largest, and NaN before all. */
    boolean hits() {
      int best = 0;
      for (int k = 1; k < logits.length; k++) {
        // -0 is as large as 0.
        boolean larger = logits[k] > logits[best];
        if (!Double.isNaN(logits[best]) && (larger || Double.isNaN(logits[k]))) {
          best = k;
        }
      }
      return best == label;
    }
  }

  @Override
  public long run() {
    SplittableRandom random = new SplittableRandom(seed);
    try (Arena arena = Arena.ofConfined();
        FuzzMemory places = new FuzzMemory(random, memory)) {
      Tensor logits = Tensor.allocate(arena, dtype, rows, classes);
      values.fill(random, logits);
      Tensor labels = Tensor.allocate(arena, DType.I64, rows);
      for (long i = 0; i < logits.elementCount(); i++) {
        logits.set(i, logits.get(i) * spread);
      }
      for (int row = 0; row < rows; row++) {
        labels.set(row, (double) random.nextInt(classes));
      }
      Tensor placed = places.input(logits);
      Tensor placedLabels = places.input(labels);
      Tensor gradient = places.output(dtype, rows, classes);
      SoftmaxCrossEntropy loss = SoftmaxCrossEntropy.create().withThreads(threads);
      double mean = loss.backward(placed, placedLabels, gradient);
      requireDefinition(logits, labels, mean, gradient);
      places.forget();
      requireHits(logits, labels, loss.correct(placed, placedLabels));

      SoftmaxCrossEntropy other = loss.withThreads(otherThreads);
      Tensor again = places.output(dtype, rows, classes);
      // In place: the logits are gone.
      again.segment().copyFrom(logits.segment());
      double meanAgain = other.backward(again, placedLabels, again);
      FuzzChecks.requireBits("gradLogits by other threads", gradient, again);
      places.forget();
      double forward = other.forward(placed, placedLabels);
      if (Double.compare(mean, meanAgain) != 0 || Double.compare(mean, forward) != 0) {
        throw new AssertionError("losses: are " + mean + ", " + meanAgain + ", " + forward);
      }
      return FuzzChecks.hash(Double.doubleToLongBits(mean), gradient);
    }
  }

  private Row row(Tensor logits, Tensor labels, int row) {
    double[] values = new double[classes];
    for (int k = 0; k < classes; k++) {
      values[k] = logits.get((long) row * classes + k);
    }
    return new Row(values, (int) labels.get(row));
  }

  private void requireDefinition(Tensor logits, Tensor labels, double mean, Tensor gradient) {
    double within = 8 * Tolerance.roundoff(dtype);
    double expected = 0;
    double magnitude = 0;
    for (int i = 0; i < rows; i++) {
      Row row = row(logits, labels, i);
      expected += row.loss() / rows;
      magnitude += (1 + FuzzChecks.magnitude(row.loss())) / rows;
      for (int k = 0; k < classes; k++) {
        double share = row.share(k);
        double right = k == row.label ? share - 1 : share;
        double found = gradient.get((long) i * classes + k) * rows;
        require("gradLogits of row " + i + ", " + k, right, found, within + 60 * within * share);
      }
    }
    require("loss", expected, mean, 60 * within * magnitude);
  }

  private static void require(String what, double right, double found, double allowed) {
    boolean same =
        Double.isFinite(right)
            ? Math.abs(found - right) <= allowed
            : Double.compare(found, right) == 0;
    if (!same) {
      throw new AssertionError(
          what + ": is " + found + ", must be " + right + " within " + allowed);
    }
  }

  private void requireHits(Tensor logits, Tensor labels, long found) {
    long hits = 0;
    for (int i = 0; i < rows; i++) {
      hits += row(logits, labels, i).hits() ? 1 : 0;
    }
    if (hits != found) {
      throw new AssertionError("correct: is " + found + ", must be " + hits);
    }
  }
}
