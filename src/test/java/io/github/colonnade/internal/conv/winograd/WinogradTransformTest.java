package io.github.colonnade.internal.conv.winograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.conv.Epilogue;
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
  @ValueSource(ints = {1, 3, 7, 8, 13, 50, 64})
  void implementationsAgree(int count) {
    for (ElementType type : ElementType.values()) {
      WinogradTransform portable = WinogradTransform.portable(type);
      WinogradTransform vectorized = WinogradTransform.vectorized(type);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment expected = run(arena, portable, count);
        MemorySegment actual = run(arena, vectorized, count);
        assertEquals(-1, expected.mismatch(actual), type + " of " + count);
      }
    }
  }

  /** Transforms inputs, gradients and products; returns all that was written. */
  private static MemorySegment run(Arena arena, WinogradTransform transform, int count) {
    ElementType type = transform.type();
    int m = WinogradTransform.OUTPUTS;
    int a = WinogradTransform.INPUTS;
    int pitch = m * count + 2;
    long stride = WinogradTransform.whole(type, count);
    long gradients = GUARD + WinogradTransform.FREQUENCIES * stride;
    long outputs = gradients + WinogradTransform.FREQUENCIES * stride;
    MemorySegment image = random(arena, type, (long) a * pitch);
    MemorySegment result = random(arena, type, outputs + (long) m * m * count + GUARD);
    int[] places = new int[count];
    for (int t = 0; t < count; t++) {
      places[t] = m * t;
    }
    transform.reserve(1, a * pitch);
    transform.clear(a * pitch);
    transform.load(image, 0, pitch, 1, a, pitch, 0, pitch);
    for (int row = 0; row < a; row++) {
      transform.takeInputs(row, places, 0, row * pitch, 0, count);
    }
    transform.transformInput(count, result, GUARD, stride);
    for (int row = 0; row < m; row++) {
      transform.takeGradients(row, places, 0, row * pitch, 0, count);
    }
    transform.transformGradient(count, result, gradients, stride);
    transform.beginOutputs();
    transform.transformOutput(result, GUARD, stride, count);
    for (int row = 0; row < m; row++) {
      transform.putOutputs(row, places, 0, row * m * count, 0, count, image, 3);
    }
    transform.finishOutputs(0, m * m * count, Epilogue.NONE);
    transform.store(result, outputs, (long) m * count, 1, m, m * count, 0, m * count);
    assertTrue(transform.outputsAreFinite());
    for (int f = 0; f < 2 * WinogradTransform.FREQUENCIES; f++) {
      // What is behind the last tile may be anything.
      Elements.zero(type, result, GUARD + f * stride + count, stride - count);
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
