package io.github.colonnade;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A call of an operator and its operands, for tests that go through all of them: {@link
 * OperatorCalls}.
 *
 * @param covers the public methods that it calls, as {@link #signature} writes them
 * @param operands in the order in which {@code run} takes them
 * @param run calls, and returns tensors that the call has made, if any
 */
record OperatorCall(String name, List<String> covers, List<Operand> operands, Run run) {

  /** What a call does with an operand, and what that must be. */
  static final class Operand {
    private final String name;
    private final boolean written;
    private final DType dtype;
    private final long indices;
    private final long[] shape;

    Operand(String name, boolean written, DType dtype, long indices, long... shape) {
      this.name = name;
      this.written = written;
      this.dtype = dtype;
      this.indices = indices;
      this.shape = shape;
    }

    String name() {
      return name;
    }

    boolean written() {
      return written;
    }

    DType dtype() {
      return dtype;
    }

    /** Returns what its elements must be below, if they are indices, or 0. */
    long indices() {
      return indices;
    }

    long[] shape() {
      return shape;
    }
  }

  /** Makes the call. */
  interface Run {
    Tensor[] on(Tensor[] operands);
  }

  /** As {@link Run}, of a call that makes no tensors. */
  interface Call {
    void on(Tensor[] operands);
  }

  static OperatorCall call(String name, String... covers) {
    return new OperatorCall(name, List.of(covers), new ArrayList<>(), null);
  }

  OperatorCall in(String operand, DType dtype, long... shape) {
    operands.add(new Operand(operand, false, dtype, 0, shape));
    return this;
  }

  /** Adds an operand of indices from 0 to before {@code end}. */
  OperatorCall indices(String operand, long end, long... shape) {
    operands.add(new Operand(operand, false, DType.I64, end, shape));
    return this;
  }

  OperatorCall out(String operand, DType dtype, long... shape) {
    operands.add(new Operand(operand, true, dtype, 0, shape));
    return this;
  }

  OperatorCall run(Call call) {
    return make(
        operands -> {
          call.on(operands);
          return new Tensor[0];
        });
  }

  OperatorCall make(Run made) {
    return new OperatorCall(name, covers, List.copyOf(operands), made);
  }

  /** Returns a method's name with its class and the number of tensors that it takes. */
  static String signature(String type, String method, String... parameterTypes) {
    long tensors = Arrays.stream(parameterTypes).filter(Tensor.class.getName()::equals).count();
    return type + "." + method + "/" + tensors;
  }
}
