package io.github.colonnade;

import static io.github.colonnade.Operands.requireDisjoint;
import static io.github.colonnade.Operands.requireDisjointOrSame;
import static io.github.colonnade.Operands.requireFloatingPoint;
import static io.github.colonnade.Operands.requireInput;
import static io.github.colonnade.Operands.requireOutput;
import static io.github.colonnade.Operands.requireReadable;
import static io.github.colonnade.Operands.shareable;

import io.github.colonnade.internal.elementwise.CrossEntropy;
import io.github.colonnade.internal.elementwise.LabelHits;
import io.github.colonnade.internal.elementwise.Reduction;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceLayout;
import java.io.ObjectStreamException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * The loss of a classifier, {@code [N, K] → 1}: the mean over N rows of {@code −ln
 * softmax(x)[label] = ln Σ exp(x[k]) − x[label]}, as PyTorch's {@code cross_entropy} has it. Each
 * row's largest logit is taken off first, so that no exponential overflows.
 *
 * <p>A row that has a NaN or +∞ has the loss NaN, and so has the mean, as has that of no rows. A
 * logit of −∞ is a class of probability 0. Immutable and safe to share between threads.
 */
public final class SoftmaxCrossEntropy extends Specification {
  @Serial private static final long serialVersionUID = 1;

  private final int threads;

  private SoftmaxCrossEntropy(int threads) {
    this.threads = Operands.requireThreads(threads);
  }

  /**
   * Makes a loss with threads as of {@link PlanOptions#defaults}.
   *
   * @return an immutable loss
   */
  public static SoftmaxCrossEntropy create() {
    return new SoftmaxCrossEntropy(PlanOptions.defaults().threads());
  }

  /**
   * Returns a loss with another number of threads; the results' bits do not depend on it.
   *
   * @param threads threads at most, the caller's included
   * @return a new loss
   * @throws IllegalArgumentException if {@code threads} is below 1
   */
  public SoftmaxCrossEntropy withThreads(int threads) {
    return new SoftmaxCrossEntropy(threads);
  }

  private record Told(int threads) implements Form {
    @Serial
    private Object readResolve() throws ObjectStreamException {
      return rebuild(() -> new SoftmaxCrossEntropy(threads));
    }
  }

  @Override
  Form form() {
    return new Told(threads);
  }

  /** {@return the threads that a call uses at most, the caller's included} */
  public int threads() {
    return threads;
  }

  /**
   * Computes the mean loss.
   *
   * @param logits {@code [N, K]}. Not modified.
   * @param labels {@code [N]} of {@link DType#I64}, from 0 to before K. Not modified.
   * @return the mean over the rows; NaN where there are none
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public double forward(Tensor logits, Tensor labels) {
    return run(requireInputs(logits, labels), logits, labels, null);
  }

  /**
   * Computes the mean loss and its gradient, {@code (softmax(x)[k] − (k = label)) / N}.
   *
   * @param logits {@code [N, K]}. Not modified, unless it is {@code gradLogits}.
   * @param labels {@code [N]} of {@link DType#I64}, from 0 to before K. Not modified.
   * @param gradLogits {@code [N, K]} of the logits' type. Overwritten; may be {@code logits}, or
   *     lie in all of its memory, and must not overlap the others otherwise.
   * @return the mean over the rows, with the bits of {@link #forward}
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public double backward(Tensor logits, Tensor labels, Tensor gradLogits) {
    ElementType type = requireInputs(logits, labels);
    requireOutput("gradLogits", gradLogits, logits);
    requireDisjointOrSame("gradLogits", gradLogits, "logits", logits);
    requireDisjoint("gradLogits", gradLogits, "labels", labels);
    return run(type, logits, labels, gradLogits);
  }

  /**
   * Counts the rows whose largest logit is their label's: divided by N, it is the accuracy. Of
   * equal logits the first counts, and a NaN is the largest of all.
   *
   * @param logits {@code [N, K]}. Not modified.
   * @param labels {@code [N]} of {@link DType#I64}, from 0 to before K. Not modified.
   * @return rows, from 0 to N
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public long correct(Tensor logits, Tensor labels) {
    ElementType type = requireInputs(logits, labels);
    long staged = Staging.bytes(logits, labels);
    if (staged > 0) {
      long[] result = new long[1];
      Staging.run(staged, copies -> result[0] = correct(copies.in(logits), copies.in(labels)));
      return result[0];
    }
    requireLabels(logits, labels);
    return (long)
        total(
            new LabelHits(
                type,
                logits.size(0),
                logits.size(1),
                shareable(logits.segment()),
                shareable(labels.segment())));
  }

  private static ElementType requireInputs(Tensor logits, Tensor labels) {
    ElementType type = requireFloatingPoint("logits", logits);
    if (logits.rank() != 2) {
      throw Operands.wrongShape("logits", logits.shape(), "[N, K]");
    }
    requireReadable("logits", logits);
    requireInput("labels", labels, DType.I64, logits.size(0));
    return type;
  }

  private void requireLabels(Tensor logits, Tensor labels) {
    Operands.requireIndices("labels", labels, 0, logits.size(1), threads);
  }

  private double run(ElementType type, Tensor logits, Tensor labels, @Nullable Tensor gradLogits) {
    long staged = Staging.bytes(logits, labels, gradLogits);
    if (staged > 0) {
      double[] result = new double[1];
      Staging.run(
          staged,
          copies ->
              result[0] =
                  run(
                      type,
                      copies.in(logits),
                      copies.in(labels),
                      gradLogits == null ? null : copies.out(gradLogits)));
      return result[0];
    }
    requireLabels(logits, labels);
    CrossEntropy task =
        new CrossEntropy(
            type,
            logits.size(0),
            logits.size(1),
            shareable(logits.segment()),
            shareable(labels.segment()),
            gradLogits == null ? null : shareable(gradLogits.segment()));
    return total(task) / logits.size(0);
  }

  private double total(Reduction task) {
    Execution.run(task, threads, WorkspaceLayout.of(task.sharedBytes(), 0, 0), null);
    return task.result();
  }

  /** {@return {@code SoftmaxCrossEntropy}} */
  @Override
  public String toString() {
    return "SoftmaxCrossEntropy";
  }
}
