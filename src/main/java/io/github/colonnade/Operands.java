package io.github.colonnade;

import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The checks at the boundary: all of them run before anything is written. */
final class Operands {
  /**
   * Stands for any thread but the caller's when a segment is asked whom it lets in. It inherits
   * nothing: it would keep the first caller's class loader for good.
   */
  private static final Thread ANOTHER_THREAD = new Thread(null, null, "colonnade-probe", 0, false);

  private Operands() {}

  /** Returns the type of a tensor that operators can compute in. */
  static DType requireFloatingPoint(String operand, Tensor tensor) {
    if (!tensor.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          operand + ": is " + tensor.dtype() + ", must be F64 or F32");
    }
    return tensor.dtype();
  }

  /** Checks that a tensor has the type and shape, is alive and may be read by this thread. */
  static void requireInput(String operand, Tensor tensor, DType dtype, long... shape) {
    if (tensor == null) {
      throw new NullPointerException(operand);
    }
    if (tensor.dtype() != dtype) {
      throw new IllegalArgumentException(operand + ": is " + tensor.dtype() + ", must be " + dtype);
    }
    if (!tensor.hasShape(shape)) {
      throw new IllegalArgumentException(
          operand
              + ": shape is "
              + Arrays.toString(tensor.shape())
              + ", must be "
              + Arrays.toString(shape));
    }
    requireUsable(operand, tensor.segment());
  }

  /** As {@link #requireInput}, and that the tensor may be written. */
  static void requireOutput(String operand, Tensor tensor, DType dtype, long... shape) {
    requireInput(operand, tensor, dtype, shape);
    if (tensor.segment().isReadOnly()) {
      throw new IllegalArgumentException(operand + ": is read-only, must be writable");
    }
  }

  /** Checks that an output shares no byte with another operand. */
  static void requireDisjoint(String output, Tensor written, String operand, Tensor other) {
    if (other != null
        && written.byteSize() > 0
        && other.byteSize() > 0
        && written.segment().asOverlappingSlice(other.segment()).isPresent()) {
      throw new IllegalArgumentException(output + ": overlaps " + operand + ", must not");
    }
  }

  /** Checks that a workspace, if there is one, shares no byte with an operand. */
  static void requireDisjoint(Workspace workspace, String operand, Tensor tensor) {
    if (workspace != null && tensor != null && workspace.overlaps(tensor.segment())) {
      throw new IllegalArgumentException("workspace: overlaps " + operand + ", must not");
    }
  }

  /** Checks that every index lies from {@code least} to before {@code end}. */
  static void requireIndices(String operand, Tensor tensor, long least, long end) {
    MemorySegment segment = tensor.segment();
    long count = tensor.elementCount();
    // Signs are collected without a branch, as fast as memory; most checks end here.
    long signs = 0;
    for (long i = 0; i < count; i++) {
      long index = segment.getAtIndex(ValueLayout.JAVA_LONG, i);
      signs |= (index - least) | (end - 1 - index);
    }
    if (signs >= 0) {
      return;
    }
    for (long i = 0; i < count; i++) {
      long index = segment.getAtIndex(ValueLayout.JAVA_LONG, i);
      if (index < least || index >= end) {
        throw new IllegalArgumentException(
            operand
                + ": element "
                + i
                + " is "
                + index
                + ", must be at least "
                + least
                + " and less than "
                + end);
      }
    }
  }

  /** Checks that memory is alive and that this thread may touch it. */
  static void requireUsable(String operand, MemorySegment segment) {
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException(operand + ": its arena is closed");
    }
    if (!segment.isAccessibleBy(Thread.currentThread())) {
      throw new WrongThreadException(
          operand + ": its arena is confined to another thread than " + Thread.currentThread());
    }
  }

  /**
   * Returns the memory as helper threads may see it. What any thread may touch stays as it is, so
   * that closing its arena during the call is caught by the access checks. A confined arena lets no
   * helper in, but nobody except the waiting caller could close it, so a view without its owner is
   * safe for the length of the call.
   */
  @SuppressWarnings("restricted") // reinterprets exactly the bytes that the segment had
  static MemorySegment shareable(MemorySegment segment) {
    if (segment.isAccessibleBy(ANOTHER_THREAD)) {
      return segment;
    }
    MemorySegment view = MemorySegment.ofAddress(segment.address()).reinterpret(segment.byteSize());
    return segment.isReadOnly() ? view.asReadOnly() : view;
  }

  /** {@return the type that kernels know, or throws for one that operators do not compute in} */
  static ElementType elementType(DType dtype) {
    return switch (dtype) {
      case F64 -> ElementType.F64;
      case F32 -> ElementType.F32;
      case I64 -> throw new IllegalArgumentException("dtype: is I64, must be F64 or F32");
    };
  }
}
