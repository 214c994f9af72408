package io.github.colonnade;

import io.github.colonnade.OperatorCall.Operand;
import io.github.colonnade.internal.memory.Famine;
import io.github.colonnade.internal.memory.Kept;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What {@link StarvedTest} runs in JVMs of its own: every operator while there is little memory or
 * none. A call throws what the JVM or the caller's arena throws, or computes what is right; and
 * once there is memory again, so it does.
 */
final class Starved {
  /** What calls find, one after the other, of a heap that is full otherwise. */
  private static final int[] SPARE_BYTES = {64, 1 << 10, 4 << 10, 32 << 10};

  /** More than any of them takes. */
  private static final int ROOM_FOR_CALLS = 8 << 20;

  /** What the heap is full of. */
  private final byte[][] blocks = new byte[1 << 16][];

  private int filled;
  private final FaultyArena arena = new FaultyArena();
  private final List<Call> calls = new ArrayList<>();
  private int failed;
  private int computed;

  private Starved() {}

  /** An operator's call, its operands in native memory, and what they must be after it. */
  private static final class Call {
    private final OperatorCall call;
    private final Tensor[] operands;
    private final Tensor[] expected;

    Call(OperatorCall call, Tensor[] operands, Tensor[] expected) {
      this.call = call;
      this.operands = operands;
      this.expected = expected;
    }

    static Call of(OperatorCall call, SplittableRandom random) {
      List<Operand> wanted = call.operands();
      Tensor[] operands = new Tensor[wanted.size()];
      Tensor[] expected = new Tensor[wanted.size()];
      for (int i = 0; i < operands.length; i++) {
        Operand operand = wanted.get(i);
        operands[i] = Tensor.allocate(Arena.global(), operand.dtype(), operand.shape());
        expected[i] = Tensor.allocate(Arena.global(), operand.dtype(), operand.shape());
        if (!operand.written()) {
          FuzzCall.fill(random, FuzzValues.UNIFORM, operand, operands[i]);
        }
      }
      call.run().on(operands);
      for (int i = 0; i < operands.length; i++) {
        expected[i].segment().copyFrom(operands[i].segment());
      }
      return new Call(call, operands, expected);
    }

    /** Makes the call again and compares. */
    void run() {
      for (int i = 0; i < operands.length; i++) {
        if (call.operands().get(i).written()) {
          operands[i].segment().fill((byte) -1);
        }
      }
      call.run().on(operands);
      for (int i = 0; i < operands.length; i++) {
        if (operands[i].segment().mismatch(expected[i].segment()) >= 0) {
          throw new AssertionError(call.name() + ": operand " + i + " is not as it must be");
        }
      }
    }
  }

  /**
   * Runs one kind of famine.
   *
   * @param arguments {@code arena}, {@code native}, or {@code heap} and how many calls to go on by:
   *     each has the collector look for memory over and over
   */
  public static void main(String[] arguments) {
    int step = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
    System.out.println(new Starved().run(arguments[0], step));
  }

  private String run(String memory, int step) {
    SplittableRandom random = new SplittableRandom(1);
    for (DType dtype : List.of(DType.F64, DType.F32)) {
      for (OperatorCall call : OperatorCalls.all(arena, dtype)) {
        calls.add(Call.of(call, random));
      }
    }
    switch (memory) {
      case "arena" -> calls.forEach(this::withoutArena);
      case "heap" -> withoutHeap(step);
      default -> calls.forEach(this::withoutPages);
    }
    return calls.size()
        + " calls, "
        + failed
        + " times without memory, "
        + computed
        + " times computed all the same, and right afterwards";
  }

  private void recover(Call call) {
    arena.allow(Integer.MAX_VALUE);
    call.run();
  }

  private void withoutArena(Call call) {
    boolean enough = false;
    for (int allocations = 0; !enough; allocations++) {
      arena.allow(allocations);
      try {
        call.run();
        enough = true;
        computed++;
      } catch (FaultyArena.Empty told) {
        failed++;
      }
      recover(call);
    }
  }

  private void withoutPages(Call call) {
    recover(call);
    Kept.drop();
    try (Famine _ = new Famine()) {
      call.run();
      computed++;
    } catch (OutOfMemoryError told) {
      if (!told.getMessage().matches("(cannot|Cannot|Unable to) (allocate|reserve|create) .*")) {
        throw told;
      }
      failed++;
    }
    recover(call);
  }

  // The Java heap.

  private void withoutHeap(int step) {
    int roomForCalls = filled;
    blocks[filled++] = new byte[ROOM_FOR_CALLS];
    fill(1 << 20);
    fill(1 << 16);
    blocks[roomForCalls] = null;
    for (int i = 0; i < calls.size(); i += step) {
      recover(calls.get(i));
      Kept.drop();
      starve(calls.get(i), SPARE_BYTES[i % SPARE_BYTES.length]);
      recover(calls.get(i));
    }
  }

  /** Makes a call that finds so many bytes, and hardly more. */
  private void starve(Call call, int spare) {
    int before = filled;
    blocks[filled++] = new byte[spare];
    fill(1 << 16);
    fill(1 << 10);
    fill(16);
    blocks[before] = null;
    try {
      call.run();
      computed++;
    } catch (OutOfMemoryError told) {
      failed++;
    }
    while (filled > before) {
      filled--;
      blocks[filled] = null;
    }
  }

  /** Fills the heap with blocks of so many bytes, until there is no room for another. */
  private void fill(int bytes) {
    try {
      while (filled < blocks.length) {
        blocks[filled] = new byte[bytes];
        filled++;
      }
    } catch (OutOfMemoryError full) {
      // As intended.
    }
  }
}
