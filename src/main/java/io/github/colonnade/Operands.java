package io.github.colonnade;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.ForeignCall;
import io.github.colonnade.internal.memory.Mapped;
import io.github.colonnade.internal.pool.IndexCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The checks at the boundary: all of them run before anything is written. */
final class Operands {
  /**
   * Represents any thread but the caller's when a segment's confinement is tested. It inherits
   * nothing, since that would keep the first caller's class loader alive.
   */
  private static final Thread ANOTHER_THREAD = new Thread(null, null, "colonnade-probe", 0, false);

  private Operands() {}

  /** Returns the type that kernels know, or throws for one that operators do not compute in. */
  static ElementType elementType(String operand, DType dtype) {
    return switch (dtype) {
      case F64 -> ElementType.F64;
      case F32 -> ElementType.F32;
      case I64 -> throw new IllegalArgumentException(operand + ": is I64, must be F64 or F32");
    };
  }

  /** Checks that operators compute in a tensor's type, and returns it. */
  static ElementType requireFloatingPoint(String operand, Tensor tensor) {
    return elementType(operand, Objects.requireNonNull(tensor, operand).dtype());
  }

  /** Checks that a tensor has the type and shape, is alive and may be read by this thread. */
  static void requireInput(String operand, Tensor tensor, DType dtype, long... shape) {
    if (Objects.requireNonNull(tensor, operand).dtype() != dtype) {
      throw new IllegalArgumentException(operand + ": is " + tensor.dtype() + ", must be " + dtype);
    }
    if (!tensor.hasShape(shape)) {
      throw wrongShape(operand, tensor.shape(), Arrays.toString(shape));
    }
    requireReadable(operand, tensor);
  }

  /** As {@link #requireInput}, and that the tensor may be written. */
  static void requireOutput(String operand, Tensor tensor, DType dtype, long... shape) {
    requireInput(operand, tensor, dtype, shape);
    requireWritable(operand, tensor);
  }

  /** Checks that a tensor has another's type and shape, is alive and may be read by this thread. */
  static void requireInput(String operand, Tensor tensor, Tensor like) {
    if (Objects.requireNonNull(tensor, operand).dtype() != like.dtype()
        || !tensor.hasShapeOf(like)) {
      requireInput(operand, tensor, like.dtype(), like.shape());
    }
    requireReadable(operand, tensor);
  }

  /** As {@link #requireInput(String, Tensor, Tensor)}, and that the tensor may be written. */
  static void requireOutput(String operand, Tensor tensor, Tensor like) {
    requireInput(operand, tensor, like);
    requireWritable(operand, tensor);
  }

  /** Checks that a tensor is alive and may be read by this thread, whatever its type and shape. */
  static void requireReadable(String operand, Tensor tensor) {
    requireUsable(operand, tensor.segment());
  }

  /** As {@link #requireReadable}, and that the tensor may be written. */
  static void requireWritable(String operand, Tensor tensor) {
    requireReadable(operand, tensor);
    if (tensor.segment().isReadOnly()) {
      throw new IllegalArgumentException(operand + ": is read-only, must be writable");
    }
  }

  /** Returns what to throw for a shape that is not {@code required}. */
  static IllegalArgumentException wrongShape(String operand, long[] shape, String required) {
    return new IllegalArgumentException(
        operand + ": shape is " + Arrays.toString(shape) + ", must be " + required);
  }

  /** Checks a shape for {@code [N, C, H, W]}. */
  static void requireImages(String operand, long... shape) {
    if (shape.length != 4) {
      throw wrongShape(operand, shape, "[N, C, H, W]");
    }
  }

  /** Checks a shape for {@code [N, C, H, W]} of so many channels, none negative. */
  static void requireChannels(String operand, long channels, long... shape) {
    if (shape.length != 4 || shape[1] != channels) {
      throw wrongShape(operand, shape, "[N, " + channels + ", H, W]");
    }
    Shapes.elementCount(operand, shape);
  }

  /** Checks a shape for {@code [N, C, H, W]} with pixels. */
  static void requirePlanes(String operand, long... shape) {
    if (shape.length != 4 || shape[2] == 0 || shape[3] == 0) {
      throw wrongShape(operand, shape, "[N, C, H, W] with H and W of at least 1");
    }
    Shapes.byteSize(operand, DType.I64, shape);
  }

  /** Returns whether two tensors lie in all of each other's memory. */
  static boolean sameMemory(Tensor a, Tensor b) {
    if (a.byteSize() != b.byteSize() || a.segment().address() != b.segment().address()) {
      return false;
    }
    // On the heap, an address counts from the start of an array.
    boolean absolute = !a.isOnHeap() && !b.isOnHeap();
    return absolute || a.segment().asOverlappingSlice(b.segment()).isPresent();
  }

  /** Checks that an output shares no byte with another operand. */
  static void requireDisjoint(
      String output, Tensor written, String operand, @Nullable Tensor other) {
    if (other != null
        && written.byteSize() > 0
        && other.byteSize() > 0
        && written.segment().asOverlappingSlice(other.segment()).isPresent()) {
      throw new IllegalArgumentException(output + ": overlaps " + operand + ", must not");
    }
  }

  /** Checks that an output shares no byte with another operand, or all of them. */
  static void requireDisjointOrSame(String output, Tensor written, String operand, Tensor other) {
    if (!sameMemory(written, other)) {
      requireDisjoint(output, written, operand, other);
    }
  }

  /** Checks that a workspace, if there is one, shares no byte with an operand. */
  static void requireDisjoint(
      @Nullable Workspace workspace, String operand, @Nullable Tensor tensor) {
    if (workspace != null && tensor != null && workspace.overlaps(tensor.segment())) {
      throw new IllegalArgumentException("workspace: overlaps " + operand + ", must not");
    }
  }

  /** Checks that neither an output nor a workspace shares a byte with an input. */
  static void requireDisjoint(
      String output,
      Tensor written,
      @Nullable Workspace workspace,
      String operand,
      @Nullable Tensor other) {
    requireDisjoint(output, written, operand, other);
    requireDisjoint(workspace, operand, other);
  }

  /** Checks that every index lies from {@code least} to before {@code end}. */
  static void requireIndices(String operand, Tensor tensor, long least, long end, int threads) {
    MemorySegment segment = tensor.segment();
    long count = tensor.elementCount();
    IndexCheck check = new IndexCheck(shareable(segment), count, least, end);
    Execution.run(check, threads);
    if (check.passed()) {
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

  /**
   * Allocates bytes aligned to cache lines, or throws if an arena of the caller's own gave others.
   */
  static MemorySegment allocate(String operand, Arena arena, long bytes) {
    MemorySegment segment = arena.allocate(bytes, 64);
    if (segment.byteSize() < bytes
        || segment.address() % DType.F64.byteSize() != 0
        || !segment.isNative()
        || segment.isReadOnly()) {
      throw new IllegalArgumentException(
          operand
              + ": the arena gave "
              + segment
              + ", must be "
              + bytes
              + " writable native bytes");
    }
    return segment;
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
  static MemorySegment shareable(MemorySegment segment) {
    if (segment.isAccessibleBy(ANOTHER_THREAD)) {
      return segment;
    }
    MemorySegment view =
        segment.isMapped()
            ? Mapped.view(segment)
            : ForeignCall.reinterpret(
                MemorySegment.ofAddress(segment.address()), segment.byteSize());
    return segment.isReadOnly() ? view.asReadOnly() : view;
  }

  /** Returns a size that must be at least 1, or throws naming it. */
  static long requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + ": is " + value + ", must be at least 1");
    }
    return value;
  }

  /** Returns a number of threads, or throws if it is below 1. */
  static int requireThreads(int threads) {
    return (int) requirePositive("threads", threads);
  }

  /** Returns a size that must be at least 0, or throws naming it. */
  static long requireNotNegative(String name, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(name + ": is " + value + ", must not be negative");
    }
    return value;
  }

  /** Checks that channels split evenly into groups. */
  static void requireDivisible(String name, long channels, long groups) {
    if (channels % groups != 0) {
      throw new IllegalArgumentException(
          name + ": is " + channels + ", must be a multiple of groups, which is " + groups);
    }
  }
}
