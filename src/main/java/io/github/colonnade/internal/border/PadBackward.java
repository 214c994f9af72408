package io.github.colonnade.internal.border;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.memory.RowKernels;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The adjoint of padding: what was read several times gets the sum of its gradients, in an order
 * that the sizes fix: its own, left and right of it, then the rows above and below from top to
 * bottom. A tile is a block of input rows.
 */
public final class PadBackward implements TileTask {
  private final PadGeometry geometry;
  private final ElementType type;
  private final RowKernels kernels;
  private final MemorySegment gradOutput;
  private final MemorySegment gradInput;

  /**
   * Takes the operands of one call.
   *
   * @param geometry sizes, none of the input's 0
   * @param type element type
   * @param gradOutput {@code [planes, OH, OW]}. Not modified.
   * @param gradInput {@code [planes, H, W]}. Overwritten.
   */
  public PadBackward(
      PadGeometry geometry, ElementType type, MemorySegment gradOutput, MemorySegment gradInput) {
    this.geometry = geometry;
    this.type = type;
    this.kernels = RowKernels.of(type);
    this.gradOutput = gradOutput;
    this.gradInput = gradInput;
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(geometry.planes() * geometry.inH(), geometry.tileRows());
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long from = tile * geometry.tileRows();
    long to = Math.min(from + geometry.tileRows(), geometry.planes() * geometry.inH());
    for (long row = from; row < to; ) {
      long plane = row / geometry.inH();
      long first = plane * geometry.inH();
      long end = Math.min(to, first + geometry.inH());
      gather(plane, row - first, end - first);
      row = end;
    }
  }

  /** Computes rows {@code from} to {@code to} of one plane. */
  private void gather(long plane, long from, long to) {
    for (long ih = from; ih < to; ih++) {
      long source = sourceRow(plane, ih);
      long target = (plane * geometry.inH() + ih) * geometry.inW();
      Elements.copy(type, gradOutput, source + geometry.left(), gradInput, target, geometry.inW());
      addRuns(source, target, -geometry.left(), 0);
      addRuns(source, target, geometry.inW(), geometry.inW() + geometry.right());
    }
    if (geometry.border() != Border.CONSTANT) {
      addRows(plane, from, to, -geometry.top(), 0);
      addRows(plane, from, to, geometry.inH(), geometry.inH() + geometry.bottom());
    }
  }

  /** Adds the rows of the border from {@code first} to {@code end} that read the given rows. */
  private void addRows(long plane, long from, long to, long first, long end) {
    for (long row = first; row < end; row++) {
      long ih = geometry.border().source(row, geometry.inH());
      if (ih >= from && ih < to) {
        long target = (plane * geometry.inH() + ih) * geometry.inW();
        addRuns(sourceRow(plane, row), target, -geometry.left(), geometry.inW() + geometry.right());
      }
    }
  }

  private void addRuns(long row, long target, long first, long end) {
    Border border = geometry.border();
    long width = geometry.inW();
    for (long iw = first; iw < end; ) {
      long source = border.source(iw, width);
      int step = border.step(iw, width);
      long count = Border.run(iw, source, step, end, width);
      if (source >= 0) {
        long from = row + geometry.left() + iw;
        kernels.add(gradOutput, from, 1, gradInput, target + source, step, count);
      }
      iw += count;
    }
  }

  /** Returns the first element of the output row that lies {@code row} rows into the input. */
  private long sourceRow(long plane, long row) {
    return (plane * geometry.outH() + geometry.top() + row) * geometry.outW();
  }
}
