package io.github.colonnade.internal.kernel;

import io.github.colonnade.internal.blas.ElementType;
import java.lang.foreign.MemorySegment;

/** Padding: every output row is a few runs of an input row. A tile is a block of output rows. */
public final class PadForward implements TileTask {
  private final PadGeometry geometry;
  private final ElementType type;
  private final double value;
  private final MemorySegment input;
  private final MemorySegment output;

  /**
   * Takes the operands of one call.
   *
   * @param geometry sizes, none of the output's 0
   * @param type element type
   * @param value what a constant border holds
   * @param input {@code [planes, H, W]}. Not modified.
   * @param output {@code [planes, OH, OW]}. Overwritten.
   */
  public PadForward(
      PadGeometry geometry,
      ElementType type,
      double value,
      MemorySegment input,
      MemorySegment output) {
    this.geometry = geometry;
    this.type = type;
    this.value = value;
    this.input = input;
    this.output = output;
  }

  @Override
  public long tileCount() {
    return Math.ceilDiv(geometry.planes() * geometry.outH(), geometry.tileRows());
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long from = tile * geometry.tileRows();
    long to = Math.min(from + geometry.tileRows(), geometry.planes() * geometry.outH());
    for (long row = from; row < to; row++) {
      long plane = row / geometry.outH();
      long oh = row % geometry.outH();
      long ih = geometry.border().source(oh - geometry.top(), geometry.inH());
      long target = row * geometry.outW();
      if (ih < 0) {
        Elements.fill(type, output, target, geometry.outW(), value);
      } else {
        writeRow((plane * geometry.inH() + ih) * geometry.inW(), target);
      }
    }
  }

  private void writeRow(long source, long target) {
    long end = geometry.inW() + geometry.right();
    for (long iw = -geometry.left(); iw < end; ) {
      Border.Run run = geometry.border().runAt(iw, end, geometry.inW());
      long to = target + geometry.left() + iw;
      if (run.source() < 0) {
        Elements.fill(type, output, to, run.count(), value);
      } else if (run.step() == 0) {
        Elements.repeat(type, input, source + run.source(), output, to, run.count());
      } else {
        Elements.copy(type, input, source + run.source(), run.step(), output, to, 1, run.count());
      }
      iw += run.count();
    }
  }
}
