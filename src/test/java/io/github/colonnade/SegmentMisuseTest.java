package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.OperatorCall.Operand;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is wrong with the memory of any operand of any operator: the right exception, which
 * names the operand, and no byte written. Arrays on the heap, which are right, are {@link
 * HeapOperandsTest}'s; memory that goes away during the call is {@link ArenaLifetimeTest}'s. Memory
 * that is misaligned or too short never becomes a tensor: {@link MisuseTest}.
 */
class SegmentMisuseTest {
  private static final List<DType> TYPES = List.of(DType.F64, DType.F32);

  private static final int MOST_BYTES = 48_000;

  /** Bytes that two operands share, of which one is written. */
  private static final int SHARED_BYTES = 8;

  /** What is wrong, and what that gives. */
  enum Mistake {
    CLOSED_CONFINED(IllegalStateException.class, ": its arena is closed"),
    CLOSED_SHARED(IllegalStateException.class, ": its arena is closed"),
    OF_ANOTHER_THREAD(WrongThreadException.class, ": its arena is confined to another thread"),
    READ_ONLY(IllegalArgumentException.class, ": is read-only, must be writable"),
    /** The one that is told may be another, which is measured by this one. */
    TOO_SHORT(IllegalArgumentException.class, ""),
    EMPTY(IllegalArgumentException.class, ""),
    NULL(NullPointerException.class, "");

    private final Class<? extends Throwable> type;
    private final String says;

    Mistake(Class<? extends Throwable> type, String says) {
      this.type = type;
      this.says = says;
    }

    /** Returns what takes an operand's place. */
    Tensor of(Tensor right, MemorySegment ofAnotherThread) {
      return switch (this) {
        case CLOSED_CONFINED -> MisuseTest.closed(right, /* shared= */ false);
        case CLOSED_SHARED -> MisuseTest.closed(right, /* shared= */ true);
        case OF_ANOTHER_THREAD -> view(ofAnotherThread.asSlice(0, right.byteSize()), right);
        case READ_ONLY -> view(right.segment().asReadOnly(), right);
        case TOO_SHORT -> lastSize(right, right.shape()[right.rank() - 1] - 1);
        case EMPTY -> lastSize(right, 0);
        case NULL -> null;
      };
    }

    private static Tensor lastSize(Tensor right, long size) {
      long[] shape = right.shape();
      shape[shape.length - 1] = size;
      long bytes = Shapes.byteSize("operand", right.dtype(), shape);
      return Tensor.of(right.segment().asSlice(0, bytes), right.dtype(), shape);
    }

    boolean isMistake(OperatorCall call, Operand operand) {
      return switch (this) {
        case READ_ONLY -> operand.written();
        // Nothing measures the only operand, nor one whose results are made or of any size.
        case TOO_SHORT ->
            isMeasured(call)
                && !call.name().startsWith("Adaptive")
                && !List.of("kernel", "logits").contains(operand.name());
        case EMPTY -> isMeasured(call);
        case NULL -> !operand.name().equals("bias");
        default -> true;
      };
    }

    private static boolean isMeasured(OperatorCall call) {
      return call.operands().size() > 1 && !call.name().contains(" in one line");
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyOperandOfEveryOperator(Mistake mistake) throws InterruptedException {
    AtomicReference<MemorySegment> foreign = new AtomicReference<>();
    MisuseTest.onAnotherThread(
        arena -> foreign.set(arena.allocate(MOST_BYTES, 64)),
        () -> {
          for (DType dtype : TYPES) {
            try (Arena arena = Arena.ofShared()) {
              for (OperatorCall call : OperatorCalls.all(arena, dtype)) {
                for (int at = 0; at < call.operands().size(); at++) {
                  if (mistake.isMistake(call, call.operands().get(at))) {
                    check(mistake, call, at, arena, foreign.get());
                  }
                }
              }
            }
          }
        });
  }

  private static void check(
      Mistake mistake, OperatorCall call, int at, Arena arena, MemorySegment foreign) {
    Tensor[] operands = operands(call, arena);
    Operand operand = call.operands().get(at);
    operands[at] = mistake.of(operands[at], foreign);
    List<byte[]> before = bytes(operands, at);

    Throwable thrown = assertThrows(Throwable.class, () -> call.run().on(operands), call.name());

    String what = call.name() + ", " + operand.name() + ": " + thrown;
    assertEquals(mistake.type, thrown.getClass(), what);
    boolean named =
        mistake.says.isEmpty()
            ? call.operands().stream().anyMatch(any -> thrown.getMessage().contains(any.name()))
            : thrown.getMessage().startsWith(operand.name() + mistake.says);
    assertTrue(named, what);
    List<byte[]> after = bytes(operands, at);
    for (int i = 0; i < after.size(); i++) {
      assertArrayEquals(before.get(i), after.get(i), what);
    }
  }

  /** Makes operands that are right; the outputs hold what no operator would write. */
  private static Tensor[] operands(OperatorCall call, Arena arena) {
    return call.operands().stream()
        .map(
            operand ->
                Tensor.allocate(arena, operand.dtype(), operand.shape())
                    .fill(operand.written() ? -123 : 0))
        .toArray(Tensor[]::new);
  }

  /** Returns what lies in all operands but one. */
  private static List<byte[]> bytes(Tensor[] operands, int but) {
    return IntStream.range(0, operands.length)
        .filter(i -> i != but)
        .mapToObj(i -> operands[i].segment().toArray(ValueLayout.JAVA_BYTE))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void outputsThatOverlap(boolean onHeap) {
    for (DType dtype : TYPES) {
      try (Arena arena = Arena.ofShared()) {
        MemorySegment memory =
            onHeap
                ? MemorySegment.ofArray(new long[MOST_BYTES / Long.BYTES])
                : arena.allocate(MOST_BYTES, 64);
        // Of right indices, and of what no operator would write.
        for (long at = 0; at < MOST_BYTES / Long.BYTES; at++) {
          memory.setAtIndex(ValueLayout.JAVA_LONG, at, 1);
        }
        OperatorCalls.writing(arena, dtype).forEach(call -> refusesOverlaps(call, memory));
      }
    }
  }

  private static void refusesOverlaps(OperatorCall call, MemorySegment memory) {
    List<Operand> wanted = call.operands();
    for (int i = 0; i < wanted.size(); i++) {
      for (int j = 0; j < wanted.size(); j++) {
        if (i != j && wanted.get(j).written() && !isSnapshot(call, wanted.get(i))) {
          // The later one is named first, where both are written.
          Operand first = wanted.get(wanted.get(i).written() ? Math.max(i, j) : j);
          Operand second = wanted.get(wanted.get(i).written() ? Math.min(i, j) : i);
          try (Arena arena = Arena.ofConfined()) {
            Tensor[] operands = operands(call, arena);
            overlap(operands, i, j, memory);
            MemorySegment before = MemorySegment.ofArray(memory.toArray(ValueLayout.JAVA_BYTE));
            IllegalArgumentException thrown =
                assertThrows(
                    IllegalArgumentException.class, () -> call.run().on(operands), call.name());
            assertEquals(
                first.name() + ": overlaps " + second.name() + ", must not",
                thrown.getMessage(),
                call.name());
            assertEquals(-1, before.mismatch(memory), call.name());
          }
        }
      }
    }
  }

  /** Returns whether a call copies an operand before it writes. */
  private static boolean isSnapshot(OperatorCall call, Operand operand) {
    return call.covers().contains("ConvPlan.prepare/1") && operand.name().equals("weight");
  }

  /** Puts two operands into memory, some of which they share. */
  private static void overlap(Tensor[] operands, int i, int j, MemorySegment memory) {
    Tensor first = operands[i];
    Tensor second = operands[j];
    long at = Math.ceilDiv(first.byteSize(), SHARED_BYTES) * SHARED_BYTES - SHARED_BYTES;
    operands[i] = view(memory.asSlice(0, first.byteSize()), first);
    operands[j] = view(memory.asSlice(at, second.byteSize()), second);
  }

  private static Tensor view(MemorySegment segment, Tensor like) {
    return Tensor.of(segment, like.dtype(), like.shape());
  }
}
