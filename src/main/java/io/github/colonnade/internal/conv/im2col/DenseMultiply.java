package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * A pass as one multiply over the batch for each group, the operands as they lie. A tile is a block
 * of the result.
 *
 * @param tiling how the work is cut
 * @param first the input, or the output's gradient where the input's is computed. Not modified.
 * @param second the weight, or the output's gradient where the weight's is computed. Not modified.
 * @param bias what each sum of a channel starts from, or null for zero. Not modified.
 * @param epilogue what becomes of the sums
 * @param result overwritten
 */
record DenseMultiply(
    DenseTiling tiling,
    MemorySegment first,
    MemorySegment second,
    MemorySegment bias,
    Epilogue epilogue,
    MemorySegment result)
    implements TileTask {

  @Override
  public long tileCount() {
    return tiling.tileCount();
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long blocks = tiling.rowBlocks() * tiling.columnBlocks();
    long group = tile / blocks;
    long row = tile % tiling.rowBlocks() * tiling.rowBlock();
    long column = tile % blocks / tiling.rowBlocks() * tiling.columnBlock();
    long rows = Math.min(tiling.rowBlock(), tiling.rows() - row);
    long columns = Math.min(tiling.columnBlock(), tiling.columns() - column);
    ConvGeometry geometry = tiling.geometry();
    long depth = geometry.depth();
    long allIn = depth * geometry.groups();
    long allOut = geometry.outChannels();
    long in = group * depth;
    long out = group * geometry.groupOutChannels();
    switch (tiling.pass()) {
      case FORWARD -> {
        long target = row * allOut + out + column;
        double beta = begin(rows, columns, out + column, 1, target, allOut);
        multiply(
            Transpose.NO,
            Transpose.YES,
            rows,
            columns,
            depth,
            row * allIn + in,
            allIn,
            (out + column) * depth,
            depth,
            beta,
            target,
            allOut);
        complete(rows, columns, target, allOut);
      }
      case BACKWARD_INPUT -> {
        long target = row * allIn + in + column;
        double beta = begin(rows, columns, in + column, geometry.inPlane(), target, allIn);
        multiply(
            Transpose.NO,
            Transpose.NO,
            rows,
            columns,
            geometry.groupOutChannels(),
            row * allOut + out,
            allOut,
            out * depth + column,
            depth,
            beta,
            target,
            allIn);
        complete(rows, columns, target, allIn);
      }
      case BACKWARD_WEIGHTS ->
          Gemm.multiply(
              tiling.type(),
              Transpose.YES,
              Transpose.NO,
              rows,
              columns,
              geometry.batch(),
              1,
              second,
              out + row,
              allOut,
              first,
              in + column,
              allIn,
              0,
              result,
              (out + row) * depth + column,
              depth);
    }
  }

  private void multiply(
      Transpose transFirst,
      Transpose transSecond,
      long m,
      long n,
      long k,
      long firstIndex,
      long firstStride,
      long secondIndex,
      long secondStride,
      double beta,
      long target,
      long stride) {
    Gemm.multiply(
        tiling.type(),
        transFirst,
        transSecond,
        m,
        n,
        k,
        1,
        first,
        firstIndex,
        firstStride,
        second,
        secondIndex,
        secondStride,
        beta,
        result,
        target,
        stride);
  }

  /**
   * Sets a block of the result to the bias of its channels and returns 1, or returns 0 if there is
   * none.
   *
   * @param element the block's first column, of all that an image has
   * @param plane columns of a channel
   */
  private double begin(
      long rows, long columns, long element, long plane, long target, long stride) {
    if (bias == null) {
      return 0;
    }
    for (long row = 0; row < rows; row++) {
      long at = target + row * stride;
      if (plane == 1) {
        Elements.copy(tiling.type(), bias, element, result, at, columns);
        continue;
      }
      for (long done = 0; done < columns; ) {
        long channel = (element + done) / plane;
        long count = Math.min(columns - done, (channel + 1) * plane - element - done);
        Elements.repeat(tiling.type(), bias, channel, result, at + done, count);
        done += count;
      }
    }
    return 1;
  }

  private void complete(long rows, long columns, long target, long stride) {
    if (epilogue != Epilogue.NONE) {
      for (long row = 0; row < rows; row++) {
        epilogue.apply(tiling.type(), result, target + row * stride, columns);
      }
    }
  }
}
