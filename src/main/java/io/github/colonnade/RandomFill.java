package io.github.colonnade;

import static io.github.colonnade.Operands.requireFloatingPoint;
import static io.github.colonnade.Operands.requireWritable;
import static io.github.colonnade.Operands.shareable;

import io.github.colonnade.internal.elementwise.RandomRun;
import io.github.colonnade.internal.elementwise.RandomRun.Distribution;
import io.github.colonnade.internal.elementwise.SplitMix;
import io.github.colonnade.internal.memory.ElementType;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Fills tensors with random numbers that follow from a seed: the weights that a training begins
 * with.
 *
 * <p>The generator is SplitMix64 (Steele, Lea and Flood 2014), a hash of a counter, with a hash of
 * the seed for its first state. Each element takes one number of the sequence, whose upper 53 bits
 * become a uniform number or, by the inverse of the normal distribution (Wichura 1988), a normal
 * one. So the same seed and the same calls give the same bits on every platform, on every JDK, and
 * with any number of threads; single precision gets the numbers of double precision, rounded.
 *
 * <p>Every call goes on where the one before stopped. Calls from several threads are safe, but it
 * is then chance which has which numbers. Not for secrets.
 */
public final class RandomFill {
  private final AtomicLong state;
  private final int threads;

  private RandomFill(AtomicLong state, int threads) {
    this.state = state;
    this.threads = Operands.requireThreads(threads);
  }

  /**
   * Starts a sequence, with threads as of {@link PlanOptions#defaults}.
   *
   * @param seed any number
   * @return a new sequence
   */
  public static RandomFill seeded(long seed) {
    return new RandomFill(new AtomicLong(SplitMix.mix(seed)), PlanOptions.defaults().threads());
  }

  /**
   * Returns the same sequence, which goes on with both, by another number of threads.
   *
   * @param threads threads at most, the caller's included
   * @return the sequence
   * @throws IllegalArgumentException if {@code threads} is below 1
   */
  public RandomFill withThreads(int threads) {
    return new RandomFill(state, threads);
  }

  /** {@return the threads that a call uses at most, the caller's included} */
  public int threads() {
    return threads;
  }

  /**
   * Fills a tensor with numbers spread evenly.
   *
   * @param tensor of any shape. Overwritten.
   * @param low the least, finite
   * @param high more than the greatest, finite
   * @return the tensor
   * @throws IllegalArgumentException if {@code high} is not above {@code low}, in the tensor's
   *     type, or naming the operand, what it is and what it must be
   * @throws IllegalStateException if the arena is closed
   * @throws WrongThreadException if the arena is confined to another thread
   */
  public Tensor uniform(Tensor tensor, double low, double high) {
    return uniform("tensor", tensor, low, high);
  }

  private Tensor uniform(String operand, Tensor tensor, double low, double high) {
    ElementType type = requireFloatingPoint(operand, tensor);
    requireFinite("low", low, type);
    requireFinite("high", high, type);
    boolean above = type == ElementType.F64 ? high > low : (float) high > (float) low;
    if (!above || !Double.isFinite(high - low)) {
      throw new IllegalArgumentException(
          "high: is " + high + ", must be above low, which is " + low + ", by a finite number");
    }
    return fill(operand, type, tensor, Distribution.UNIFORM, low, high - low, high);
  }

  /**
   * Fills a tensor with normal numbers.
   *
   * @param tensor of any shape. Overwritten.
   * @param mean their mean, finite
   * @param deviation their standard deviation, finite and not negative
   * @return the tensor
   * @throws IllegalArgumentException if {@code deviation} is negative, or naming the operand, what
   *     it is and what it must be
   * @throws IllegalStateException if the arena is closed
   * @throws WrongThreadException if the arena is confined to another thread
   */
  public Tensor normal(Tensor tensor, double mean, double deviation) {
    return normal("tensor", tensor, mean, deviation);
  }

  private Tensor normal(String operand, Tensor tensor, double mean, double deviation) {
    ElementType type = requireFloatingPoint(operand, tensor);
    requireFinite("mean", mean, type);
    requireFinite("deviation", deviation, type);
    if (deviation < 0) {
      throw new IllegalArgumentException("deviation: is " + deviation + ", must not be negative");
    }
    return fill(operand, type, tensor, Distribution.NORMAL, mean, deviation, Double.NaN);
  }

  /**
   * Fills weights with normal numbers of mean 0 and deviation {@code √(2 / fanIn)}, for layers that
   * a {@link Relu} follows (He et al. 2015).
   *
   * @param weight {@code [O, I, …]}, whose fan-in is I times the sizes after it. Overwritten.
   * @return the weights
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public Tensor heNormal(Tensor weight) {
    return normal("weight", weight, 0, Math.sqrt(2 / fan(weight, 0)));
  }

  /**
   * Fills weights with numbers spread evenly between {@code ±√(6 / fanIn)}: of the deviation of
   * {@link #heNormal}.
   *
   * @param weight {@code [O, I, …]}, whose fan-in is I times the sizes after it. Overwritten.
   * @return the weights
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public Tensor heUniform(Tensor weight) {
    double bound = Math.sqrt(6 / fan(weight, 0));
    return uniform("weight", weight, -bound, bound);
  }

  /**
   * Fills weights with normal numbers of mean 0 and deviation {@code √(2 / (fanIn + fanOut))}, for
   * layers with a symmetric activation or none (Glorot and Bengio 2010).
   *
   * @param weight {@code [O, I, …]}, whose fan-in is I and whose fan-out is O times the sizes after
   *     them. Overwritten.
   * @return the weights
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public Tensor glorotNormal(Tensor weight) {
    return normal("weight", weight, 0, Math.sqrt(2 / (fan(weight, 0) + fan(weight, 1))));
  }

  /**
   * Fills weights with numbers spread evenly between {@code ±√(6 / (fanIn + fanOut))}: of the
   * deviation of {@link #glorotNormal}.
   *
   * @param weight {@code [O, I, …]}, whose fan-in is I and whose fan-out is O times the sizes after
   *     them. Overwritten.
   * @return the weights
   * @throws IllegalArgumentException naming the operand, what it is and what it must be
   */
  public Tensor glorotUniform(Tensor weight) {
    double bound = Math.sqrt(6 / (fan(weight, 0) + fan(weight, 1)));
    return uniform("weight", weight, -bound, bound);
  }

  /** Returns the product of a weight's sizes but one of the first two, at least 1. */
  private static double fan(Tensor weight, int without) {
    requireFloatingPoint("weight", weight);
    if (weight.rank() < 2) {
      throw Operands.wrongShape("weight", weight.shape(), "[O, I, …]");
    }
    double product = 1;
    for (int i = 0; i < weight.rank(); i++) {
      product *= i == without ? 1 : weight.size(i);
    }
    return Math.max(1, product);
  }

  private static void requireFinite(String name, double value, ElementType type) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(name + ": is " + value + ", must be finite");
    }
    if (type == ElementType.F32 && !Float.isFinite((float) value)) {
      throw new IllegalArgumentException(name + ": is " + value + ", must be finite as F32");
    }
  }

  private Tensor fill(
      String operand,
      ElementType type,
      Tensor tensor,
      Distribution distribution,
      double offset,
      double scale,
      double below) {
    requireWritable(operand, tensor);
    long staged = Staging.bytes(tensor);
    if (staged > 0) {
      Staging.run(
          staged,
          copies -> fill(operand, type, copies.out(tensor), distribution, offset, scale, below));
      return tensor;
    }
    long count = tensor.elementCount();
    long start = state.getAndAdd(SplitMix.advance(0, count));
    RandomRun task =
        new RandomRun(
            distribution, start, offset, scale, below, type, count, shareable(tensor.segment()));
    Execution.run(task, threads);
    return tensor;
  }

  /** {@return {@code RandomFill}} */
  @Override
  public String toString() {
    return "RandomFill";
  }
}
