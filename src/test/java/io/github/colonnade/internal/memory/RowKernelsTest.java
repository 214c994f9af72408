package io.github.colonnade.internal.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Arithmetic and moves of runs, beside plain loops over sizes around those of the blocks. */
class RowKernelsTest {
  private static final int OFFSET = 3;
  private static final int GAP = 2;

  @ParameterizedTest
  @EnumSource
  void transposesEveryElementAndNothingElse(ElementType type) {
    long[] sizes = {0, 1, 7, 8, 9, 47, 48, 49, 100};
    for (long rows : sizes) {
      for (long columns : sizes) {
        transposes(type, rows, columns);
      }
    }
  }

  private static void transposes(ElementType type, long rows, long columns) {
    long sourceStride = columns + GAP;
    long targetStride = rows + GAP;
    long sourceSize = OFFSET + rows * sourceStride;
    long targetSize = OFFSET + columns * targetStride;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocate(Math.max(1, sourceSize) * type.bytes(), 8);
      MemorySegment target = arena.allocate(Math.max(1, targetSize) * type.bytes(), 8);
      for (long i = 0; i < sourceSize; i++) {
        Elements.set(type, source, i, (double) i + 1);
      }
      for (long i = 0; i < targetSize; i++) {
        Elements.set(type, target, i, -1);
      }
      RowKernels.of(type)
          .transpose(source, OFFSET, sourceStride, rows, columns, target, OFFSET, targetStride);
      for (long i = 0; i < targetSize; i++) {
        long column = (i - OFFSET) / targetStride;
        long row = (i - OFFSET) % targetStride;
        boolean inside = i >= OFFSET && row < rows;
        long expected = inside ? OFFSET + row * sourceStride + column + 1 : -1;
        assertEquals(
            expected,
            (long) Elements.get(type, target, i),
            () -> rows + " × " + columns + ", column " + column + ", row " + row);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void rotatesEveryRunAndNothingElse(ElementType type) {
    // In chunks of 2304 elements: whole, several, and runs that are longer.
    for (long area : new long[] {1, 9, 25, 2304, 2305}) {
      for (long channels : new long[] {0, 1, 3, 8}) {
        for (long outs : new long[] {0, 1, 5, 33}) {
          rotates(type, outs, channels, area);
        }
      }
    }
  }

  private static void rotates(ElementType type, long outs, long channels, long area) {
    long stride = channels * area + GAP;
    long size = channels * outs * area;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocate((OFFSET + outs * stride) * type.bytes(), 8);
      MemorySegment target = arena.allocate((OFFSET + size + GAP) * type.bytes(), 8);
      for (long i = 0; i < OFFSET + outs * stride; i++) {
        Elements.set(type, source, i, (double) i + 1);
      }
      for (long i = 0; i < OFFSET + size + GAP; i++) {
        Elements.set(type, target, i, -1);
      }
      RowKernels.of(type).rotate(source, OFFSET, stride, outs, channels, area, target, OFFSET);
      for (long i = 0; i < OFFSET + size + GAP; i++) {
        long at = i - OFFSET;
        long expected = -1;
        if (at >= 0 && at < size) {
          long out = at / area % outs;
          long last = (at / area / outs + 1) * area - 1;
          expected = OFFSET + out * stride + last - at % area + 1;
        }
        assertEquals(
            expected,
            (long) Elements.get(type, target, i),
            () -> outs + " outs, " + channels + " channels, area " + area + ", element " + at);
      }
    }
  }
}
