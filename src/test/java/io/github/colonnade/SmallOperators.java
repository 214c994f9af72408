package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.function.Executable;

/** What the tests of the small operators share. */
final class SmallOperators {
  static final List<DType> TYPES = List.of(DType.F64, DType.F32);

  private SmallOperators() {}

  /** Computes something from guarded tensors and returns the result. */
  interface Run {
    Guarded with(Arena arena, int threads);
  }

  /**
   * Checks that a result is the same by any number of threads, and that nothing else is written.
   */
  static void assertSameBits(Arena arena, Run run) {
    byte[] expected = bytes(run.with(arena, 1).tensor());
    for (int threads : new int[] {2, 3, 8}) {
      Guarded result = run.with(arena, threads);
      result.assertCanariesAlive("result");
      assertArrayEquals(expected, bytes(result.tensor()), threads + " threads");
    }
  }

  static byte[] bytes(Tensor tensor) {
    return tensor.segment().toArray(ValueLayout.JAVA_BYTE);
  }

  static Tensor random(Arena arena, long seed, DType dtype, long... shape) {
    return Guarded.random(arena, new SplittableRandom(seed), dtype, shape).tensor();
  }

  static Tensor copy(Arena arena, Tensor tensor) {
    Tensor copy = Tensor.allocate(arena, tensor.dtype(), tensor.shape());
    copy.segment().copyFrom(tensor.segment());
    return copy;
  }

  static Tensor labels(Arena arena, long... values) {
    Tensor labels = Tensor.allocate(arena, DType.I64, values.length);
    for (int i = 0; i < values.length; i++) {
      labels.segment().setAtIndex(ValueLayout.JAVA_LONG, i, values[i]);
    }
    return labels;
  }

  static void refuses(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
