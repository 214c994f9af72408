package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Tensors whose neighbourhood is watched: canaries before and behind show every stray write. */
final class Guarded {
  private static final long GUARD_BYTES = 4096;
  private static final byte CANARY = (byte) 0xA5;

  private final MemorySegment around;
  private final Tensor tensor;

  private Guarded(MemorySegment around, Tensor tensor) {
    this.around = around;
    this.tensor = tensor;
  }

  /** Allocates a tensor full of NaN between canaries. */
  static Guarded nan(Arena arena, DType dtype, long... shape) {
    long bytes = Shapes.byteSize("tensor", dtype, shape);
    MemorySegment around = arena.allocate(bytes + 2 * GUARD_BYTES, 64);
    around.fill(CANARY);
    Tensor tensor = Tensor.of(around.asSlice(GUARD_BYTES, bytes), dtype, shape);
    return new Guarded(around, tensor.fill(Double.NaN));
  }

  /** Allocates a tensor of random values from -1 to 1 between canaries. */
  static Guarded random(Arena arena, SplittableRandom random, DType dtype, long... shape) {
    Guarded guarded = nan(arena, dtype, shape);
    for (long i = 0; i < guarded.tensor.elementCount(); i++) {
      guarded.tensor.set(i, random.nextDouble(-1, 1));
    }
    return guarded;
  }

  Tensor tensor() {
    return tensor;
  }

  /** Returns this memory as a workspace. */
  Workspace workspace() {
    return Workspace.allocate(new Lender(tensor.segment()), tensor.byteSize());
  }

  /** An arena of a caller's own making, which gives the same memory whatever is asked. */
  record Lender(MemorySegment segment) implements Arena {
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
      return segment;
    }

    @Override
    public MemorySegment.Scope scope() {
      return segment.scope();
    }

    @Override
    public void close() {}
  }

  void assertCanariesAlive(String what) {
    long end = around.byteSize();
    for (long i = 0; i < GUARD_BYTES; i++) {
      if (around.get(ValueLayout.JAVA_BYTE, i) != CANARY) {
        fail(what + ": written before it");
      }
      if (around.get(ValueLayout.JAVA_BYTE, end - 1 - i) != CANARY) {
        fail(what + ": written behind it");
      }
    }
  }
}
