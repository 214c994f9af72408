package io.github.colonnade.spark;

import io.github.colonnade.Conv2d;
import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.ObjectStreamException;
import java.io.Serial;
import java.io.Serializable;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Objects;

/**
 * A convolution with its weights: all that an executor has to know. Weights and bias are checked
 * against the convolution when it is made, and again when it is read from a stream.
 *
 * <p>Immutable, and safe to share between threads. It is serializable by Java, which is how Spark
 * sends what a task needs, whatever {@code spark.serializer} says.
 */
public final class ConvSpec implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  private final transient Conv2d conv;
  private final transient Tensor weight;
  private final transient Tensor bias;

  private ConvSpec(Conv2d conv, Tensor weight, Tensor bias) {
    this.conv = conv;
    this.weight = copy(weight);
    this.bias = bias == null ? null : copy(bias);
  }

  /**
   * Makes a convolution with weights.
   *
   * @param conv a convolution; of its options, the number of threads has no influence: a task has
   *     as many as {@code spark.task.cpus} says
   * @param weight {@code [O, C/groups, KH, KW]}, F64 or F32. Copied.
   * @param bias {@code [O]} of the weight's type, or null for none. Copied.
   * @return an immutable convolution with its weights
   * @throws IllegalArgumentException naming the operand, its type or shape and the one required, or
   *     if the convolution's options have a tuning, which holds for one machine only
   */
  public static ConvSpec of(Conv2d conv, Tensor weight, Tensor bias) {
    Objects.requireNonNull(conv, "conv");
    Objects.requireNonNull(weight, "weight");
    if (conv.options().tuning() != null) {
      throw new IllegalArgumentException(
          "conv: has a tuning, must have none: it holds for the machine that measured it");
    }
    if (!weight.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException("weight: is " + weight.dtype() + ", must be F64 or F32");
    }
    requireShape("weight", weight, conv.weightShape());
    if (bias != null) {
      if (bias.dtype() != weight.dtype()) {
        throw new IllegalArgumentException(
            "bias: is " + bias.dtype() + ", must be " + weight.dtype());
      }
      requireShape("bias", bias, conv.outChannels());
    }
    return new ConvSpec(conv, weight, bias);
  }

  private static void requireShape(String operand, Tensor tensor, long... shape) {
    if (!Arrays.equals(tensor.shape(), shape)) {
      throw new IllegalArgumentException(
          operand
              + ": shape is "
              + Arrays.toString(tensor.shape())
              + ", must be "
              + Arrays.toString(shape));
    }
  }

  /**
   * Returns a copy in native memory, where a call need not copy it again, that nobody can write.
   */
  private static Tensor copy(Tensor tensor) {
    Tensor copy = Tensor.allocate(Arena.ofAuto(), tensor.dtype(), tensor.shape()).copyFrom(tensor);
    return Tensor.of(copy.segment().asReadOnly(), copy.dtype(), copy.shape());
  }

  /** {@return the convolution} */
  public Conv2d conv() {
    return conv;
  }

  /** {@return the weights, {@code [O, C/groups, KH, KW]}, read-only} */
  public Tensor weight() {
    return weight;
  }

  /** {@return the bias, {@code [O]}, read-only, or null for none} */
  public Tensor bias() {
    return bias;
  }

  /** {@return the type of the weights, which images and results have too: F64 or F32} */
  public DType dtype() {
    return weight.dtype();
  }

  /** Returns whether another is the same convolution with the same weights, bit for bit. */
  @Override
  public boolean equals(Object other) {
    return other == this
        || (other instanceof ConvSpec that
            && conv.equals(that.conv)
            && isSame(weight, that.weight)
            && isSame(bias, that.bias));
  }

  private static boolean isSame(Tensor a, Tensor b) {
    return (a == null || b == null)
        ? a == b
        : a.dtype() == b.dtype() && a.segment().mismatch(b.segment()) == -1;
  }

  @Override
  public int hashCode() {
    return Objects.hash(conv, dtype(), weight.get(0), bias != null);
  }

  /** Returns the convolution's geometry, and what weights there are. */
  @Override
  public String toString() {
    return "ConvSpec[%s, weight %s, bias %s]".formatted(conv, weight, bias == null ? "none" : bias);
  }

  /** What a stream holds: arrays, whose type says that of the weights. */
  private record Told(Conv2d conv, Serializable weight, Serializable bias) implements Serializable {
    @Serial
    private Object readResolve() throws ObjectStreamException {
      try {
        return of(
            conv,
            tensor(weight, conv.weightShape()),
            bias == null ? null : tensor(bias, conv.outChannels()));
      } catch (IllegalArgumentException | NullPointerException wrong) {
        InvalidObjectException thrown = new InvalidObjectException(wrong.getMessage());
        thrown.initCause(wrong);
        throw thrown;
      }
    }

    private static Serializable array(Tensor tensor) {
      return tensor.dtype() == DType.F64 ? tensor.toDoubleArray() : tensor.toFloatArray();
    }

    private static Tensor tensor(Serializable array, long... shape) {
      return switch (array) {
        case double[] values -> Tensor.of(values, shape);
        case float[] values -> Tensor.of(values, shape);
        default -> throw new IllegalArgumentException("weights must be double[] or float[]");
      };
    }
  }

  @Serial
  private Object writeReplace() {
    return new Told(conv, Told.array(weight), bias == null ? null : Told.array(bias));
  }

  @Serial
  private void readObject(ObjectInputStream in) throws InvalidObjectException {
    readObjectNoData();
  }

  @Serial
  private void readObjectNoData() throws InvalidObjectException {
    throw new InvalidObjectException("ConvSpec: must be read from its form");
  }
}
