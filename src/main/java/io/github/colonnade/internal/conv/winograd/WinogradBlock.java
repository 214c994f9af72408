package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Epilogue;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.FreeList;
import java.lang.foreign.MemorySegment;

/**
 * The tiles of one task: their places in the images, found once for all channels. Kept from call to
 * call with the arrays on the heap that its transforms compute in; one thread at a time uses one.
 *
 * <p>A run is tiles that follow each other in a row; a band is runs whose rows overlap or touch.
 */
final class WinogradBlock {
  private static final FreeList<WinogradBlock> F64 =
      new FreeList<>(() -> of(ElementType.F64), WinogradBlock::bytes);
  private static final FreeList<WinogradBlock> F32 =
      new FreeList<>(() -> of(ElementType.F32), WinogradBlock::bytes);

  /** Where one tile lies, in all the arrays below. */
  private static final long LOCATION_BYTES = 4 * Long.BYTES + 7 * Integer.BYTES;

  private final WinogradTransform transform;
  private WinogradTiling tiling;
  private int tiles;
  private int bands;
  private int[] bandEnds = {};
  private long[] bandImages = {};
  private long[] bandTops = {};
  private long[] bandLefts = {};
  private int[] bandRows = {};
  private int[] bandPitches = {};
  private int runs;
  private int[] runCounts = {};
  private int[] runSources = {};
  private int[] runValid = {};
  private long[] runTargets = {};
  private int[] runRowsInside = {};

  private WinogradBlock(WinogradTransform transform) {
    this.transform = transform;
  }

  private static WinogradBlock of(ElementType type) {
    return new WinogradBlock(WinogradTransform.of(type, WinogradTiling.outputs(type)));
  }

  private static FreeList<WinogradBlock> list(ElementType type) {
    return type == ElementType.F64 ? F64 : F32;
  }

  /** Returns a block for one thread, with room for a task of {@code tiling}. */
  static WinogradBlock acquire(WinogradTiling tiling) {
    WinogradBlock block = list(tiling.type()).take();
    assert block.transform.outputs() == tiling.outputs();
    block.reserve(tiling);
    return block;
  }

  /** Takes back what {@link #acquire} gave. */
  static void release(WinogradBlock block) {
    block.tiling = null;
    list(block.transform.type()).give(block);
  }

  /** Returns the bytes of the arrays on the heap that a task of {@code tiling} computes in. */
  static long heapBytes(WinogradTiling tiling) {
    long m = tiling.outputs();
    long tiles = Math.max(tiling.blockTiles(), WinogradWeights.RUN);
    long rows = 2 * (m + 2) * (m + 2) * tiles;
    long plane = Math.max(tiling.planeElements(), m * tiles);
    return (rows + plane) * tiling.type().bytes() + LOCATION_BYTES * tiling.blockTiles();
  }

  private void reserve(WinogradTiling newTiling) {
    tiling = newTiling;
    int most = tiling.blockTiles();
    transform.reserve(Math.max(most, WinogradWeights.RUN), (int) tiling.planeElements());
    if (runCounts.length < most) {
      bandEnds = new int[most];
      bandImages = new long[most];
      bandTops = new long[most];
      bandLefts = new long[most];
      bandRows = new int[most];
      bandPitches = new int[most];
      runCounts = new int[most];
      runSources = new int[most];
      runValid = new int[most];
      runTargets = new long[most];
      runRowsInside = new int[most];
    }
  }

  private long bytes() {
    return transform.bytes() + LOCATION_BYTES * runCounts.length;
  }

  /** Returns the tiles located. */
  int tiles() {
    return tiles;
  }

  WinogradTransform transform() {
    return transform;
  }

  /** Finds the tiles from {@code tileFrom} to {@code tileTo}. */
  void locate(long tileFrom, long tileTo) {
    long band = tiling.bandRows();
    tiles = (int) (tileTo - tileFrom);
    bands = 0;
    runs = 0;
    for (long tile = tileFrom; tile < tileTo; ) {
      // Rows of tiles that follow each other in one image and one of the interleaved convolutions.
      long row = tile / tiling.rowTiles();
      long to = Math.min(tileTo, (row / band + 1) * band * tiling.rowTiles());
      if (tiling.blocksPerRow() > 1) {
        to = Math.min(to, (tile / tiling.runTiles() + 1) * tiling.runTiles());
      }
      locateBand(tile, to);
      tile = to;
    }
  }

  private void locateBand(long tileFrom, long tileTo) {
    ConvGeometry geometry = tiling.geometry();
    long rowTiles = tiling.rowTiles();
    long firstRow = tileFrom / rowTiles;
    long lastRow = (tileTo - 1) / rowTiles;
    long columnFrom = 0;
    long columnTo = rowTiles;
    if (firstRow == lastRow) {
      columnFrom = tileFrom % rowTiles;
      columnTo = columnFrom + (tileTo - tileFrom);
    }
    long reach = tiling.outputs() + 1L;
    long top = tiling.outRow(firstRow);
    boolean oneRun = columnFrom / tiling.runTiles() == (columnTo - 1) / tiling.runTiles();
    long left = oneRun ? tiling.outColumn(columnFrom) : 0;
    long right = tiling.outColumn(oneRun ? columnTo - 1 : rowTiles - 1);
    long pitch = right + reach * geometry.dilationW() + 1 - left;
    for (long tile = tileFrom; tile < tileTo; ) {
      long column = tile % rowTiles;
      long row = tile / rowTiles;
      long run =
          Math.min((column / tiling.runTiles() + 1) * tiling.runTiles() - column, tileTo - tile);
      locateRun(row, column, run, (tiling.outRow(row) - top) * pitch - left);
      tile += run;
    }
    bandEnds[bands] = runs;
    bandImages[bands] = firstRow / tiling.imageRows();
    bandTops[bands] = top - geometry.padTop();
    bandLefts[bands] = left - geometry.padLeft();
    bandRows[bands] = (int) (tiling.outRow(lastRow) + reach * geometry.dilationH() + 1 - top);
    bandPitches[bands] = (int) pitch;
    bands++;
  }

  private void locateRun(long row, long column, long count, long source) {
    ConvGeometry geometry = tiling.geometry();
    long m = tiling.outputs();
    long oh = tiling.outRow(row);
    long ow = tiling.outColumn(column);
    long inside = Math.ceilDiv(geometry.outW() - ow, geometry.dilationW());
    long rowsInside = Math.ceilDiv(geometry.outH() - oh, geometry.dilationH());
    runCounts[runs] = (int) count;
    runSources[runs] = (int) (source + ow);
    runValid[runs] = (int) Math.clamp(inside, 0, m * count);
    runRowsInside[runs] = inside > 0 ? (int) Math.clamp(rowsInside, 0, m) : 0;
    // In channel 0; each further channel is one plane on.
    runTargets[runs] =
        (row / tiling.imageRows() * geometry.outChannels() * geometry.outH() + oh) * geometry.outW()
            + ow;
    runs++;
  }

  /** Transforms the tiles of one input channel. */
  void transformInput(
      MemorySegment input, long channel, MemorySegment target, long index, long stride) {
    ConvGeometry geometry = tiling.geometry();
    int tap = (int) geometry.dilationW();
    int step = tiling.outputs() * tap;
    int at = 0;
    int run = 0;
    for (int band = 0; band < bands; band++) {
      load(input, bandImages[band] * geometry.inChannels() + channel, band);
      int rowTap = (int) geometry.dilationH() * bandPitches[band];
      for (; run < bandEnds[band]; run++) {
        transform.gather(runSources[run], rowTap, tap, step, at, runCounts[run]);
        at += runCounts[run];
      }
    }
    transform.transformInput(tiles, target, index, stride);
  }

  /** Copies a band's part of a plane into the transform, zeros where it is outside. */
  private void load(MemorySegment input, long plane, int band) {
    ConvGeometry geometry = tiling.geometry();
    int pitch = bandPitches[band];
    long left = bandLefts[band];
    int from = (int) Math.clamp(-left, 0L, pitch);
    int to = Math.clamp(geometry.inW() - left, from, pitch);
    for (int r = 0; r < bandRows[band]; r++) {
      long ih = bandTops[band] + r;
      if (ih < 0 || ih >= geometry.inH() || from == to) {
        transform.loadRow(input, 0, r * pitch, pitch, 0, 0);
      } else {
        long index = (plane * geometry.inH() + ih) * geometry.inW() + left + from;
        transform.loadRow(input, index, r * pitch, from, to - from, pitch - to);
      }
    }
  }

  /** Begins to watch the outputs of some channels. */
  void beginOutputs() {
    transform.beginOutputs(tiles);
  }

  /** Returns whether all outputs of those channels are finite. */
  boolean outputsAreFinite() {
    return transform.outputsAreFinite(tiles);
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
    ConvGeometry geometry = tiling.geometry();
    transform.transformOutput(source, index, stride, tiles, bias, channel);
    long plane = channel * geometry.outPlane();
    long rowStep = geometry.dilationH() * geometry.outW();
    int at = 0;
    for (int run = 0; run < runs; run++) {
      long target = plane + runTargets[run];
      for (int y = 0; y < runRowsInside[run]; y++) {
        transform.scatter(
            y,
            at,
            runCounts[run],
            runValid[run],
            output,
            target + y * rowStep,
            geometry.dilationW());
        epilogue.apply(
            tiling.type(), output, target + y * rowStep, geometry.dilationW(), runValid[run]);
      }
      at += runCounts[run];
    }
  }
}
