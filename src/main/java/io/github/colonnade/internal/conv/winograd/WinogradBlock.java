package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.FreeList;
import java.lang.foreign.MemorySegment;

/**
 * The tiles of one task: their places in the images, found once for all channels. Kept from call to
 * call with the arrays on the heap that its transforms compute in; one thread at a time uses one.
 *
 * <p>A run is tiles that follow each other in a row; a line is runs in the same rows of an image.
 */
final class WinogradBlock {
  private static final FreeList<WinogradBlock> F64 =
      new FreeList<>(() -> of(ElementType.F64), WinogradBlock::bytes);
  private static final FreeList<WinogradBlock> F32 =
      new FreeList<>(() -> of(ElementType.F32), WinogradBlock::bytes);

  /** Where one tile lies, in all the arrays below. */
  private static final long LOCATION_BYTES = 4 * Long.BYTES + 7 * Integer.BYTES + 1;

  private final WinogradTransform transform;
  private final KernelTransform kernels;
  private TileGrid grid;
  private int tiles;
  private int columns;
  private int lines;
  private int[] lineEnds = {};
  private long[] lineImages = {};
  private long[] lineTops = {};
  private long[] lineLefts = {};
  private int[] lineTiles = {};
  private int[] lineWidths = {};
  private boolean[] lineFollows = {};
  private int runs;
  private int[] runCounts = {};
  private int[] runSources = {};
  private int[] runValid = {};
  private long[] runTargets = {};
  private int[] runRowsInside = {};

  private WinogradBlock(WinogradTransform transform) {
    this.transform = transform;
    kernels = new KernelTransform(transform.type());
  }

  private static WinogradBlock of(ElementType type) {
    return new WinogradBlock(WinogradTransform.of(type));
  }

  private static FreeList<WinogradBlock> list(ElementType type) {
    return type == ElementType.F64 ? F64 : F32;
  }

  /** Returns a block for one thread, with room for a task of {@code grid}. */
  static WinogradBlock acquire(TileGrid grid) {
    WinogradBlock block = list(grid.type()).take();
    block.reserve(grid);
    return block;
  }

  /** Takes back what {@link #acquire} gave. */
  static void release(WinogradBlock block) {
    block.grid = null;
    list(block.transform.type()).give(block);
  }

  /** Returns the bytes of the arrays on the heap that a task of {@code grid} computes in. */
  static long heapBytes(TileGrid grid) {
    long tiles = grid.blockTiles();
    return WinogradTransform.bytes(grid.type(), tiles, grid.lineElements())
        + KernelTransform.bytes(grid.type())
        + LOCATION_BYTES * tiles;
  }

  private void reserve(TileGrid newGrid) {
    grid = newGrid;
    int most = grid.blockTiles();
    transform.reserve(most, (int) grid.lineElements());
    if (runCounts.length < most) {
      lineEnds = new int[most];
      lineImages = new long[most];
      lineTops = new long[most];
      lineLefts = new long[most];
      lineTiles = new int[most];
      lineWidths = new int[most];
      lineFollows = new boolean[most];
      runCounts = new int[most];
      runSources = new int[most];
      runValid = new int[most];
      runTargets = new long[most];
      runRowsInside = new int[most];
    }
  }

  private long bytes() {
    return transform.bytes()
        + KernelTransform.bytes(transform.type())
        + LOCATION_BYTES * runCounts.length;
  }

  /** Returns the tiles located. */
  int tiles() {
    return tiles;
  }

  /** Returns the columns of a multiply of the tiles located: these, and perhaps some of zeros. */
  int columns() {
    return columns;
  }

  KernelTransform kernels() {
    return kernels;
  }

  /** Finds the tiles of a block. */
  void locate(long index) {
    long tileFrom = grid.firstTile(index);
    long tileTo = grid.lastTile(index);
    tiles = (int) (tileTo - tileFrom);
    columns = (int) Gemm.paddedColumns(grid.type(), tiles);
    transform.clear(tiles, columns);
    lines = 0;
    runs = 0;
    for (long tile = tileFrom; tile < tileTo; ) {
      long to = Math.min(tileTo, (tile / grid.rowTiles() + 1) * grid.rowTiles());
      if (grid.blocksPerRow() > 1) {
        // A part of a row takes one run at a time, whose part of the image is short.
        to = Math.min(to, (tile / grid.runTiles() + 1) * grid.runTiles());
      }
      locateLine(tile, to);
      tile = to;
    }
  }

  private void locateLine(long tileFrom, long tileTo) {
    ConvGeometry geometry = grid.geometry();
    long row = tileFrom / grid.rowTiles();
    long columnFrom = tileFrom % grid.rowTiles();
    long columnTo = columnFrom + (tileTo - tileFrom);
    boolean oneRun = columnFrom / grid.runTiles() == (columnTo - 1) / grid.runTiles();
    long left = oneRun ? grid.outColumn(columnFrom) : 0;
    long right = grid.outColumn(oneRun ? columnTo - 1 : grid.rowTiles() - 1);
    long reach = WinogradTransform.INPUTS - 1L;
    for (long column = columnFrom; column < columnTo; ) {
      long run = Math.min((column / grid.runTiles() + 1) * grid.runTiles(), columnTo) - column;
      locateRun(row, column, run, left);
      column += run;
    }
    long image = row / grid.imageRows();
    long top = grid.outRow(row);
    lineEnds[lines] = runs;
    lineImages[lines] = image;
    lineTops[lines] = top;
    lineLefts[lines] = left;
    lineTiles[lines] = (int) (columnTo - columnFrom);
    lineWidths[lines] = (int) (right + reach * geometry.dilationW() + 1 - left);
    lineFollows[lines] =
        lines > 0
            && image == lineImages[lines - 1]
            && top == lineTops[lines - 1] + WinogradTransform.OUTPUTS * geometry.dilationH()
            && left == lineLefts[lines - 1]
            && lineTiles[lines] == lineTiles[lines - 1]
            && runSources[firstRun(lines)] == runSources[firstRun(lines - 1)];
    lines++;
  }

  private int firstRun(int line) {
    return line == 0 ? 0 : lineEnds[line - 1];
  }

  private void locateRun(long row, long column, long count, long left) {
    ConvGeometry geometry = grid.geometry();
    long m = WinogradTransform.OUTPUTS;
    long oh = grid.outRow(row);
    long ow = grid.outColumn(column);
    long inside = Math.ceilDiv(geometry.outW() - ow, geometry.dilationW());
    long rowsInside = Math.ceilDiv(geometry.outH() - oh, geometry.dilationH());
    runCounts[runs] = (int) count;
    runSources[runs] = (int) (ow - left);
    runValid[runs] = (int) Math.clamp(inside, 0, m * count);
    runRowsInside[runs] = inside > 0 ? (int) Math.clamp(rowsInside, 0, m) : 0;
    // In channel 0; each further channel is one plane on.
    runTargets[runs] =
        (row / grid.imageRows() * geometry.outChannels() * geometry.outH() + oh) * geometry.outW()
            + ow;
    runs++;
  }

  /** Transforms the tiles of one input channel. */
  void transformInput(
      MemorySegment input, long channel, MemorySegment target, long index, long stride) {
    ConvGeometry geometry = grid.geometry();
    int at = 0;
    for (int line = 0; line < lines; line++) {
      long plane = (lineImages[line] * geometry.inChannels() + channel) * geometry.inPlane();
      if (lineFollows[line]) {
        transform.repeatRows(at - lineTiles[line], at, lineTiles[line]);
      }
      for (int row = lineFollows[line] ? 2 : 0; row < WinogradTransform.INPUTS; row++) {
        load(
            input,
            plane,
            geometry.inH(),
            geometry.inW(),
            lineTops[line] - geometry.padTop() + row * geometry.dilationH(),
            lineLefts[line] - geometry.padLeft(),
            lineWidths[line]);
        transformRow(line, row, at, true);
      }
      at += lineTiles[line];
    }
    transform.transformInput(columns, target, index, stride);
  }

  /** Transforms the tiles of one output channel's gradient. */
  void transformGradient(
      MemorySegment gradient, long channel, MemorySegment target, long index, long stride) {
    ConvGeometry geometry = grid.geometry();
    int at = 0;
    for (int line = 0; line < lines; line++) {
      long plane = (lineImages[line] * geometry.outChannels() + channel) * geometry.outPlane();
      for (int row = 0; row < WinogradTransform.OUTPUTS; row++) {
        load(
            gradient,
            plane,
            geometry.outH(),
            geometry.outW(),
            lineTops[line] + row * geometry.dilationH(),
            lineLefts[line],
            lineWidths[line]);
        transformRow(line, row, at, false);
      }
      at += lineTiles[line];
    }
    transform.transformGradient(tiles, target, index, stride);
  }

  /** Transforms the loaded row of a line's runs. */
  private void transformRow(int line, int row, int at, boolean input) {
    int tap = (int) grid.geometry().dilationW();
    int step = WinogradTransform.OUTPUTS * tap;
    int place = at;
    for (int run = firstRun(line); run < lineEnds[line]; run++) {
      if (input) {
        transform.inputRow(row, runSources[run], tap, step, place, runCounts[run]);
      } else {
        transform.gradientRow(row, runSources[run], tap, step, place, runCounts[run]);
      }
      place += runCounts[run];
    }
  }

  /** Loads a part of a plane's row, zeros where it is outside. */
  private void load(
      MemorySegment source,
      long plane,
      long height,
      long planeWidth,
      long row,
      long left,
      int width) {
    int from = (int) Math.clamp(-left, 0L, width);
    int to = Math.clamp(planeWidth - left, from, width);
    if (row < 0 || row >= height || from == to) {
      transform.loadRow(source, 0, width, 0, 0);
    } else {
      transform.loadRow(
          source, plane + row * planeWidth + left + from, from, to - from, width - to);
    }
  }

  /** Begins to watch the outputs of some channels. */
  void beginOutputs() {
    transform.beginOutputs();
  }

  /** Returns whether all outputs of those channels are finite. */
  boolean outputsAreFinite() {
    return transform.outputsAreFinite();
  }

  /** Transforms the products of one output channel and writes its pixels. */
  void transformOutput(
      MemorySegment source,
      long index,
      long stride,
      MemorySegment bias,
      Epilogue epilogue,
      MemorySegment output,
      long channel) {
    ConvGeometry geometry = grid.geometry();
    transform.transformOutput(source, index, stride, tiles);
    long plane = channel * geometry.outPlane();
    long rowStep = geometry.dilationH() * geometry.outW();
    int at = 0;
    for (int run = 0; run < runs; run++) {
      long target = plane + runTargets[run];
      for (int y = 0; y < runRowsInside[run]; y++) {
        transform.outputRow(
            y,
            at,
            runCounts[run],
            bias,
            channel,
            epilogue,
            runValid[run],
            output,
            target + y * rowStep,
            geometry.dilationW());
      }
      at += runCounts[run];
    }
  }
}
