package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Tensors over memory that others hold: slices, buffers, and elements by their index. */
class TensorViewTest {
  private static final ByteOrder FOREIGN =
      ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
          ? ByteOrder.LITTLE_ENDIAN
          : ByteOrder.BIG_ENDIAN;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  private static void argument(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  private static void outOfBounds(String message, Executable call) {
    assertEquals(message, assertThrows(IndexOutOfBoundsException.class, call).getMessage());
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  @Test
  void slicesAreEntriesOfTheFirstDimension() {
    Tensor tensor = Tensor.copyOf(arena, new double[] {0, 1, 2, 3, 4, 5, 6, 7}, 4, 2);
    Tensor middle = tensor.slice(1, 3);
    assertEquals("F64[2, 2]", middle.toString());
    assertArrayEquals(new double[] {2, 3, 4, 5}, middle.toDoubleArray());
    middle.fill(9);
    assertArrayEquals(new double[] {0, 1, 9, 9, 9, 9, 6, 7}, tensor.toDoubleArray());
    assertArrayEquals(new double[] {9, 9}, middle.slice(1, 2).toDoubleArray());
    assertArrayEquals(tensor.toDoubleArray(), tensor.slice(0, 4).toDoubleArray());
    assertEquals("F64[0, 2]", tensor.slice(4, 4).toString());
    assertEquals(0, tensor.slice(2, 2).byteSize());
  }

  @Test
  void slicesOfArraysAreOnTheHeap() {
    float[] floats = {0, 1, 2, 3, 4, 5};
    Tensor slice = Tensor.of(floats, 3, 2).slice(2, 3);
    assertTrue(slice.isOnHeap());
    slice.set(1, 50);
    assertEquals(50, floats[5]);
  }

  @Test
  void slicesOfReadOnlyMemoryAreReadOnly() {
    MemorySegment memory = arena.allocate(32, 8).asReadOnly();
    Tensor slice = Tensor.of(memory, DType.F64, 4).slice(1, 2);
    assertThrows(IllegalArgumentException.class, () -> slice.set(0, 1));
  }

  @Test
  void slicesOfNothingAreNothing() {
    assertEquals("F64[2, 0, 5]", Tensor.allocate(arena, DType.F64, 3, 0, 5).slice(1, 3).toString());
    Tensor none = Tensor.allocate(arena, DType.F64, 0, Long.MAX_VALUE);
    assertEquals(0, none.slice(0, 0).elementCount());
    Tensor thin = Tensor.allocate(arena, DType.F64, Long.MAX_VALUE, 0);
    assertEquals(5, thin.slice(Long.MAX_VALUE - 5, Long.MAX_VALUE).size(0));
  }

  @Test
  void slicesOutOfRangeAreRefused() {
    Tensor tensor = Tensor.allocate(arena, DType.F32, 4, 2);
    long[][] wrong = {
      {-1, 2}, {0, 5}, {3, 2}, {5, 5}, {Long.MIN_VALUE, Long.MAX_VALUE}, {2, Long.MIN_VALUE}
    };
    for (long[] range : wrong) {
      outOfBounds(
          "slice: is from " + range[0] + " to before " + range[1] + ", must be within 0 and 4",
          () -> tensor.slice(range[0], range[1]));
    }
    argument(
        "slice: the tensor has no dimension, must have one",
        () -> Tensor.allocate(arena, DType.F32).slice(0, 1));
  }

  @Test
  void aMiniBatchIsAnOperand() {
    Tensor images = Tensor.allocate(arena, DType.F64, 5, 1, 2, 2);
    for (int i = 0; i < 20; i++) {
      images.set(i, i);
    }
    Tensor pooled = Tensor.allocate(arena, DType.F64, 5, 1, 1, 1);
    MaxPool2d.builder(2, 2).build().forward(images.slice(2, 4), pooled.slice(2, 4));
    assertArrayEquals(new double[] {0, 0, 11, 15, 0}, pooled.toDoubleArray());
  }

  @Test
  void viewsBuffersBetweenPositionAndLimit() {
    ByteBuffer bytes = direct(64);
    DoubleBuffer doubles = bytes.asDoubleBuffer().position(2).limit(6);
    Tensor tensor = Tensor.of(doubles, 2, 2).fill(7);
    assertFalse(tensor.isOnHeap());
    assertEquals("F64[2, 2]", tensor.toString());
    doubles.clear();
    double[] all = new double[8];
    doubles.get(all);
    assertArrayEquals(new double[] {0, 0, 7, 7, 7, 7, 0, 0}, all);

    bytes.position(8).limit(24);
    assertEquals("F32[4]", Tensor.of(bytes, DType.F32, 4).fill(2).toString());
    assertEquals(2, bytes.getFloat(20));
    assertEquals(2, Tensor.of(bytes.asFloatBuffer(), 4).get(3));
    assertEquals(8, bytes.position());
    Tensor.of(bytes.asLongBuffer(), 2).fill(5);
    assertEquals(5, bytes.getLong(16));
    assertEquals("I64[2]", Tensor.of(bytes, DType.I64, 2).toString());
  }

  @Test
  void viewsBuffersOnTheHeap() {
    double[] doubles = {0, 1, 2, 3};
    Tensor tensor = Tensor.of(DoubleBuffer.wrap(doubles, 1, 2), 2).fill(9);
    assertTrue(tensor.isOnHeap());
    assertArrayEquals(new double[] {0, 9, 9, 3}, doubles);
    float[] floats = {1, 2};
    Tensor.of(FloatBuffer.wrap(floats), 2).set(1, 4);
    assertArrayEquals(new float[] {1, 4}, floats);
    long[] longs = {1, 2};
    assertEquals(2, Tensor.of(LongBuffer.wrap(longs), 1, 2).get(1));
  }

  @Test
  void readOnlyBuffersAreInputs() {
    Tensor tensor = Tensor.of(direct(16).asDoubleBuffer().asReadOnlyBuffer(), 1, 1, 1, 2);
    MaxPool2d pool = MaxPool2d.builder(1, 2).build();
    assertArrayEquals(new double[1], pool.forward(arena, tensor).toDoubleArray());
    argument(
        "output: is read-only, must be writable",
        () -> pool.forward(Tensor.allocate(arena, DType.F64, 1, 1, 1, 4), tensor));
    assertThrows(IllegalArgumentException.class, () -> tensor.fill(1));
  }

  @Test
  void viewsMappedBuffers(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("data"), new byte[32]);
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, 32);
      Tensor tensor = Tensor.of(mapped.order(ByteOrder.nativeOrder()), DType.F64, 2, 2);
      assertTrue(tensor.segment().isMapped());
      Tensor product = Tensor.allocate(arena, DType.F64, 2, 2).fill(1);
      MatrixMultiply.multiply(tensor, tensor, product, 1);
      assertArrayEquals(new double[4], product.toDoubleArray());
    }
  }

  @Test
  void buffersThatDoNotFitAreRefused() {
    argument(
        "buffer: is 24 bytes, shape [2, 2] in F64 takes 32",
        () -> Tensor.of(direct(24).asDoubleBuffer(), 2, 2));
    argument(
        "buffer: is 8 bytes, shape [1] in F32 takes 4",
        () -> Tensor.of(FloatBuffer.allocate(2), 1));
    argument(
        "buffer: is 31 bytes, shape [4] in I64 takes 32",
        () -> Tensor.of(direct(31), DType.I64, 4));
  }

  @Test
  void buffersInForeignOrderAreRefused() {
    String message =
        "buffer: is "
            + FOREIGN
            + ", must be "
            + ByteOrder.nativeOrder()
            + ": ByteBuffer.order(ByteOrder.nativeOrder()) sets it";
    ByteBuffer foreign = ByteBuffer.allocateDirect(8).order(FOREIGN);
    argument(message, () -> Tensor.of(foreign, DType.F64, 1));
    argument(message, () -> Tensor.of(foreign.asDoubleBuffer(), 1));
    argument(message, () -> Tensor.of(foreign.asFloatBuffer(), 2));
    argument(message, () -> Tensor.of(foreign.asLongBuffer(), 1));
  }

  @Test
  void misalignedBuffersAreRefused() {
    ByteBuffer direct = direct(24);
    String says =
        assertThrows(
                IllegalArgumentException.class,
                () -> Tensor.of(direct.position(4).limit(12), DType.F64, 1))
            .getMessage();
    assertTrue(says.startsWith("buffer: address 0x"), says);
    assertEquals(2, Tensor.of(direct, DType.F32, 2).elementCount());
    ByteBuffer bytes = ByteBuffer.wrap(new byte[8]).order(ByteOrder.nativeOrder());
    String onHeap =
        "buffer: is aligned to 1 on the heap, must be to the element size 8: copy it to an array of"
            + " elements that wide, or to native memory";
    argument(onHeap, () -> Tensor.of(bytes, DType.F64, 1));
    argument(onHeap, () -> Tensor.of(bytes.asDoubleBuffer(), 1));
  }

  @Test
  void absentBuffersAreNamed() {
    Executable[] calls = {
      () -> Tensor.of((DoubleBuffer) null, 1),
      () -> Tensor.of((FloatBuffer) null, 1),
      () -> Tensor.of((LongBuffer) null, 1),
      () -> Tensor.of((ByteBuffer) null, DType.F64, 1),
    };
    for (Executable call : calls) {
      assertEquals("buffer", assertThrows(NullPointerException.class, call).getMessage());
    }
    assertEquals(
        "dtype",
        assertThrows(NullPointerException.class, () -> Tensor.of(direct(8), null, 1)).getMessage());
  }

  @Test
  void buffersOfAClosedArenaAreRefused() {
    Tensor tensor;
    try (Arena closed = Arena.ofConfined()) {
      ByteBuffer buffer = closed.allocate(8, 8).asByteBuffer().order(ByteOrder.nativeOrder());
      tensor = Tensor.of(buffer, DType.F64, 1, 1, 1, 1);
    }
    String message =
        assertThrows(
                IllegalStateException.class,
                () -> MaxPool2d.builder(1, 1).build().forward(tensor, tensor))
            .getMessage();
    assertEquals("input: its arena is closed", message);
  }

  @Test
  void anIndexInEachDimensionIsAnElement() {
    Tensor tensor = Tensor.allocate(arena, DType.F32, 2, 3, 4);
    for (long i = 0; i < 24; i++) {
      tensor.set(i, i);
    }
    assertEquals(1 * 12 + 2 * 4 + 3, tensor.get(1, 2, 3));
    assertEquals(17, tensor.get(17));
    tensor.set(new long[] {0, 1, 2}, -5);
    assertEquals(-5, tensor.get(6));
    assertEquals(-5, tensor.segment().getAtIndex(ValueLayout.JAVA_FLOAT, 6));

    Tensor row = tensor.reshape(24);
    assertEquals(row.get(9), row.get(new long[] {9}));
    Tensor scalar = Tensor.allocate(arena, DType.F64);
    scalar.set(new long[0], 3);
    assertEquals(3, scalar.get());
  }

  @Test
  void indicesOutsideAreRefused() {
    Tensor tensor = Tensor.allocate(arena, DType.F64, 2, 3);
    long[][] outside = {{2, 0}, {0, 3}, {-1, 0}, {0, -1}, {0, Long.MAX_VALUE}};
    for (long[] index : outside) {
      String message = "index: is [" + index[0] + ", " + index[1] + "], the shape is [2, 3]";
      outOfBounds(message, () -> tensor.get(index));
      outOfBounds(message, () -> tensor.set(index, 1));
    }
    argument("index: is [1, 2, 3], the tensor has rank 2", () -> tensor.get(1, 2, 3));
    argument("index: is [1], the tensor has rank 2", () -> tensor.get(new long[] {1}));
    argument("index: is [], the tensor has rank 2", () -> tensor.set(new long[0], 1));
    outOfBounds(
        "index: is [0, 0], the shape is [0, 3]",
        () -> Tensor.allocate(arena, DType.F64, 0, 3).get(0, 0));
  }
}
