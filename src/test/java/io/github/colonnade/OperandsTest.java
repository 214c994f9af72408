package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.memory.Mapped;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose memory operands share, and with whom. */
class OperandsTest {
  private final Arena arena = Arena.ofConfined();
  private final Tensor tensor = Tensor.allocate(arena, DType.F64, 6);

  @AfterEach
  void closeArena() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  /** The elements of {@link #tensor} from one to before another. */
  private Tensor part(long first, long end) {
    MemorySegment segment = tensor.segment();
    return Tensor.of(segment.asSlice(8 * first, 8 * (end - first)), DType.F64, end - first);
  }

  @Test
  void operandsOverlapByABytesWorth() {
    assertEquals("y: overlaps x, must not", overlap(part(0, 3), part(2, 6)));
    assertEquals("y: overlaps x, must not", overlap(tensor, tensor));
    assertDisjoint(part(0, 3), part(3, 6));
    assertDisjoint(tensor, null);
    // Nothing lies in the midst of something.
    assertDisjoint(part(3, 3), tensor);
    assertDisjoint(tensor, part(3, 3));
  }

  private static String overlap(Tensor written, Tensor other) {
    return assertThrows(
            IllegalArgumentException.class,
            () -> Operands.requireDisjoint("y", written, "x", other))
        .getMessage();
  }

  private static void assertDisjoint(Tensor written, Tensor other) {
    assertDoesNotThrow(() -> Operands.requireDisjoint("y", written, "x", other));
  }

  @Test
  void theSameMemoryIsAllOfBoth() {
    assertTrue(Operands.sameMemory(tensor, part(0, 6)));
    assertTrue(Operands.sameMemory(part(3, 3), part(3, 3)));
    assertFalse(Operands.sameMemory(tensor, part(0, 5)));
    assertFalse(Operands.sameMemory(part(0, 3), part(3, 6)));
    assertDoesNotThrow(() -> Operands.requireDisjointOrSame("y", tensor, "x", part(0, 6)));
    assertThrows(
        IllegalArgumentException.class,
        () -> Operands.requireDisjointOrSame("y", part(0, 3), "x", part(1, 4)));
    // Addresses of different arrays are the same.
    double[] array = new double[3];
    Tensor onHeap = Tensor.of(MemorySegment.ofArray(array), DType.F64, 3);
    assertTrue(Operands.sameMemory(onHeap, Tensor.of(MemorySegment.ofArray(array), DType.F64, 3)));
    assertFalse(
        Operands.sameMemory(onHeap, Tensor.of(MemorySegment.ofArray(array.clone()), DType.F64, 3)));
  }

  @Test
  void whatIsReadIsAliveAndWhatIsWrittenWritable() {
    Tensor constant = Tensor.of(tensor.segment().asReadOnly(), DType.F64, 6);
    assertEquals(
        "y: is read-only, must be writable",
        assertThrows(IllegalArgumentException.class, () -> Operands.requireWritable("y", constant))
            .getMessage());
    assertDoesNotThrow(() -> Operands.requireWritable("y", tensor));
    Tensor like = Tensor.allocate(Arena.ofAuto(), DType.F64, 6);
    assertDoesNotThrow(() -> Operands.requireInput("x", tensor, like));
    arena.close();
    assertEquals(
        "x: its arena is closed",
        assertThrows(IllegalStateException.class, () -> Operands.requireInput("x", tensor, like))
            .getMessage());
    assertEquals(
        "y: its arena is closed",
        assertThrows(IllegalStateException.class, () -> Operands.requireWritable("y", tensor))
            .getMessage());
  }

  @Test
  void viewsForOtherThreadsAreOfTheSameMemory(@TempDir Path folder) throws IOException {
    MemorySegment plain = tensor.segment();
    assertView(plain, Operands.shareable(plain));
    assertView(plain.asReadOnly(), Operands.shareable(plain.asReadOnly()));
    Path file = folder.resolve("x.npy");
    Npy.write(file, tensor);
    MemorySegment mapped = Npy.map(file, arena).segment();
    assertView(mapped, Operands.shareable(mapped));
    try (Arena shared = Arena.ofShared()) {
      MemorySegment already = shared.allocate(8);
      assertSame(already, Operands.shareable(already));
    }
  }

  private static void assertView(MemorySegment confined, MemorySegment view) {
    assertTrue(view.isAccessibleBy(new Thread(() -> {})));
    assertEquals(confined.address(), view.address());
    assertEquals(confined.byteSize(), view.byteSize());
    assertEquals(confined.isReadOnly(), view.isReadOnly());
    assertEquals(Mapped.is(confined), Mapped.is(view));
  }

  @Test
  void bytesAreCountedUpToTheLastThatALongCounts() {
    long most = Long.MAX_VALUE / 8;
    assertEquals(most * 8, Shapes.byteSize("x", DType.F64, most));
    assertEquals(
        "x: shape [1152921504606846976] in F64 has more than 2^63 - 1 bytes",
        assertThrows(
                IllegalArgumentException.class, () -> Shapes.byteSize("x", DType.F64, most + 1))
            .getMessage());
  }
}
