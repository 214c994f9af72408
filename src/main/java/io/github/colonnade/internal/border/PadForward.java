package io.github.colonnade.internal.border;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Padding: every output row is a few runs of an input row. A tile is a block of output rows.
 *
 * @param geometry sizes, none of the output's 0
 * @param type element type
 * @param value what a constant border holds
 * @param input {@code [planes, H, W]}. Not modified.
 * @param output {@code [planes, OH, OW]}. Overwritten.
 */
public record PadForward(
    PadGeometry geometry, ElementType type, double value, MemorySegment input, MemorySegment output)
    implements TileTask {

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

  private void writeRow(long row, long target) {
    Border border = geometry.border();
    long width = geometry.inW();
    long end = width + geometry.right();
    for (long iw = -geometry.left(); iw < end; ) {
      long source = border.source(iw, width);
      int step = border.step(iw, width);
      long count = Border.run(iw, source, step, end, width);
      long to = target + geometry.left() + iw;
      if (source < 0) {
        Elements.fill(type, output, to, count, value);
      } else if (step == 0) {
        Elements.repeat(type, input, row + source, output, to, count);
      } else {
        Elements.copy(type, input, row + source, step, output, to, 1, count);
      }
      iw += count;
    }
  }
}
