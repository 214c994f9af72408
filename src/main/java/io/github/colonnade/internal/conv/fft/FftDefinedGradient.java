package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The weights' gradient by its definition, where it is not finite: each weight sums the products of
 * the pixels that it read and the gradients of what they went into. One tile is one kernel's row.
 *
 * @param grid sizes, and those of the rows that are loaded at a time
 * @param input {@code [N, C, H, W]}. Not modified.
 * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
 * @param gradWeights {@code [O, C/groups, KH, KW]}. Overwritten.
 */
record FftDefinedGradient(
    FftGrid grid, MemorySegment input, MemorySegment gradOutput, MemorySegment gradWeights)
    implements TileTask {
  private static final int SUMS = 0;
  private static final int PIXELS = 1;
  private static final int GRADIENTS = 2;

  @Override
  public long tileCount() {
    return grid.geometry().weights() / grid.geometry().kernelW();
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    ConvGeometry geometry = grid.geometry();
    FftTile rows = FftTile.acquire(grid.size(), /* blocks= */ 0);
    try {
      for (long kw = 0; kw < geometry.kernelW(); kw++) {
        rows.zeroRows(0, SUMS, SUMS + 1);
        for (long n = 0; n < geometry.batch(); n++) {
          for (long oh = 0; oh < geometry.outH(); oh++) {
            addRow(rows, tile, kw, n, oh);
          }
        }
        rows.storeSum(SUMS, grid.size().width(), gradWeights, tile * geometry.kernelW() + kw);
      }
    } finally {
      rows.release();
    }
  }

  private void addRow(FftTile rows, long kernelRow, long kw, long n, long oh) {
    ConvGeometry geometry = grid.geometry();
    long kh = kernelRow % geometry.kernelH();
    long kernel = kernelRow / geometry.kernelH();
    long oc = kernel / geometry.groupInChannels();
    long group = oc / geometry.groupOutChannels();
    long plane = geometry.inputIndex(n, group, kernel % geometry.groupInChannels());
    long outRow = ((n * geometry.outChannels() + oc) * geometry.outH() + oh) * geometry.outW();
    long ih = geometry.vertical().position(oh, kh);
    long shift = kw * geometry.dilationW();
    int width = grid.size().width();
    for (long ow = 0; ow < geometry.outW(); ow += width) {
      int count = (int) Math.min(width, geometry.outW() - ow);
      rows.loadRow(0, GRADIENTS, gradOutput, outRow + ow, 0, count);
      if (ih >= 0 && ih < geometry.inH()) {
        grid.loadInputRow(rows, 0, PIXELS, input, plane, ih, ow + shift, count);
      } else {
        rows.zeroRows(0, PIXELS, PIXELS + 1);
      }
      rows.addProducts(PIXELS, GRADIENTS, SUMS, count);
    }
  }
}
