package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Elements copied and converted: from tensor to tensor, from arrays and to arrays. */
class TensorCopyTest {
  /** What no conversion leaves alone, over and over: more than is converted at once. */
  private static final int COUNT = 2500;

  private static final double[] AWKWARD = {
    0, -0.0, 0.1, -1.9, 1e300, -1e300, Double.NaN, Double.POSITIVE_INFINITY, 1L << 53, 16_777_217
  };

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  private static void argument(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  private static Stream<DType[]> pairs() {
    return Stream.of(DType.values())
        .flatMap(from -> Stream.of(DType.values()).map(to -> new DType[] {from, to}));
  }

  private Tensor awkward(DType dtype, boolean onHeap) {
    Tensor tensor =
        onHeap
            ? switch (dtype) {
              case F64 -> Tensor.of(new double[COUNT], COUNT);
              case F32 -> Tensor.of(new float[COUNT], COUNT);
              case I64 -> Tensor.of(new long[COUNT], COUNT);
            }
            : Tensor.allocate(arena, dtype, COUNT);
    for (int i = 0; i < COUNT; i++) {
      tensor.set(i, AWKWARD[i % AWKWARD.length]);
    }
    return tensor;
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void copyFromConvertsAsSetDoes(DType from, DType to) {
    for (boolean sourceOnHeap : new boolean[] {false, true}) {
      for (boolean onHeap : new boolean[] {false, true}) {
        Tensor source = awkward(from, sourceOnHeap);
        Tensor target = awkward(to, onHeap).fill(8);
        assertSame(target, target.copyFrom(source));
        Tensor expected = Tensor.allocate(arena, to, COUNT);
        for (int i = 0; i < COUNT; i++) {
          expected.set(i, source.get(i));
        }
        assertEquals(-1, expected.segment().mismatch(target.segment()));
      }
    }
  }

  @Test
  void longsAreRoundedOnce() {
    // By way of a double this would be rounded twice, to 2^60.
    long value = (1L << 60) + (1L << 36) + 1;
    assertEquals((1L << 60) + (1L << 37), (long) (float) value);
    assertEquals(1L << 60, (long) (float) (double) value);
    Tensor longs = Tensor.of(new long[] {value}, 1);
    assertArrayEquals(new float[] {value}, longs.toFloatArray());
    assertArrayEquals(new long[] {value}, longs.toLongArray());
  }

  @ParameterizedTest
  @EnumSource
  void copiesArraysOfAnyTypeIntoAnyType(DType dtype) {
    double[] doubles = {-1.5, 2, 1e10};
    float[] floats = {-1.5f, 2, 1e10f};
    long[] longs = {-1, 2, 10_000_000_000L};
    double[] expected = {dtype == DType.I64 ? -1 : -1.5, 2, 1e10};
    double[] whole = {-1, 2, 1e10};
    assertArrayEquals(expected, Tensor.copyOf(arena, dtype, doubles, 3).toDoubleArray());
    assertArrayEquals(expected, Tensor.copyOf(arena, dtype, floats, 1, 3).toDoubleArray());
    assertArrayEquals(whole, Tensor.copyOf(arena, dtype, longs, 3, 1).toDoubleArray());
    Tensor tensor = Tensor.allocate(arena, dtype, 3);
    assertArrayEquals(expected, tensor.copyFrom(doubles).toDoubleArray());
    assertArrayEquals(expected, tensor.fill(0).copyFrom(floats).toDoubleArray());
    assertArrayEquals(whole, tensor.fill(0).copyFrom(longs).toDoubleArray());
    assertEquals(dtype, tensor.dtype());
    assertEquals("I64[3]", Tensor.copyOf(arena, longs, 3).toString());
  }

  @Test
  void copiesOfArraysAreNativeAndIndependent() {
    double[] doubles = {1, 2};
    Tensor tensor = Tensor.copyOf(arena, DType.F64, doubles, 2);
    doubles[0] = 5;
    assertEquals(1, tensor.get(0));
    assertEquals(false, tensor.isOnHeap());
  }

  @Test
  void overlappingMemoryOfOneTypeIsCopiedAsItWas() {
    Tensor tensor = Tensor.copyOf(arena, new double[] {1, 2, 3, 4}, 4);
    tensor.slice(1, 4).copyFrom(tensor.slice(0, 3));
    assertArrayEquals(new double[] {1, 1, 2, 3}, tensor.toDoubleArray());
    tensor.slice(0, 3).copyFrom(tensor.slice(1, 4));
    assertArrayEquals(new double[] {1, 2, 3, 3}, tensor.toDoubleArray());
    assertArrayEquals(tensor.toDoubleArray(), tensor.copyFrom(tensor).toDoubleArray());
  }

  @Test
  void overlappingMemoryOfTwoTypesIsRefused() {
    MemorySegment memory = arena.allocate(32, 8);
    Tensor doubles = Tensor.of(memory.asSlice(0, 16), DType.F64, 2);
    Tensor floats = Tensor.of(memory.asSlice(12, 8), DType.F32, 2);
    argument("tensor: overlaps source, must not", () -> doubles.copyFrom(floats));
    argument("tensor: overlaps source, must not", () -> floats.copyFrom(doubles));
    long[] longs = {7, 8};
    Tensor view = Tensor.of(MemorySegment.ofArray(longs), DType.F64, 2);
    argument("tensor: overlaps values, must not", () -> view.copyFrom(longs));
    assertArrayEquals(new long[] {7, 8}, longs);
  }

  @Test
  void shapesAndCountsMustBeTheTensors() {
    Tensor tensor = Tensor.allocate(arena, DType.F64, 2, 3);
    argument(
        "source: shape is [3, 2], must be [2, 3]",
        () -> tensor.copyFrom(Tensor.allocate(arena, DType.F64, 3, 2)));
    argument("values: has 5 elements, shape [2, 3] takes 6", () -> tensor.copyFrom(new double[5]));
    argument("values: has 7 elements, shape [2, 3] takes 6", () -> tensor.copyFrom(new float[7]));
    argument("values: has 0 elements, shape [2, 3] takes 6", () -> tensor.copyFrom(new long[0]));
    argument(
        "values: has 1 elements, shape [2] takes 2",
        () -> Tensor.copyOf(arena, DType.F32, new double[1], 2));
    assertThrows(NullPointerException.class, () -> tensor.copyFrom((Tensor) null));
    assertThrows(NullPointerException.class, () -> tensor.copyFrom((double[]) null));
  }

  @Test
  void memoryMustBeUsable() {
    Tensor readOnly = Tensor.of(arena.allocate(8, 8).asReadOnly(), DType.F64, 1);
    argument(
        "tensor: is read-only, must be writable",
        () -> readOnly.copyFrom(Tensor.allocate(arena, DType.F32, 1)));
    Tensor closed = MisuseTest.closed(Tensor.allocate(arena, DType.F64, 1), true);
    Tensor open = Tensor.allocate(arena, DType.F64, 1);
    assertEquals(
        "source: its arena is closed",
        assertThrows(IllegalStateException.class, () -> open.copyFrom(closed)).getMessage());
    assertEquals(
        "tensor: its arena is closed",
        assertThrows(IllegalStateException.class, () -> closed.copyFrom(open)).getMessage());
  }

  @Test
  void memoryConfinedToAnotherThreadIsRefused() throws InterruptedException {
    Tensor open = Tensor.allocate(arena, DType.F64, 1);
    MisuseTest.withForeign(
        open,
        foreign ->
            assertEquals(
                true,
                assertThrows(WrongThreadException.class, () -> open.copyFrom(foreign))
                    .getMessage()
                    .startsWith("source: its arena is confined to another thread")));
  }

  @ParameterizedTest
  @EnumSource
  void fillsManyElements(DType dtype) {
    Tensor tensor = Tensor.allocate(arena, dtype, COUNT + 2);
    tensor.slice(1, COUNT + 1).fill(-3);
    double[] values = tensor.toDoubleArray();
    assertEquals(0, values[0]);
    assertEquals(0, values[COUNT + 1]);
    for (int i = 1; i <= COUNT; i++) {
      assertEquals(-3, values[i]);
    }
    Tensor.allocate(arena, dtype, 0).fill(1);
  }
}
