package io.github.colonnade.internal.blas;

import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/** {@code C = A · B} cut into blocks of C, each of them one GEMM over the whole depth. */
public final class MatrixMultiplyTask implements TileTask {
  /** Below this many blocks, rows are split too, so that several threads have work. */
  private static final long ENOUGH_TILES = 16;

  /** Narrower blocks lose to packing A again for each of them: about 16 columns' worth of time. */
  private static final long LEAST_COLUMNS = 512;

  private static final long MOST_COLUMNS = 4096;
  private static final long LEAST_ROWS = 64;

  private final ElementType type;
  private final long m;
  private final long n;
  private final long k;
  private final long blockRows;
  private final long blockColumns;
  private final long rowBlocks;
  private final long columnBlocks;
  private final MemorySegment a;
  private final MemorySegment b;
  private final MemorySegment c;

  /**
   * Takes the operands of one call, row-major and without gaps.
   *
   * @param type element type
   * @param m rows of A and C
   * @param n columns of B and C
   * @param k columns of A, rows of B
   * @param a m × k. Not modified.
   * @param b k × n. Not modified.
   * @param c m × n. Overwritten.
   */
  public MatrixMultiplyTask(
      ElementType type, long m, long n, long k, MemorySegment a, MemorySegment b, MemorySegment c) {
    this.type = type;
    this.m = m;
    this.n = n;
    this.k = k;
    this.a = a;
    this.b = b;
    this.c = c;
    blockColumns =
        Math.clamp(
            Math.ceilDiv(Math.ceilDiv(n, ENOUGH_TILES), 16) * 16, LEAST_COLUMNS, MOST_COLUMNS);
    columnBlocks = Math.ceilDiv(n, blockColumns);
    long wanted = Math.ceilDiv(ENOUGH_TILES, Math.max(1, columnBlocks));
    blockRows = Math.max(1, Math.ceilDiv(m, Math.clamp(m / LEAST_ROWS, 1, wanted)));
    rowBlocks = Math.ceilDiv(m, blockRows);
  }

  @Override
  public long tileCount() {
    return rowBlocks * columnBlocks;
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long row = tile % rowBlocks * blockRows;
    long column = tile / rowBlocks * blockColumns;
    long rows = Math.min(blockRows, m - row);
    long columns = Math.min(blockColumns, n - column);
    if (k == 0) {
      for (long i = 0; i < rows; i++) {
        Elements.zero(type, c, (row + i) * n + column, columns);
      }
      return;
    }
    Gemm.multiply(
        type,
        Transpose.NO,
        Transpose.NO,
        rows,
        columns,
        k,
        1,
        a,
        row * k,
        k,
        b,
        column,
        n,
        0,
        c,
        row * n + column,
        n);
  }
}
