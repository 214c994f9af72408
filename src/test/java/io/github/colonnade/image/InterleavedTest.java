package io.github.colonnade.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.colonnade.DType;
import io.github.colonnade.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Samples side by side to planes and back. */
class InterleavedTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @Test
  void channelsBecomePlanesPictureByPicture() {
    // Two pictures of 2 x 1 pixels and three channels: 100 · picture + 10 · pixel + channel.
    byte[] samples = {0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112};
    Tensor planes = Tensor.allocate(arena, DType.F64, 2, 3, 1, 2);

    Interleaved.toPlanes(samples, planes, 255);

    double[] expected = {0, 10, 1, 11, 2, 12, 100, 110, 101, 111, 102, 112};
    assertArrayEquals(expected, planes.toDoubleArray());
    byte[] back = new byte[12];
    Interleaved.fromPlanes(planes, back, 255);
    assertArrayEquals(samples, back);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F64", "F32"})
  void everySampleComesBack(DType dtype) {
    byte[] bytes = new byte[5 * 256];
    short[] shorts = new short[2 * 65536];
    for (int i = 0; i < shorts.length; i++) {
      shorts[i] = (short) (i * 7);
      bytes[i % bytes.length] = (byte) (i * 7);
    }
    for (double white : new double[] {1, 255, 65535, 0.3}) {
      Tensor five = Tensor.allocate(arena, dtype, 1, 5, 16, 16);
      Interleaved.toPlanes(bytes, five, white);
      byte[] bytesBack = new byte[bytes.length];
      Interleaved.fromPlanes(five, bytesBack, white);
      assertArrayEquals(bytes, bytesBack);

      Tensor two = Tensor.allocate(arena, dtype, 2, 256, 256);
      Interleaved.toPlanes(shorts, two, white);
      short[] shortsBack = new short[shorts.length];
      Interleaved.fromPlanes(two, shortsBack, white);
      assertArrayEquals(shorts, shortsBack);
    }
  }

  @Test
  void memoryOfAnyKindWillDo() {
    MemorySegment samples = arena.allocate(13).asSlice(1, 12);
    MemorySegment.copy(
        new short[] {-1, 256, 3, 4, 5, 6}, 0, samples, ValueLayout.JAVA_SHORT_UNALIGNED, 0, 6);
    Tensor planes = Tensor.allocate(arena, DType.F64, 2, 1, 3);

    Interleaved.toPlanes(samples.asReadOnly(), 16, planes, 65535);

    assertArrayEquals(new double[] {65535, 3, 5, 256, 4, 6}, planes.toDoubleArray());
    MemorySegment back = arena.allocate(12);
    Interleaved.fromPlanes(planes, back, 16, 65535);
    assertEquals(-1, back.mismatch(samples));
  }

  @Test
  void tensorsOnTheHeapWillDo() {
    float[] values = new float[6];
    byte[] samples = {1, 2, 3, 4, 5, 6};
    Tensor planes = Tensor.of(values, 2, 1, 3);

    Interleaved.toPlanes(samples, planes, 255);

    assertArrayEquals(new float[] {1, 3, 5, 2, 4, 6}, values);
    byte[] back = new byte[6];
    Interleaved.fromPlanes(planes, back, 255);
    assertArrayEquals(samples, back);
  }

  @Test
  void roundsHalvesUpAndCutsToTheRange() {
    Tensor planes =
        Tensor.copyOf(arena, new double[] {-3, 0.5, 1.49, 254.5, 999, Double.NaN}, 6, 1, 1);
    byte[] samples = new byte[6];

    Interleaved.fromPlanes(planes, samples, 255);

    assertArrayEquals(new byte[] {0, 1, 1, -1, -1, 0}, samples);
  }

  @Test
  void nothingIsCopiedOfNothing() {
    Interleaved.toPlanes(new byte[0], Tensor.allocate(arena, DType.F64, 0, 3, 4, 5), 1);
    Interleaved.fromPlanes(Tensor.allocate(arena, DType.F64, 3, 0, 5), new byte[0], 1);
  }

  @Test
  void refusesWhatDoesNotFit() {
    Tensor planes = Tensor.allocate(arena, DType.F64, 3, 2, 2);
    requireRefused(
        "samples: are 11 bytes, planes of shape [3, 2, 2] are of 12",
        () -> Interleaved.toPlanes(new byte[11], planes, 1));
    requireRefused(
        "samples: are 22 bytes, planes of shape [3, 2, 2] are of 24",
        () -> Interleaved.fromPlanes(planes, new short[11], 1));
    requireRefused(
        "planes: shape is [12], must be [N, C, H, W] or [C, H, W]",
        () -> Interleaved.toPlanes(new byte[12], planes.reshape(12), 1));
    requireRefused(
        "planes: is I64, must be F64 or F32",
        () -> Interleaved.toPlanes(new byte[8], Tensor.allocate(arena, DType.I64, 2, 2, 2), 1));
    requireRefused(
        "white: is -1.0, must be positive and finite",
        () -> Interleaved.toPlanes(new byte[12], planes, -1));
    requireRefused(
        "bits: is 32, must be 8 or 16",
        () -> Interleaved.toPlanes(MemorySegment.ofArray(new int[12]), 32, planes, 1));
    requireRefused(
        "samples: are read-only, must be writable",
        () -> Interleaved.fromPlanes(planes, arena.allocate(12).asReadOnly(), 8, 1));
    requireRefused(
        "planes: are read-only, must be writable",
        () ->
            Interleaved.toPlanes(
                new byte[12], Tensor.of(planes.segment().asReadOnly(), DType.F64, 3, 2, 2), 1));
  }

  private static void requireRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
