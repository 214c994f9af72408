package io.github.colonnade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixMultiplyTest {
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "2, 3, 4", "1, 9, 1030", "130, 7, 513", "300, 40, 33", "16, 20, 9001"})
  void multipliesByDefinitionWithTheSameBitsAtAnyNumberOfThreads(int m, int k, int n) {
    for (DType dtype : new DType[] {DType.F64, DType.F32}) {
      Tensor a = random(1, dtype, m, k);
      Tensor b = random(2, dtype, k, n);
      Tensor once = Tensor.allocate(arena, dtype, m, n).fill(Double.NaN);
      Tensor again = Tensor.allocate(arena, dtype, m, n).fill(Double.NaN);

      MatrixMultiply.multiply(a, b, once, 1);
      MatrixMultiply.multiply(a, b, again, 3);

      assertArrayEquals(once.toDoubleArray(), again.toDoubleArray());
      requireProduct(a, b, once);
    }
  }

  @Test
  void anEmptySumIsZero() {
    Tensor c = Tensor.allocate(arena, DType.F64, 2, 3).fill(Double.NaN);

    MatrixMultiply.multiply(
        Tensor.allocate(arena, DType.F64, 2, 0), Tensor.allocate(arena, DType.F64, 0, 3), c, 2);

    assertArrayEquals(new double[6], c.toDoubleArray());
  }

  @Test
  void leavesNothingToDoWithoutRowsOrColumns() {
    Tensor rows = Tensor.allocate(arena, DType.F32, 0, 3);
    Tensor b = Tensor.allocate(arena, DType.F32, 3, 0);

    MatrixMultiply.multiply(rows, b, Tensor.allocate(arena, DType.F32, 0, 0), 2);
  }

  @Test
  void namesTheOperandThatIsWrong() {
    Tensor a = Tensor.allocate(arena, DType.F64, 2, 3);
    Tensor b = Tensor.allocate(arena, DType.F64, 3, 4);
    Tensor c = Tensor.allocate(arena, DType.F64, 2, 4);

    refuses("a: shape is [6], must be [M, K]", a.reshape(6), b, c, 1);
    refuses("b: shape is [4, 3], must be [3, 3]", a, b.reshape(4, 3), c, 1);
    refuses("c: shape is [4, 2], must be [2, 4]", a, b, c.reshape(4, 2), 1);
    refuses("b: is F32, must be F64", a, Tensor.allocate(arena, DType.F32, 3, 4), c, 1);
    refuses("a: is I64, must be F64 or F32", Tensor.allocate(arena, DType.I64, 2, 3), b, c, 1);
    refuses("threads: is 0", a, b, c, 0);
    Tensor square = Tensor.allocate(arena, DType.F64, 2, 2);
    refuses("c: overlaps a", square, Tensor.allocate(arena, DType.F64, 2, 2), square, 1);
  }

  private static void refuses(String message, Tensor a, Tensor b, Tensor c, int threads) {
    IllegalArgumentException thrown =
        assertThrows(
            IllegalArgumentException.class, () -> MatrixMultiply.multiply(a, b, c, threads));
    assertTrue(thrown.getMessage().startsWith(message), thrown.getMessage());
  }

  static void requireProduct(Tensor a, Tensor b, Tensor c) {
    double epsilon = a.dtype() == DType.F64 ? 0x1p-52 : 0x1p-23;
    long k = a.size(1);
    long n = b.size(1);
    for (long i = 0; i < c.elementCount(); i++) {
      double sum = 0;
      double scale = 0;
      for (long j = 0; j < k; j++) {
        double product = a.get(i / n * k + j) * b.get(j * n + i % n);
        sum += product;
        scale += Math.abs(product);
      }
      assertEquals(sum, c.get(i), k * epsilon * scale, "element " + i);
    }
  }

  private Tensor random(long seed, DType dtype, long... shape) {
    Random random = new Random(seed);
    Tensor tensor = Tensor.allocate(arena, dtype, shape);
    for (long i = 0; i < tensor.elementCount(); i++) {
      tensor.set(i, random.nextDouble() - 0.5);
    }
    return tensor;
  }
}
