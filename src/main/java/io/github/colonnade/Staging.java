package io.github.colonnade;

import io.github.colonnade.internal.memory.ScratchPool;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One call's operands on the Java heap, copied to native memory: native code takes no other, since
 * the collector moves arrays, and kernels that see one kind of memory only are compiled for that.
 *
 * <p>An operator calls itself with the copies, after its checks and before it reads or writes an
 * element; it names each operand once, for what it does with it:
 *
 * <pre>{@code
 * long staged = Staging.bytes(input, output);
 * if (staged > 0) {
 *   Staging.run(staged, copies -> forward(copies.in(input), copies.out(output)));
 *   return;
 * }
 * }</pre>
 *
 * <p>A native operand stands for itself, and a call that has no other pays for the question alone.
 * Results are copied back when the call has succeeded: if it throws, what is on the heap is as it
 * was. Operands that lie in the same memory share their copy, so what may be computed in place
 * still is. The copies lie in one block of the library's scratch memory, which is given back
 * whatever happens; it counts neither in what a plan calls its workspace nor under its cap.
 */
final class Staging {
  /** Keeps operands off each other's cache lines. */
  private static final long ALIGNMENT_BYTES = 128;

  private final ScratchPool.Block block;
  private final List<Copy> copies = new ArrayList<>();
  private long used;

  private Staging(ScratchPool.Block block) {
    this.block = block;
  }

  /** An operand on the heap and its copy. */
  private static final class Copy {
    private final Tensor original;
    private final Tensor copy;
    private boolean read;
    private boolean written;

    Copy(Tensor original, Tensor copy) {
      this.original = original;
      this.copy = copy;
    }

    void fill() {
      if (!read) {
        read = true;
        copy.segment().copyFrom(original.segment());
      }
    }
  }

  /** Returns the bytes that copies of an operand take: none if it is null or native. */
  static long bytes(@Nullable Tensor operand) {
    return operand == null || !operand.isOnHeap() ? 0 : aligned(operand.byteSize());
  }

  /** Returns the bytes that copies of two operands take. */
  static long bytes(@Nullable Tensor a, @Nullable Tensor b) {
    return bytes(a) + bytes(b);
  }

  /** Returns the bytes that copies of three operands take. */
  static long bytes(@Nullable Tensor a, @Nullable Tensor b, @Nullable Tensor c) {
    return bytes(a) + bytes(b) + bytes(c);
  }

  /** Returns the bytes that copies of four operands take. */
  static long bytes(
      @Nullable Tensor a, @Nullable Tensor b, @Nullable Tensor c, @Nullable Tensor d) {
    return bytes(a) + bytes(b) + bytes(c) + bytes(d);
  }

  /** Makes room for a tensor of no bytes as well: any that is on the heap is staged. */
  private static long aligned(long bytes) {
    return Math.ceilDiv(Math.max(1, bytes), ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }

  /**
   * Makes a call with copies of operands.
   *
   * @param bytes what {@link #bytes} said of all of them, more than 0
   * @param call the same call again, with what {@link #in} and {@link #out} return
   * @throws OutOfMemoryError if there is no memory for copies
   */
  static void run(long bytes, Consumer<Staging> call) {
    ScratchPool.Block block =
        ScratchPool.SHARED.acquire(
            bytes, "for copies of operands on the heap: use tensors in native memory");
    try {
      Staging staging = new Staging(block);
      call.accept(staging);
      for (Copy each : staging.copies) {
        if (each.written) {
          each.original.segment().copyFrom(each.copy.segment());
        }
      }
    } finally {
      ScratchPool.SHARED.release(block);
    }
  }

  /** Returns what the call reads in an operand's place. */
  Tensor in(Tensor operand) {
    if (!operand.isOnHeap()) {
      return operand;
    }
    Copy copy = copy(operand);
    copy.fill();
    return like(operand, copy);
  }

  /**
   * Returns what the call writes in an operand's place: all of its elements, or those that it
   * leaves must be {@link #in} too.
   */
  Tensor out(Tensor operand) {
    if (!operand.isOnHeap()) {
      return operand;
    }
    Copy copy = copy(operand);
    copy.written = true;
    return like(operand, copy);
  }

  /** Returns the copy of the memory that an operand lies in. */
  private Copy copy(Tensor operand) {
    for (Copy each : copies) {
      if (Operands.sameMemory(each.original, operand)) {
        return each;
      }
    }
    Tensor room =
        Tensor.of(
            block.segment().asSlice(used, operand.byteSize()), operand.dtype(), operand.shape());
    used += aligned(operand.byteSize());
    Copy copy = new Copy(operand, room);
    copies.add(copy);
    return copy;
  }

  private static Tensor like(Tensor operand, Copy copy) {
    return operand == copy.original
        ? copy.copy
        : Tensor.of(copy.copy.segment(), operand.dtype(), operand.shape());
  }
}
