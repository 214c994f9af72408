package io.github.colonnade.internal.conv.winograd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The two implementations of the transforms give the same bits, and write nothing else. */
class WinogradTransformTest {
  private static final long GUARD = 64;

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 8, 13, 207, 702})
  void implementationsAgree(int count) {
    for (ElementType type : ElementType.values()) {
      for (int outputs : new int[] {2, 4}) {
        WinogradTransform portable = WinogradTransform.portable(type, outputs);
        WinogradTransform vectorized = WinogradTransform.vectorized(type, outputs);
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment expected = run(arena, portable, count);
          MemorySegment actual = run(arena, vectorized, count);
          assertEquals(-1, expected.mismatch(actual), type + " F(" + outputs + ") of " + count);
        }
      }
    }
  }

  /** Gathers, transforms, transforms back and scatters; returns all that was written. */
  private static MemorySegment run(Arena arena, WinogradTransform transform, int count) {
    ElementType type = transform.type();
    int m = transform.outputs();
    int a = m + 2;
    int pitch = m * count + 2;
    long stride = count + 5L;
    long outputs = GUARD + (long) a * a * stride;
    MemorySegment image = random(arena, type, (long) a * pitch);
    MemorySegment result = random(arena, type, outputs + (long) m * m * count + GUARD);
    transform.reserve(count, a * pitch);
    for (int row = 0; row < a; row++) {
      transform.loadRow(image, (long) row * pitch, row * pitch, 0, pitch, 0);
    }
    transform.gather(0, pitch, 1, m, 0, count);
    transform.transformInput(count, result, GUARD, stride);
    transform.transformOutput(result, GUARD, stride, count, image, 3);
    for (int row = 0; row < m; row++) {
      long index = outputs + (long) row * m * count;
      transform.scatter(row, 0, count, m * count, result, index, 1);
    }
    return result;
  }

  private static MemorySegment random(Arena arena, ElementType type, long elements) {
    SplittableRandom random = new SplittableRandom(elements);
    MemorySegment segment = arena.allocate(elements * type.bytes(), 64);
    for (long i = 0; i < elements; i++) {
      Elements.set(type, segment, i, random.nextDouble(-1, 1));
    }
    return segment;
  }
}
