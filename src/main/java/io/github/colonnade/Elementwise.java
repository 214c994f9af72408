package io.github.colonnade;

import static io.github.colonnade.Operands.requireDisjointOrSame;
import static io.github.colonnade.Operands.requireFloatingPoint;
import static io.github.colonnade.Operands.requireInput;
import static io.github.colonnade.Operands.requireOutput;
import static io.github.colonnade.Operands.requireReadable;
import static io.github.colonnade.Operands.shareable;

import io.github.colonnade.internal.elementwise.Combine;
import io.github.colonnade.internal.elementwise.Sum;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceLayout;
import java.io.ObjectStreamException;
import java.io.Serial;

/**
 * Arithmetic on whole tensors of one type and shape, whatever that is, at the speed of memory.
 *
 * <p>Products and sums are rounded one by one, as NumPy rounds them: in single precision the
 * factors are rounded to float first. Immutable and safe to share between threads.
 */
public final class Elementwise extends Specification {
  @Serial private static final long serialVersionUID = 1;

  private final int threads;

  private Elementwise(int threads) {
    this.threads = Operands.requireThreads(threads);
  }

  /**
   * Makes the operators with threads as of {@link PlanOptions#defaults}.
   *
   * @return immutable operators
   */
  public static Elementwise create() {
    return new Elementwise(PlanOptions.defaults().threads());
  }

  /**
   * Returns the operators with another number of threads; the results' bits do not depend on it.
   *
   * @param threads threads at most, the caller's included
   * @return new operators
   * @throws IllegalArgumentException if {@code threads} is below 1
   */
  public Elementwise withThreads(int threads) {
    return new Elementwise(threads);
  }

  private record Told(int threads) implements Form {
    @Serial
    private Object readResolve() throws ObjectStreamException {
      return rebuild(() -> new Elementwise(threads));
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
   * Adds a multiple of one tensor to another, {@code y = y + a·x}: a step of gradient descent where
   * {@code a} is the negative learning rate.
   *
   * @param a factor of {@code x}
   * @param x of any shape. Not modified, unless it is {@code y}.
   * @param y of the same type and shape. Modified; may be {@code x}, or lie in all of its memory,
   *     and must not overlap otherwise.
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public void addScaled(double a, Tensor x, Tensor y) {
    ElementType type = requireFloatingPoint("x", x);
    requireReadable("x", x);
    requireOutput("y", y, x);
    requireDisjointOrSame("y", y, "x", x);
    combine(type, a, x, 1, y, y);
  }

  /**
   * Adds multiples of two tensors, {@code out = a·x + b·y}, in one pass: an unsharp mask where
   * {@code y} is the blurred {@code x}, {@code a = 1 + amount} and {@code b = −amount}; the
   * velocity of gradient descent with momentum where {@code out} is {@code y}.
   *
   * @param a factor of {@code x}
   * @param x of any shape. Not modified, unless it is {@code out}.
   * @param b factor of {@code y}
   * @param y of the same type and shape. Not modified, unless it is {@code out}.
   * @param out of the same type and shape. Overwritten; may be {@code x} or {@code y}, or lie in
   *     all of its memory, and must not overlap them otherwise.
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if an operand's arena is closed
   * @throws WrongThreadException if an operand's arena is confined to another thread
   */
  public void combine(double a, Tensor x, double b, Tensor y, Tensor out) {
    ElementType type = requireFloatingPoint("x", x);
    requireReadable("x", x);
    requireInput("y", y, x);
    requireOutput("out", out, x);
    requireDisjointOrSame("out", out, "x", x);
    requireDisjointOrSame("out", out, "y", y);
    combine(type, a, x, b, y, out);
  }

  private void combine(ElementType type, double a, Tensor x, double b, Tensor y, Tensor out) {
    long staged = Staging.bytes(x, y, out);
    if (staged > 0) {
      Staging.run(
          staged, copies -> combine(type, a, copies.in(x), b, copies.in(y), copies.out(out)));
      return;
    }
    Combine task =
        new Combine(
            type,
            x.elementCount(),
            a,
            shareable(x.segment()),
            b,
            shareable(y.segment()),
            shareable(out.segment()));
    Execution.run(task, threads);
  }

  /**
   * Adds all elements, in double precision and pairwise, so that the error hardly grows with their
   * number.
   *
   * @param x of any shape. Not modified.
   * @return the sum; 0 of no elements
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   * @throws IllegalStateException if the arena is closed
   * @throws WrongThreadException if the arena is confined to another thread
   */
  public double sum(Tensor x) {
    ElementType type = requireFloatingPoint("x", x);
    requireReadable("x", x);
    long staged = Staging.bytes(x);
    if (staged > 0) {
      double[] result = new double[1];
      Staging.run(staged, copies -> result[0] = sum(copies.in(x)));
      return result[0];
    }
    Sum sum = new Sum(type, x.elementCount(), shareable(x.segment()));
    Execution.run(sum, threads, WorkspaceLayout.of(sum.sharedBytes(), 0, 0), null);
    return sum.result();
  }

  /** {@return {@code Elementwise}} */
  @Override
  public String toString() {
    return "Elementwise";
  }
}
