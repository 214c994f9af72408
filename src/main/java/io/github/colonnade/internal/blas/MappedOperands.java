package io.github.colonnade.internal.blas;

import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.memory.Mapped;
import io.github.colonnade.internal.memory.ScratchPool;
import java.lang.foreign.MemorySegment;

/**
 * Multiplies matrices of which some are mapped from a file. OpenBLAS must not touch these, since a
 * fault there ends the JVM; so Java code copies them to scratch memory and back, a block at a time.
 * The blocks follow from the sizes alone, and no sum is cut.
 */
final class MappedOperands {
  /** Scratch memory of a thread. */
  private static final long MOST_BYTES = 4 << 20;

  /** Blocks are whole runs of so many rows and columns. */
  private static final long RUN = 16;

  private MappedOperands() {}

  /** Returns whether one of the matrices is mapped. */
  static boolean any(MemorySegment a, MemorySegment b, MemorySegment c) {
    return Mapped.is(a) || Mapped.is(b) || Mapped.is(c);
  }

  /** Computes {@code C = alpha · op(A) · op(B) + beta · C} on operands that have been checked. */
  static void multiply(
      ElementType type,
      Transpose transA,
      Transpose transB,
      long m,
      long n,
      long k,
      double alpha,
      MemorySegment a,
      long aOffset,
      long lda,
      MemorySegment b,
      long bOffset,
      long ldb,
      double beta,
      MemorySegment c,
      long cOffset,
      long ldc) {
    boolean stageA = Mapped.is(a);
    boolean stageB = Mapped.is(b);
    boolean stageC = Mapped.is(c);
    long rows = m;
    long columns = n;
    while (bytes(type, rows, columns, k, stageA, stageB, stageC) > MOST_BYTES
        && Math.max(rows, columns) > RUN) {
      if (rows > columns) {
        rows = half(rows);
      } else {
        columns = half(columns);
      }
    }
    ScratchPool.Block scratch =
        ScratchPool.SHARED.acquire(
            Math.max(1, bytes(type, rows, columns, k, stageA, stageB, stageC)));
    try {
      MemorySegment memory = scratch.segment();
      long atB = stageA ? rows * k : 0;
      long atC = atB + (stageB ? k * columns : 0);
      for (long row = 0; row < m; row += rows) {
        long height = Math.min(rows, m - row);
        boolean rowsA = transA == Transpose.NO;
        long fromA = aOffset + (rowsA ? row * lda : row);
        long strideA = rowsA ? k : height;
        if (stageA) {
          copy(type, a, fromA, lda, memory, 0, strideA, rowsA ? height : k, strideA);
        }
        for (long column = 0; column < n; column += columns) {
          long width = Math.min(columns, n - column);
          boolean rowsB = transB == Transpose.NO;
          long fromB = bOffset + (rowsB ? column : column * ldb);
          long strideB = rowsB ? width : k;
          if (stageB) {
            copy(type, b, fromB, ldb, memory, atB, strideB, rowsB ? k : width, strideB);
          }
          long fromC = cOffset + row * ldc + column;
          if (stageC && beta != 0) {
            copy(type, c, fromC, ldc, memory, atC, width, height, width);
          }
          Gemm.call(
              type,
              transA,
              transB,
              height,
              width,
              k,
              alpha,
              stageA ? memory : a,
              stageA ? 0 : fromA,
              stageA ? Math.max(1, strideA) : lda,
              stageB ? memory : b,
              stageB ? atB : fromB,
              stageB ? Math.max(1, strideB) : ldb,
              beta,
              stageC ? memory : c,
              stageC ? atC : fromC,
              stageC ? width : ldc);
          if (stageC) {
            copy(type, memory, atC, width, c, fromC, ldc, height, width);
          }
        }
      }
    } finally {
      ScratchPool.SHARED.release(scratch);
    }
  }

  private static long half(long size) {
    return Math.ceilDiv(Math.ceilDiv(size, 2), RUN) * RUN;
  }

  private static long bytes(
      ElementType type, long m, long n, long k, boolean stageA, boolean stageB, boolean stageC) {
    double elements =
        (stageA ? (double) m * k : 0)
            + (stageB ? (double) k * n : 0)
            + (stageC ? (double) m * n : 0);
    return (long) (elements * type.bytes());
  }

  /** Copies a matrix, row by row as it lies. */
  private static void copy(
      ElementType type,
      MemorySegment source,
      long from,
      long sourceStride,
      MemorySegment target,
      long to,
      long targetStride,
      long rows,
      long columns) {
    for (long row = 0; row < rows; row++) {
      Elements.copy(
          type, source, from + row * sourceStride, target, to + row * targetStride, columns);
    }
  }
}
