package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.Axis;
import io.github.colonnade.internal.conv.ConvGeometry;
import java.lang.foreign.MemorySegment;

/**
 * Where the tiles of one block lie, found once for all channels, as bands: tiles of the same
 * columns, in rows of tiles that follow each other. The pixels of a channel are loaded band below
 * band, so that a tile's are a fixed number of elements from its first one; where tiles hang over
 * the border, zeros are left between them. Outputs are gathered likewise before they are stored.
 *
 * <p>A dilated convolution is several that interleave: its bands leave out the pixels of the
 * others, and are one row of tiles high.
 */
final class TileBands {
  private static final int OUTPUTS = WinogradTransform.OUTPUTS;
  private static final int INPUTS = WinogradTransform.INPUTS;

  /** The bytes of the arrays for one tile, and for one band. */
  private static final long TILE_BYTES = 2 * Integer.BYTES;

  private static final long BAND_BYTES = 5 * Long.BYTES + 8 * Integer.BYTES;

  private TileGrid grid;
  private int tiles;
  private int runs;
  private int[] inputPlaces = {};
  private int[] outputPlaces = {};

  private int bands;
  private long[] images = {};
  private long[] tops = {};
  private long[] lefts = {};
  private int[] counts = {};
  private int[] heights = {};
  private final Parts inputs = new Parts();
  private final Parts outputs = new Parts();

  /** The parts of the planes of one channel that lie in bands. */
  private static final class Parts {
    private long[] indices = {};
    private int[] rows = {};
    private int[] widths = {};
    private int[] places = {};

    private void reserve(int count) {
      indices = new long[count];
      rows = new int[count];
      widths = new int[count];
      places = new int[count];
    }

    /** Sets the size of a part: none where it has no pixels, which may be at no index. */
    private void set(int band, int height, int width) {
      rows[band] = width == 0 ? 0 : height;
      widths[band] = width;
    }
  }

  /** Returns the most bytes of the arrays for a block of {@code grid}. */
  static long bytes(TileGrid grid) {
    return TILE_BYTES * grid.blockTiles() + BAND_BYTES * grid.mostRuns();
  }

  /** Returns the bytes of the arrays. */
  long bytes() {
    return TILE_BYTES * inputPlaces.length + BAND_BYTES * images.length;
  }

  /** Makes room for a block of a grid. */
  void reserve(TileGrid newGrid) {
    grid = newGrid;
    if (inputPlaces.length < grid.blockTiles()) {
      inputPlaces = new int[grid.blockTiles()];
      outputPlaces = new int[grid.blockTiles()];
    }
    int most = grid.mostRuns();
    if (images.length < most) {
      images = new long[most];
      tops = new long[most];
      lefts = new long[most];
      counts = new int[most];
      heights = new int[most];
      inputs.reserve(most);
      outputs.reserve(most);
    }
  }

  /** Forgets the grid. */
  void release() {
    grid = null;
  }

  /** Returns the tiles of the block. */
  int tiles() {
    return tiles;
  }

  /** Returns each tile's first pixel, of its inputs. */
  int[] inputPlaces() {
    return inputPlaces;
  }

  /** Returns each tile's first pixel, of its outputs or their gradients. */
  int[] outputPlaces() {
    return outputPlaces;
  }

  /** Returns the pixels of the block's outputs. */
  int outputPixels() {
    return OUTPUTS * runs * grid.outputPitch();
  }

  /** Finds the tiles of a block. */
  void locate(long block) {
    long from = grid.firstTile(block);
    long to = grid.lastTile(block);
    tiles = (int) (to - from);
    runs = 0;
    bands = 0;
    for (long tile = from; tile < to; ) {
      long column = tile % grid.rowTiles();
      long count = Math.min(grid.across().following(column), to - tile);
      locateRun(tile / grid.rowTiles(), column, (int) count, (int) (tile - from));
      tile += count;
    }
    int inputRow = 0;
    int outputRow = 0;
    for (int band = 0; band < bands; band++) {
      locateInputs(band, inputRow);
      locateOutputs(band, outputRow);
      inputRow += OUTPUTS * heights[band] + INPUTS - OUTPUTS;
      outputRow += OUTPUTS * heights[band];
    }
  }

  /** Adds tiles of one row, which begin a band or go on with the last. */
  private void locateRun(long tileRow, long column, int count, int first) {
    ConvGeometry geometry = grid.geometry();
    long image = tileRow / grid.down().tiles();
    long top = grid.down().first(tileRow % grid.down().tiles());
    long left = grid.across().first(column);
    int last = bands - 1;
    boolean follows =
        last >= 0
            && geometry.dilationW() == 1
            && image == images[last]
            && top == tops[last] + (long) OUTPUTS * heights[last] * geometry.dilationH()
            && left == lefts[last]
            && count == counts[last];
    if (!follows) {
      last = bands++;
      images[last] = image;
      tops[last] = top;
      lefts[last] = left;
      counts[last] = count;
      heights[last] = 0;
    }
    heights[last]++;
    int row = OUTPUTS * runs++;
    int inputRow = row + last * (INPUTS - OUTPUTS);
    for (int i = 0; i < count; i++) {
      inputPlaces[first + i] = inputRow * grid.inputPitch() + OUTPUTS * i;
      outputPlaces[first + i] = row * grid.outputPitch() + OUTPUTS * i;
    }
  }

  private void locateInputs(int band, int row) {
    ConvGeometry geometry = grid.geometry();
    long top = tops[band] - geometry.padTop();
    long left = lefts[band] - geometry.padLeft();
    int height = OUTPUTS * heights[band] + INPUTS - OUTPUTS;
    int width = OUTPUTS * counts[band] + INPUTS - OUTPUTS;
    int above = before(geometry.vertical(), top, height);
    int beside = before(geometry.horizontal(), left, width);
    inputs.set(
        band,
        inside(geometry.inH(), top, geometry.dilationH(), height) - above,
        inside(geometry.inW(), left, geometry.dilationW(), width) - beside);
    inputs.places[band] = (row + above) * grid.inputPitch() + beside;
    inputs.indices[band] =
        images[band] * geometry.inChannels() * geometry.inPlane()
            + (top + above * geometry.dilationH()) * geometry.inW()
            + left
            + beside * geometry.dilationW();
  }

  private void locateOutputs(int band, int row) {
    ConvGeometry geometry = grid.geometry();
    outputs.set(
        band,
        inside(geometry.outH(), tops[band], geometry.dilationH(), OUTPUTS * heights[band]),
        inside(geometry.outW(), lefts[band], geometry.dilationW(), OUTPUTS * counts[band]));
    outputs.places[band] = row * grid.outputPitch();
    outputs.indices[band] =
        (images[band] * geometry.outChannels() * geometry.outH() + tops[band]) * geometry.outW()
            + lefts[band];
  }

  /** Returns how many of so many elements, a dilation apart, are before the first of an axis. */
  private static int before(Axis axis, long first, int count) {
    return Math.clamp(Math.ceilDiv(-first, axis.dilation()), 0, count);
  }

  /** Returns how many are before the end of an axis. */
  private static int inside(long size, long first, long dilation, int count) {
    return Math.clamp(Math.ceilDiv(size - first, dilation), 0, count);
  }

  /** Loads the inputs of a channel. */
  void loadInputs(WinogradTransform transform, MemorySegment input, long channel, int place) {
    ConvGeometry geometry = grid.geometry();
    load(
        transform,
        inputs,
        input,
        channel * geometry.inPlane(),
        geometry.inW(),
        place,
        grid.inputPitch());
  }

  /** Loads the outputs' gradients of a channel. */
  void loadGradients(WinogradTransform transform, MemorySegment gradient, long channel, int place) {
    ConvGeometry geometry = grid.geometry();
    load(
        transform,
        outputs,
        gradient,
        channel * geometry.outPlane(),
        geometry.outW(),
        place,
        grid.outputPitch());
  }

  private void load(
      WinogradTransform transform,
      Parts parts,
      MemorySegment source,
      long plane,
      long width,
      int place,
      int pitch) {
    long rowStep = grid.geometry().dilationH() * width;
    long step = grid.geometry().dilationW();
    for (int band = 0; band < bands; band++) {
      if (parts.rows[band] == 0) {
        continue;
      }
      transform.load(
          source,
          plane + parts.indices[band],
          rowStep,
          step,
          parts.rows[band],
          parts.widths[band],
          place + parts.places[band],
          pitch);
    }
  }

  /** Stores the outputs of a channel. */
  void storeOutputs(WinogradTransform transform, MemorySegment output, long channel, int place) {
    ConvGeometry geometry = grid.geometry();
    long plane = channel * geometry.outPlane();
    for (int band = 0; band < bands; band++) {
      if (outputs.rows[band] == 0) {
        continue;
      }
      transform.store(
          output,
          plane + outputs.indices[band],
          geometry.dilationH() * geometry.outW(),
          geometry.dilationW(),
          outputs.rows[band],
          outputs.widths[band],
          place + outputs.places[band],
          grid.outputPitch());
    }
  }
}
