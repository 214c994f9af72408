package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * A convolution of stride 1 by Fourier transforms, overlap-save: of a tile of inputs only the
 * outputs are kept whose windows lie in it.
 *
 * <p>A transform spreads what is not finite over a whole tile, and may overflow where the
 * definition would not. No output of the tile is finite then; so a pair of tiles that has one which
 * is not is computed again by the definition.
 *
 * @param tiling how the work is cut
 * @param input {@code [N, C, H, W]}. Not modified.
 * @param weight as the tiling reads it. Not modified.
 * @param transformed the transformed weights, where they are shared; null if a phase before lays
 *     them at the start of the workspace. Not modified.
 * @param bias {@code [O]}, or null for none. Not modified.
 * @param epilogue what becomes of the sums
 * @param output {@code [N, O, OH, OW]}. Overwritten.
 */
record FftConvolution(
    FftTiling tiling,
    MemorySegment input,
    MemorySegment weight,
    MemorySegment transformed,
    MemorySegment bias,
    Epilogue epilogue,
    MemorySegment output)
    implements TileTask {

  @Override
  public long tileCount() {
    return tiling.tileCount();
  }

  @Override
  public void run(long task, MemorySegment workspace, long workspaceOffset) {
    ConvGeometry geometry = tiling.geometry();
    long channelTasks = tiling.outBlocks() * geometry.groups();
    long pair = task / channelTasks;
    long group = task % channelTasks / tiling.outBlocks();
    long from = task % tiling.outBlocks() * tiling.outBlock();
    long to = Math.min(from + tiling.outBlock(), geometry.groupOutChannels());
    MemorySegment kernels = transformed == null ? workspace : transformed;
    FftTile tile = FftTile.acquire(tiling.grid().size(), tiling.spectrumBlocks());
    try {
      if (tiling.filters()) {
        tiling.grid().loadInputs(tile, pair, input, group);
        tile.filter(kernels, tiling.kernelIndex(group, from, 0), tiling.grid().outWidth());
        store(tile, pair, group, from);
      } else if (tiling.keepsInputs()) {
        outputByOutput(tile, pair, group, from, to, kernels);
      } else {
        inputByInput(tile, pair, group, from, to, kernels);
      }
    } finally {
      tile.release();
    }
  }

  private void outputByOutput(
      FftTile tile, long pair, long group, long from, long to, MemorySegment kernels) {
    int channels = (int) tiling.geometry().groupInChannels();
    for (int ic = 0; ic < channels; ic++) {
      tiling.grid().loadInputs(tile, pair, input, group * channels + ic);
      tile.forward(ic);
    }
    for (long oc = from; oc < to; oc++) {
      tile.zero(channels);
      for (int ic = 0; ic < channels; ic++) {
        addProduct(tile, ic, kernels, group, oc, ic, channels);
      }
      tile.inverse(channels, tiling.grid().outWidth());
      store(tile, pair, group, oc);
    }
  }

  private void inputByInput(
      FftTile tile, long pair, long group, long from, long to, MemorySegment kernels) {
    long channels = tiling.geometry().groupInChannels();
    int outs = (int) (to - from);
    for (int o = 0; o < outs; o++) {
      tile.zero(1 + o);
    }
    for (long ic = 0; ic < channels; ic++) {
      tiling.grid().loadInputs(tile, pair, input, group * channels + ic);
      tile.forward(0);
      for (int o = 0; o < outs; o++) {
        addProduct(tile, 0, kernels, group, from + o, ic, 1 + o);
      }
    }
    for (int o = 0; o < outs; o++) {
      tile.inverse(1 + o, tiling.grid().outWidth());
      store(tile, pair, group, from + o);
    }
  }

  private void addProduct(
      FftTile tile,
      int source,
      MemorySegment kernels,
      long group,
      long outChannel,
      long inChannel,
      int target) {
    if (tiling.sharedWeights()) {
      tile.addProduct(source, kernels, tiling.kernelIndex(group, outChannel, inChannel), target);
    } else {
      int kernel = tiling.kernelSpectrum();
      long index = tiling.weightIndex(group, outChannel, inChannel);
      tiling.grid().loadKernel(tile, weight, index, tiling.transposed());
      tile.forward(kernel);
      tile.addProduct(source, kernel, target);
    }
  }

  /** Writes the outputs of a channel of a pair, which the tile holds. */
  private void store(FftTile source, long pair, long group, long outChannel) {
    ConvGeometry geometry = tiling.geometry();
    FftGrid grid = tiling.grid();
    long channel = group * geometry.groupOutChannels() + outChannel;
    long end = Math.min(2 * pair + 2, grid.tiles());
    int points = (int) grid.size().points();
    boolean finite = true;
    for (long tile = 2 * pair; tile < end; tile++) {
      int half = (int) (tile - 2 * pair);
      int columns = grid.columns(tile);
      for (int row = 0; row < grid.rows(tile); row++) {
        long index = outputIndex(tile, channel, row);
        source.storeRow(half, row, points, bias, channel, output, index, columns);
        finite &= Elements.allFinite(tiling.type(), output, index, columns);
        epilogue.apply(tiling.type(), output, index, columns);
      }
    }
    for (long tile = 2 * pair; tile < end && !finite; tile++) {
      define(source, tile, group, outChannel);
    }
  }

  private long outputIndex(long tile, long channel, int row) {
    ConvGeometry geometry = tiling.geometry();
    FftGrid grid = tiling.grid();
    long plane = grid.image(tile) * geometry.outChannels() + channel;
    return (plane * geometry.outH() + grid.top(tile) + row) * geometry.outW() + grid.left(tile);
  }

  /** Computes the outputs of a channel of a tile by the definition. */
  private void define(FftTile scratch, long tile, long group, long outChannel) {
    ConvGeometry geometry = tiling.geometry();
    FftGrid grid = tiling.grid();
    long channel = group * geometry.groupOutChannels() + outChannel;
    int columns = grid.columns(tile);
    for (int row = 0; row < grid.rows(tile); row++) {
      scratch.zeroRows(0, 0, 1);
      for (long ic = 0; ic < geometry.groupInChannels(); ic++) {
        for (long tap = 0; tap < geometry.kernelPlane(); tap++) {
          addTap(scratch, tile, group, outChannel, ic, tap, row, columns);
        }
      }
      long index = outputIndex(tile, channel, row);
      scratch.storeRow(0, 0, /* divisor= */ 1, bias, channel, output, index, columns);
      epilogue.apply(tiling.type(), output, index, columns);
    }
  }

  private void addTap(
      FftTile scratch,
      long tile,
      long group,
      long outChannel,
      long inChannel,
      long tap,
      int row,
      int columns) {
    ConvGeometry geometry = tiling.geometry();
    FftGrid grid = tiling.grid();
    long inRow = geometry.vertical().position(grid.top(tile) + row, tap / geometry.kernelW());
    long shift = tap % geometry.kernelW() * geometry.dilationW();
    boolean inside = inRow >= 0 && inRow < geometry.inH();
    int from = 0;
    int to = columns;
    if (tiling.transposed()) {
      // A gradient has no padding that a weight could be multiplied with.
      long left = grid.left(tile) - geometry.padLeft() + shift;
      from = (int) Math.clamp(-left, 0L, columns);
      to = inside ? Math.clamp(geometry.inW() - left, from, columns) : from;
    }
    if (from == to) {
      return;
    }
    long plane = geometry.inputIndex(grid.image(tile), group, inChannel);
    if (inside) {
      grid.loadInputRow(scratch, 0, 1, input, plane, inRow, grid.left(tile) + shift, columns);
    } else {
      scratch.zeroRows(0, 1, 2);
    }
    long taps = geometry.kernelPlane();
    long at = tiling.transposed() ? taps - 1 - tap : tap;
    scratch.addWeighted(
        weight, tiling.weightIndex(group, outChannel, inChannel) + at, 1, 0, from, to);
  }
}
