package io.github.colonnade;

import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.PreparedOperand;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Weights laid out once, as a plan's algorithms read them, for many calls: {@link
 * ConvPlan#prepare}. {@link Algorithm#WINOGRAD} transforms weights, and {@link Algorithm#IM2COL}
 * may rotate them for the input's gradient; with these, no call does so again. The results have the
 * same bits.
 *
 * <p>It is a snapshot: what is written to the weight's tensor later is not seen. It serves the plan
 * that prepared it, and any that is made for the same shapes and type and uses the same algorithms
 * within the same scratch memory, whatever its threads and activation. Immutable, and safe to share
 * between threads and calls as far as its arena is.
 */
public final class PreparedWeights {
  /** Keeps the parts off each other's cache lines. */
  private static final long ALIGNMENT_BYTES = 128;

  private final ConvPlan plan;
  private final Tensor memory;
  private final PreparedOperand forward;
  private final PreparedOperand backwardInput;

  private PreparedWeights(ConvPlan plan, Arena arena, Tensor weight) {
    PassPlan there = plan.forwardPlan();
    PassPlan back = plan.backwardInputPlan();
    long plainBytes = weight.byteSize();
    long thereAt = aligned(plainBytes);
    long backAt = thereAt + aligned(bytes(there));
    long bytes = backAt + aligned(bytes(back));
    MemorySegment segment = allocate(arena, bytes).asSlice(0, bytes);
    this.plan = plan;
    memory = Tensor.of(segment, DType.F64, bytes / DType.F64.byteSize());
    // As the helpers of any call may see it: the arena is checked at the begin of each.
    MemorySegment view = Operands.shareable(segment);
    MemorySegment plain = view.asSlice(0, plainBytes).copyFrom(weight.segment());
    ElementType type = Operands.elementType("weight", plan.dtype());
    boolean finite = Elements.allFinite(type, plain, 0, weight.elementCount());
    forward = new PreparedOperand(plain, view.asSlice(thereAt, bytes(there)), finite);
    backwardInput = new PreparedOperand(plain, view.asSlice(backAt, bytes(back)), finite);
    layOut(there, forward);
    layOut(back, backwardInput);
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }

  private static long bytes(PassPlan pass) {
    return pass.preparation() == null ? 0 : pass.preparation().bytes();
  }

  private void layOut(PassPlan pass, PreparedOperand operand) {
    if (bytes(pass) > 0) {
      TileTask task = pass.preparation().layOut(operand.plain());
      Execution.fill(task, plan.threads(), operand.laidOut());
    }
  }

  private static MemorySegment allocate(Arena arena, long bytes) {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException("arena: is closed");
    }
    try {
      return Operands.allocate("weight", arena, bytes);
    } catch (WrongThreadException confined) {
      throw new WrongThreadException(
          "arena: is confined to another thread than " + Thread.currentThread(), confined);
    }
  }

  /** Lays out a weight that has been checked. */
  static PreparedWeights of(ConvPlan plan, Arena arena, Tensor weight) {
    return new PreparedWeights(plan, arena, weight);
  }

  /** {@return the memory that it takes of its arena, in bytes} */
  public long byteSize() {
    return memory.byteSize();
  }

  /** Checks that a plan can read it, and this thread. */
  void requireFor(ConvPlan reader) {
    if (reader != plan) {
      reader.requireAsPrepared(plan);
    }
    Operands.requireReadable("weight", memory);
  }

  /** Returns all of its memory, which nothing may overlap. */
  Tensor memory() {
    return memory;
  }

  /** Returns what the forward pass takes. */
  PreparedOperand forward() {
    return forward;
  }

  /** Returns what the input's gradient takes. */
  PreparedOperand backwardInput() {
    return backwardInput;
  }

  /** Returns such as {@code PreparedWeights[[64, 64, 3, 3] F64, 1327104 bytes]}. */
  @Override
  public String toString() {
    return "PreparedWeights["
        + Arrays.toString(plan.weightShape())
        + " "
        + plan.dtype()
        + ", "
        + byteSize()
        + " bytes]";
  }
}
