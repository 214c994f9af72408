package io.github.colonnade.internal.memory;

import java.lang.foreign.MemorySegment;

/** Arithmetic on runs of elements, in both types. Positions, counts and strides are in elements. */
public interface RowKernels {
  /** From this many adjacent elements on, copying to arrays and back pays. */
  long LONG_RUN = 32;

  /** Returns the kernels of a type. */
  static RowKernels of(ElementType type) {
    return type == ElementType.F64 ? F64RowKernels.INSTANCE : F32RowKernels.INSTANCE;
  }

  /** Returns the bytes of the arrays on the heap that one thread computes in. */
  long heapBytes();

  /** Adds a run to another: {@code target[i] += source[i]}. */
  void add(
      MemorySegment source,
      long sourceIndex,
      long sourceStride,
      MemorySegment target,
      long targetIndex,
      long targetStride,
      long count);

  /** As {@link #add}, slower for long runs, without arrays on the heap. */
  void addInPlace(
      MemorySegment source,
      long sourceIndex,
      long sourceStride,
      MemorySegment target,
      long targetIndex,
      long targetStride,
      long count);

  /**
   * Transposes a matrix: {@code target[column][row] = source[row][column]}.
   *
   * @param source holds the matrix. Not modified.
   * @param sourceIndex its first element
   * @param sourceStride elements from one of its rows to the next
   * @param rows its rows
   * @param columns its columns
   * @param target receives the transposed matrix; must not overlap
   * @param targetIndex first element of that
   * @param targetStride elements from one of its rows to the next
   */
  void transpose(
      MemorySegment source,
      long sourceIndex,
      long sourceStride,
      long rows,
      long columns,
      MemorySegment target,
      long targetIndex,
      long targetStride);

  /**
   * Turns runs round and swaps their order: {@code target[c][o][k] = source[o][c][area − 1 − k]}.
   *
   * @param source {@code [outs][channels][area]}. Not modified.
   * @param sourceIndex its first element
   * @param sourceStride elements from one of the outs to the next
   * @param outs how many
   * @param channels how many
   * @param area elements of a run
   * @param target receives {@code [channels][outs][area]}; must not overlap
   * @param targetIndex first element of that
   */
  void rotate(
      MemorySegment source,
      long sourceIndex,
      long sourceStride,
      long outs,
      long channels,
      long area,
      MemorySegment target,
      long targetIndex);
}
