package io.github.colonnade;

import java.lang.foreign.ValueLayout;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The loss of a classifier and its gradient. */
public class SoftmaxCrossEntropyBenchmark extends OperatorBenchmark {
  /** Rows and classes. */
  public enum Batch {
    /** ImageNet's classes. */
    IMAGENET(4096, 1000),
    /** A batch of Fashion-MNIST. */
    FASHION(64, 10),
    /** What a call costs apart from its arithmetic. */
    TINY(2, 3);

    final long rows;
    final long classes;

    Batch(long rows, long classes) {
      this.rows = rows;
      this.classes = classes;
    }
  }

  /** Name of a batch. */
  @Param public Batch batch;

  private SoftmaxCrossEntropy loss;
  Tensor logits;
  Tensor labels;
  private Tensor gradLogits;
  private Tensor mean;

  @Override
  protected void prepare() {
    loss = SoftmaxCrossEntropy.create().withThreads(threads);
    logits = random(batch.rows, batch.classes);
    labels = indices(batch.rows);
    for (long row = 0; row < batch.rows; row++) {
      labels.segment().setAtIndex(ValueLayout.JAVA_LONG, row, row % batch.classes);
    }
    gradLogits = zeros(batch.rows, batch.classes);
    mean = zeros(1);
  }

  /** The mean loss. */
  @Benchmark
  public Tensor forward() {
    mean.set(0, loss.forward(logits, labels));
    return mean;
  }

  /** The mean loss and its gradient. */
  @Benchmark
  public Tensor backward() {
    loss.backward(logits, labels, gradLogits);
    return gradLogits;
  }
}
