package io.github.colonnade.internal.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The matrix multiply against three loops, and its refusal of every span that does not fit. */
class GemmTest {

  @ParameterizedTest
  @CsvSource({
    "F64, 1, 1, 1",
    "F64, 7, 5, 3",
    "F64, 13, 207, 31",
    "F64, 64, 49, 383",
    "F64, 5, 9, 384",
    "F64, 6, 10, 385",
    "F64, 100, 100, 100",
    "F64, 101, 100, 100",
    "F32, 1, 1, 1",
    "F32, 7, 5, 3",
    "F32, 13, 207, 31",
    "F32, 64, 49, 447",
    "F32, 5, 9, 448",
    "F32, 6, 10, 449",
    "F32, 100, 100, 100",
    "F32, 101, 100, 100"
  })
  void multipliesInAllFourTransposeCases(ElementType type, int m, int n, int k) {
    for (Transpose transA : Transpose.values()) {
      for (Transpose transB : Transpose.values()) {
        for (double beta : new double[] {0, 1, -0.5}) {
          new Product(type, transA, transB, m, n, k, 1.25, beta).check();
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    // Whole; the depth, the rows and the columns cut; all three, with rests.
    "F64, 7, 5, 3",
    "F64, 1, 1300, 800",
    "F64, 700, 3, 600",
    "F64, 8, 3640, 72",
    "F64, 131, 213, 199",
    "F32, 7, 5, 3",
    "F32, 1, 1300, 800",
    "F32, 700, 3, 600",
    "F32, 8, 3640, 72",
    "F32, 131, 213, 199"
  })
  void multipliesInParts(ElementType type, int m, int n, int k) {
    for (Transpose transA : Transpose.values()) {
      for (double beta : new double[] {0, 1, -0.5}) {
        new Product(type, transA, Transpose.NO, m, n, k, 1, beta).checkInParts();
      }
    }
    for (double beta : new double[] {0, 1, -0.5}) {
      new Product(type, Transpose.YES, Transpose.NO, m, n, k, 1, beta).checkTurned();
    }
  }

  @ParameterizedTest
  @EnumSource
  void columnsArePaddedUpToACacheLine(ElementType type) {
    long line = 64 / type.bytes();
    for (long n = 0; n < 300; n++) {
      long padded = Gemm.paddedColumns(type, n);
      assertTrue(padded == n || padded == Math.ceilDiv(n, line) * line, n + " to " + padded);
      assertTrue(padded == n || CoreKind.current() == CoreKind.AVX512);
    }
  }

  @ParameterizedTest
  @EnumSource
  void depthZeroScalesTheOutput(ElementType type) {
    for (double beta : new double[] {0, 1, 2}) {
      new Product(type, Transpose.NO, Transpose.NO, 3, 4, 0, 1, beta).check();
      new Product(type, Transpose.NO, Transpose.NO, 3, 4, 0, 1, beta).checkInParts();
      new Product(type, Transpose.YES, Transpose.NO, 3, 4, 0, 1, beta).checkTurned();
    }
  }

  @ParameterizedTest
  @EnumSource
  void emptyOutputsAreLeftAlone(ElementType type) {
    new Product(type, Transpose.NO, Transpose.NO, 0, 4, 2, 1, 0).check();
    new Product(type, Transpose.NO, Transpose.NO, 4, 0, 2, 1, 0).check();
    new Product(type, Transpose.NO, Transpose.NO, 0, 4, 2, 1, 0).checkInParts();
    new Product(type, Transpose.NO, Transpose.NO, 4, 0, 2, 1, 0).checkInParts();
    new Product(type, Transpose.YES, Transpose.NO, 0, 4, 2, 1, 0).checkTurned();
    new Product(type, Transpose.YES, Transpose.NO, 4, 0, 2, 1, 0).checkTurned();
  }

  @Test
  void spansAreChecked() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment fits = arena.allocate(8 * 6);
      assertBounds("a: 6 elements from offset 1", fits, 1, 3, fits, 0, 2, 2, 2, 3);
      assertBounds("b: 6 elements from offset 2", fits, 0, 3, fits, 2, 2, 2, 2, 3);
      assertBounds("a: 8 elements", fits, 0, 5, fits, 0, 2, 2, 2, 3);
      assertBounds("b: 6 elements from offset -1", fits, 0, 3, fits, -1, 2, 2, 2, 3);
      assertArgument("lda: is 2, a row has 3", fits, 0, 2, fits, 0, 2, 2, 2, 3);
      assertArgument("ldb: is 1, a row has 2", fits, 0, 3, fits, 0, 1, 2, 2, 3);
      assertArgument("m: is -1", fits, 0, 3, fits, 0, 2, -1, 2, 3);
      assertArgument("k: is 2147483648", fits, 0, 3, fits, 0, 2, 2, 2, 1L << 31);
      assertArgument("lda: is 2147483648", fits, 0, 1L << 31, fits, 0, 2, 2, 2, 3);
      MemorySegment heap = MemorySegment.ofArray(new double[6]);
      assertArgument("a: is on the heap", heap, 0, 3, fits, 0, 2, 2, 2, 3);
    }
  }

  private static void assertBounds(
      String message,
      MemorySegment a,
      long aOffset,
      long lda,
      MemorySegment b,
      long bOffset,
      long ldb,
      long m,
      long n,
      long k) {
    refused(IndexOutOfBoundsException.class, message, a, aOffset, lda, b, bOffset, ldb, m, n, k);
  }

  private static void assertArgument(
      String message,
      MemorySegment a,
      long aOffset,
      long lda,
      MemorySegment b,
      long bOffset,
      long ldb,
      long m,
      long n,
      long k) {
    refused(IllegalArgumentException.class, message, a, aOffset, lda, b, bOffset, ldb, m, n, k);
  }

  private static void refused(
      Class<? extends RuntimeException> type,
      String message,
      MemorySegment a,
      long aOffset,
      long lda,
      MemorySegment b,
      long bOffset,
      long ldb,
      long m,
      long n,
      long k) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment c = arena.allocate(8 * 4);
      c.fill((byte) 0x5A);
      refused(
          type,
          message,
          () ->
              Gemm.multiply(
                  ElementType.F64,
                  Transpose.NO,
                  Transpose.NO,
                  m,
                  n,
                  k,
                  1,
                  a,
                  aOffset,
                  lda,
                  b,
                  bOffset,
                  ldb,
                  0,
                  c,
                  0,
                  2));
      refused(
          type,
          message,
          () ->
              Gemm.multiplyInParts(
                  ElementType.F64,
                  Transpose.NO,
                  m,
                  n,
                  k,
                  a,
                  aOffset,
                  lda,
                  b,
                  bOffset,
                  ldb,
                  0,
                  c,
                  0,
                  2));
      for (byte untouched : c.toArray(ValueLayout.JAVA_BYTE)) {
        assertEquals(0x5A, untouched);
      }
    }
  }

  private static void refused(
      Class<? extends RuntimeException> type, String message, Executable call) {
    RuntimeException thrown = assertThrows(type, call);
    assertTrue(thrown.getMessage().startsWith(message), thrown.getMessage());
  }
}
