package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @ParameterizedTest
  @EnumSource
  void allocatesZerosAlignedToSixtyFourBytes(DType dtype) {
    Tensor tensor = Tensor.allocate(arena, dtype, 2, 3, 5);
    assertEquals(30, tensor.elementCount());
    assertEquals(30 * dtype.byteSize(), tensor.byteSize());
    assertEquals(tensor.byteSize(), tensor.segment().byteSize());
    assertEquals(0, tensor.segment().address() % 64);
    assertEquals(3, tensor.rank());
    assertArrayEquals(new double[30], tensor.toDoubleArray());
  }

  @Test
  void holdsScalars() {
    Tensor tensor = Tensor.copyOf(arena, new double[] {2.5});
    assertEquals(0, tensor.rank());
    assertEquals(1, tensor.elementCount());
    assertEquals(2.5, tensor.get(0));
    assertEquals("F64[]", tensor.toString());
  }

  @Test
  void holdsNothing() {
    Tensor tensor = Tensor.allocate(arena, DType.F32, 3, 0);
    assertEquals(0, tensor.elementCount());
    assertEquals(0, tensor.toFloatArray().length);
    assertEquals(0, tensor.reshape(0, Long.MAX_VALUE).elementCount());
    assertEquals(0, Tensor.of(MemorySegment.NULL, DType.F64, 0).byteSize());
  }

  @Test
  void copiesInAndOut() {
    double[] doubles = {1, -0.0, Double.NaN, Double.MIN_VALUE, 1e300, 0.1};
    Tensor wide = Tensor.copyOf(arena, doubles, 2, 3);
    assertEquals("F64[2, 3]", wide.toString());
    assertArrayEquals(doubles, wide.toDoubleArray());
    assertArrayEquals(
        new float[] {1, -0.0f, Float.NaN, 0, Float.POSITIVE_INFINITY, 0.1f}, wide.toFloatArray());

    float[] floats = {1, -0.0f, Float.NaN, 0.1f};
    Tensor narrow = Tensor.copyOf(arena, floats, 4);
    assertArrayEquals(floats, narrow.toFloatArray());
    assertArrayEquals(new double[] {1, -0.0, Double.NaN, 0.1f}, narrow.toDoubleArray());
  }

  @Test
  void copyOfCountsTheValues() {
    requireMessage(
        "values: has 3 elements, shape [2, 2] takes 4",
        () -> Tensor.copyOf(arena, new double[3], 2, 2));
    requireMessage(
        "values: has 2 elements, shape [] takes 1", () -> Tensor.copyOf(arena, new float[2]));
  }

  @Test
  void setConvertsAsCastDoes() {
    Tensor floats = Tensor.allocate(arena, DType.F32, 1);
    floats.set(0, 0.1);
    assertEquals(0.1f, floats.get(0));
    Tensor longs = Tensor.allocate(arena, DType.I64, 2).fill(-1.9);
    assertArrayEquals(new double[] {-1, -1}, longs.toDoubleArray());
    longs.set(1, 1e30);
    assertEquals(Long.MAX_VALUE, longs.segment().getAtIndex(ValueLayout.JAVA_LONG, 1));
  }

  @ParameterizedTest
  @EnumSource
  void fillSetsEveryElementAndReturnsTheTensor(DType dtype) {
    Tensor tensor = Tensor.allocate(arena, dtype, 17);
    assertSame(tensor, tensor.fill(3));
    for (double value : tensor.toDoubleArray()) {
      assertEquals(3, value);
    }
  }

  @Test
  void checksIndices() {
    Tensor tensor = Tensor.allocate(arena, DType.F64, 2, 3);
    assertEquals(3, tensor.size(1));
    for (long index : new long[] {-1, 6, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 61}) {
      assertThrows(IndexOutOfBoundsException.class, () -> tensor.get(index));
      assertThrows(IndexOutOfBoundsException.class, () -> tensor.set(index, 1));
    }
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.size(2));
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.size(-1));
  }

  @Test
  void keepsItsShapeToItself() {
    long[] shape = {2, 3};
    Tensor tensor = Tensor.allocate(arena, DType.F64, shape);
    Tensor view = tensor.reshape(shape);
    shape[0] = 100;
    tensor.shape()[0] = 100;
    assertArrayEquals(new long[] {2, 3}, tensor.shape());
    assertArrayEquals(new long[] {2, 3}, view.shape());
  }

  @Test
  void reshapeSharesTheMemory() {
    Tensor tensor = Tensor.allocate(arena, DType.F64, 2, 3);
    Tensor view = tensor.reshape(3, 1, 2);
    view.set(5, 7);
    assertEquals(7, tensor.get(5));
    assertSame(tensor.segment(), view.segment());
    assertEquals("F64[3, 1, 2]", view.toString());
  }

  @Test
  void reshapeKeepsTheElementCount() {
    Tensor tensor = Tensor.allocate(arena, DType.F64, 2, 3);
    requireMessage("reshape: shape [4] has 4 elements, the tensor has 6", () -> tensor.reshape(4));
    requireMessage("reshape: shape [-2, -3] has a negative size", () -> tensor.reshape(-2, -3));
    // 2^62 · 4 + 6 wraps to 6.
    requireMessage(
        "reshape: shape [4611686018427387904, 6] has more than 2^63 - 1 elements",
        () -> tensor.reshape(1L << 62, 6));
  }

  @Test
  void viewsNativeMemory() {
    MemorySegment segment = arena.allocate(ValueLayout.JAVA_DOUBLE, 4);
    Tensor tensor = Tensor.of(segment, DType.F64, 2, 2);
    tensor.set(3, 9);
    assertEquals(9, segment.getAtIndex(ValueLayout.JAVA_DOUBLE, 3));
  }

  @Test
  void readOnlyMemoryIsAnInput() {
    MemorySegment segment = arena.allocate(ValueLayout.JAVA_DOUBLE, 4).asReadOnly();
    Tensor tensor = Tensor.of(segment, DType.F64, 4);
    assertEquals(0, tensor.get(3));
    assertThrows(IllegalArgumentException.class, () -> tensor.set(0, 1));
  }

  @Test
  void viewsArrays() {
    double[] doubles = {1, 2, 3, 4};
    Tensor tensor = Tensor.of(doubles, 2, 2);
    assertEquals("F64[2, 2]", tensor.toString());
    assertTrue(tensor.isOnHeap());
    doubles[2] = 30;
    assertEquals(30, tensor.get(2));
    tensor.set(3, 40);
    assertEquals(40, doubles[3]);
    assertArrayEquals(doubles, tensor.toDoubleArray());
    assertSame(doubles, tensor.segment().heapBase().orElseThrow());

    float[] floats = {1, 2};
    Tensor.of(floats, 2).fill(0.1);
    assertArrayEquals(new float[] {0.1f, 0.1f}, floats);
    long[] longs = {1, 2};
    assertEquals("I64[1, 2]", Tensor.of(longs, 1, 2).fill(7).toString());
    assertArrayEquals(new long[] {7, 7}, longs);
    assertEquals(0, Tensor.of(new double[0], 3, 0).elementCount());
    assertFalse(Tensor.allocate(arena, DType.F64, 2).isOnHeap());
  }

  @Test
  void viewsMemoryOnTheHeap() {
    double[] doubles = {1, 2, 3, 4};
    MemorySegment middle = MemorySegment.ofArray(doubles).asSlice(8, 16);
    Tensor.of(middle, DType.F64, 2).fill(0);
    assertArrayEquals(new double[] {1, 0, 0, 4}, doubles);
    assertEquals(4, Tensor.of(middle, DType.F32, 4).elementCount());
    assertEquals(2, Tensor.of(middle, DType.I64, 2).elementCount());
    assertEquals(0, Tensor.of(MemorySegment.ofArray(new double[0]), DType.F64, 0).byteSize());
  }

  @Test
  void allocatesNoHeapMemory() {
    requireMessage(
        "segment: is on the heap, must be native memory (allocate it from an Arena)",
        () ->
            Tensor.allocate(
                new Guarded.Lender(MemorySegment.ofArray(new double[4])), DType.F64, 4));
  }

  @Test
  void refusesMemoryOfAnotherSize() {
    MemorySegment segment = arena.allocate(32, 8);
    for (long size : new long[] {0, 3, 5}) {
      requireMessage(
          "segment: is 32 bytes, shape [" + size + "] in F64 takes " + 8 * size,
          () -> Tensor.of(segment, DType.F64, size));
    }
  }

  @Test
  void refusesMisalignedMemory() {
    MemorySegment segment = arena.allocate(64, 64);
    String address = Long.toHexString(segment.address() + 4);
    requireMessage(
        "segment: address 0x" + address + " must be a multiple of the element size 8",
        () -> Tensor.of(segment.asSlice(4, 8), DType.F64, 1));
    assertEquals(1, Tensor.of(segment.asSlice(4, 8), DType.F32, 2).fill(1).get(1));
    assertThrows(
        IllegalArgumentException.class, () -> Tensor.of(segment.asSlice(2, 8), DType.F32, 2));
  }

  @Test
  void closedArenasAreIllegalState() {
    Arena closed = Arena.ofConfined();
    Tensor tensor = Tensor.allocate(closed, DType.F64, 2);
    closed.close();
    assertThrows(IllegalStateException.class, () -> tensor.get(0));
    assertThrows(IllegalStateException.class, () -> tensor.set(0, 1));
    assertThrows(IllegalStateException.class, () -> tensor.fill(1));
    assertThrows(IllegalStateException.class, tensor::toDoubleArray);
    assertThrows(IllegalStateException.class, () -> Tensor.allocate(closed, DType.F64, 2));
    assertEquals("F64[2]", tensor.toString());
  }

  @Test
  void confinedArenasKeepOtherThreadsOut() throws InterruptedException {
    Tensor tensor = Tensor.allocate(arena, DType.F64, 2);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        new Thread(() -> thrown.set(assertThrows(WrongThreadException.class, () -> tensor.get(0))));
    thread.start();
    thread.join();
    assertTrue(thrown.get() instanceof WrongThreadException);
  }

  @Test
  void refusesNegativeSizes() {
    requireMessage(
        "tensor: shape [2, -1] has a negative size",
        () -> Tensor.allocate(arena, DType.F64, 2, -1));
    requireMessage(
        "tensor: shape [0, -1] has a negative size",
        () -> Tensor.of(MemorySegment.NULL, DType.F64, 0, -1));
  }

  @Test
  void refusesShapesBeyondLong() {
    requireMessage(
        "tensor: shape [9223372036854775807, 2] has more than 2^63 - 1 elements",
        () -> Tensor.allocate(arena, DType.F64, Long.MAX_VALUE, 2));
    requireMessage(
        "tensor: shape [1152921504606846976] in F64 has more than 2^63 - 1 bytes",
        () -> Tensor.allocate(arena, DType.F64, 1L << 60));
  }

  @Test
  void elementCountIsExactUpToLong() {
    assertEquals(1, Shapes.elementCount("x"));
    assertEquals(1L << 62, Shapes.elementCount("x", 1L << 31, 1L << 31));
    // 2^63 - 1 = 7² · 73 · 127 · 337 · 92737 · 649657.
    assertEquals(Long.MAX_VALUE, Shapes.elementCount("x", 7, 7, 73, 127, 337, 92_737, 649_657));
    assertEquals(Long.MAX_VALUE, Shapes.elementCount("x", 1, Long.MAX_VALUE, 1));
  }

  @Test
  void elementCountRefusesWhatWraps() {
    long[][] shapes = {
      {1L << 32, 1L << 31}, // 2^63, negative
      {1L << 32, 1L << 32}, // 2^64, zero
      {1L << 32, 1L << 32, 3}, // zero on the way
      {(1L << 32) + 1, (1L << 32) + 1}, // wraps to 2^33 + 1
      {3_037_000_500L, 3_037_000_500L}, // just above 2^63
      {Long.MAX_VALUE, Long.MAX_VALUE},
    };
    for (long[] shape : shapes) {
      assertThrows(IllegalArgumentException.class, () -> Shapes.elementCount("x", shape));
    }
  }

  @Test
  void elementCountIsZeroWhereAnySizeIs() {
    assertEquals(0, Shapes.elementCount("x", Long.MAX_VALUE, Long.MAX_VALUE, 0));
    assertEquals(0, Shapes.elementCount("x", 0, Long.MAX_VALUE, Long.MAX_VALUE));
  }

  @ParameterizedTest
  @EnumSource
  void byteSizeIsExactUpToLong(DType dtype) {
    long most = Long.MAX_VALUE / dtype.byteSize();
    assertEquals(most * dtype.byteSize(), Shapes.byteSize("x", dtype, most));
    assertThrows(IllegalArgumentException.class, () -> Shapes.byteSize("x", dtype, most + 1));
  }

  @Test
  void typesKnowTheirLayout() {
    assertEquals(8, DType.F64.byteSize());
    assertEquals(4, DType.F32.byteSize());
    assertEquals(8, DType.I64.byteSize());
    assertTrue(DType.F64.isFloatingPoint());
    assertTrue(DType.F32.isFloatingPoint());
    assertFalse(DType.I64.isFloatingPoint());
    assertEquals(ValueLayout.JAVA_DOUBLE, DType.F64.layout());
    assertEquals(ValueLayout.JAVA_FLOAT, DType.F32.layout());
    assertEquals(ValueLayout.JAVA_LONG, DType.I64.layout());
  }

  private static void requireMessage(String message, Executable executable) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, executable).getMessage());
  }
}
