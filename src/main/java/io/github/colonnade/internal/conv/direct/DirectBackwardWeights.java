package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.memory.FreeList;
import io.github.colonnade.internal.parallel.PartialSums;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The weights' gradient by its taps: each is the product of the output's gradient with the shifted
 * input. A tile owns the weights between some channels of a group; where these are few, the images
 * are split as well and the partial gradients added in a fixed order.
 */
final class DirectBackwardWeights implements TileTask {
  private static final FreeList<Tile> TILES = new FreeList<>(Tile::new, Tile::bytes);

  private final Shape shape;
  private final MemorySegment input;
  private final MemorySegment gradOutput;
  private final MemorySegment gradWeights;
  private final PartialSums sums;

  /**
   * Takes the operands of one call.
   *
   * @param shape how the work is cut
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradWeights {@code [O, C/groups, KH, KW]}. Overwritten.
   */
  DirectBackwardWeights(
      Shape shape, MemorySegment input, MemorySegment gradOutput, MemorySegment gradWeights) {
    this.shape = shape;
    this.input = input;
    this.gradOutput = gradOutput;
    this.gradWeights = gradWeights;
    this.sums = shape.sums.task(gradWeights);
  }

  /** What does not change from call to call. */
  static final class Shape implements Tiling {
    /** Tiles below which images are split too, so that several threads find work. */
    private static final long ENOUGH_TILES = 16;

    private final ConvGeometry geometry;
    private final ElementType type;
    private final TapKernels kernels;
    private final TapTiling tiling;
    private final TapBand bands;
    private final TapBand.TapPhase taps;
    private final long blocks;
    private final long chunks;
    private final PartialSums.Split sums;

    /**
     * Cuts the gradient into tiles.
     *
     * @param geometry sizes
     * @param type element type
     * @param maxWorkspaceBytes the most scratch memory of one tile, and of the partial gradients
     */
    Shape(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
      this.geometry = geometry;
      this.type = type;
      this.kernels = TapKernels.of(type);
      TapAxis vertical = DirectAlgorithm.vertical(geometry);
      TapAxis horizontal = DirectAlgorithm.horizontal(geometry);
      long sources = geometry.groupInChannels();
      long targets = geometry.groupOutChannels();
      this.tiling =
          TapTiling.of(
              new TapTiling.Sizes(
                  vertical, horizontal, sources, targets, type.bytes(), kernels.usesScratch()),
              maxWorkspaceBytes);
      this.bands = new TapBand(type, vertical, horizontal, tiling);
      this.taps = bands.targetPhases()[0];
      this.blocks = Math.ceilDiv(targets, tiling.block());
      this.chunks = Math.ceilDiv(sources, tiling.chunk());
      long weights = geometry.outChannels() * geometry.depth();
      long owned = geometry.groups() * blocks * chunks;
      this.sums =
          PartialSums.Split.whole(type, weights, geometry.batch() * bands.count())
              .split(Math.ceilDiv(ENOUGH_TILES, owned), maxWorkspaceBytes);
    }

    @Override
    public long workspaceBytes() {
      return tiling.elements() * type.bytes();
    }

    @Override
    public long sharedBytes() {
      return sums.bytes();
    }

    @Override
    public long tileCount() {
      return geometry.groups() * blocks * chunks * sums.parts();
    }

    @Override
    public String describe() {
      return tileCount()
          + " tiles of "
          + tiling.block()
          + " × "
          + tiling.chunk()
          + " channels, "
          + tiling.rows()
          + " rows × "
          + tiling.columns()
          + " columns at a time"
          + (sums.parts() > 1 ? ", images split " + sums.parts() + " ways" : "");
    }
  }

  @Override
  public long tileCount() {
    return shape.tileCount();
  }

  @Override
  public TileTask next() {
    return sums;
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long part = tile % shape.sums.parts();
    Tile work = TILES.take();
    work.begin(this, tile / shape.sums.parts(), part, workspace, workspaceOffset);
    long pieceTo = shape.sums.firstPiece(part + 1);
    for (long piece = shape.sums.firstPiece(part); piece < pieceTo; piece++) {
      work.add(piece / shape.bands.count(), piece % shape.bands.count());
    }
    work.end();
    TILES.give(work);
  }

  /** One tile at work. */
  private static final class Tile {
    private DirectBackwardWeights call;
    private Shape shape;
    private ConvGeometry geometry;
    private ElementType type;
    private int firstIn;
    private int firstOut;
    private int ins;
    private int outs;
    private int taps;
    private long group;
    private MemorySegment memory;
    private long sourceIndex;
    private long gradientIndex;
    private long sumIndex;
    private MemorySegment result;
    private long resultIndex;

    /** Takes a tile's place in the work and sets its sums to zero. */
    void begin(
        DirectBackwardWeights gradient,
        long owned,
        long part,
        MemorySegment workspace,
        long workspaceOffset) {
      call = gradient;
      shape = gradient.shape;
      geometry = shape.geometry;
      type = shape.type;
      group = owned / shape.chunks / shape.blocks;
      firstIn = (int) (owned % shape.chunks * shape.tiling.chunk());
      firstOut = (int) (owned / shape.chunks % shape.blocks * shape.tiling.block());
      ins = (int) Math.min(shape.tiling.chunk(), geometry.groupInChannels() - firstIn);
      outs = (int) Math.min(shape.tiling.block(), geometry.groupOutChannels() - firstOut);
      taps = ins * shape.taps.kernel().length;
      memory = workspace;
      sourceIndex = workspaceOffset / type.bytes();
      gradientIndex = sourceIndex + shape.tiling.chunk() * shape.tiling.sourceElements();
      sumIndex = gradientIndex + shape.tiling.block() * shape.tiling.targetElements();
      result = gradient.sums == null ? gradient.gradWeights : workspace;
      resultIndex =
          part * shape.sums.elements()
              + (group * geometry.groupOutChannels() + firstOut) * geometry.depth()
              + (long) firstIn * shape.taps.kernel().length;
      for (int out = 0; out < outs; out++) {
        Elements.zero(type, result, resultIndex + out * geometry.depth(), taps);
      }
    }

    long bytes() {
      return 128;
    }

    /** Keeps nothing of the call. */
    void end() {
      call = null;
      shape = null;
      geometry = null;
      memory = null;
      result = null;
    }

    /** Adds what one band of one image contributes. */
    void add(long n, long band) {
      for (int c = 0; c < ins; c++) {
        long channel = n * geometry.inChannels() + group * geometry.groupInChannels() + firstIn + c;
        long to = sourceIndex + c * shape.tiling.sourceElements();
        shape.bands.load(call.input, channel * geometry.inPlane(), band, memory, to);
      }
      for (int out = 0; out < outs; out++) {
        loadGradient(n, band, out);
      }
      long rows = shape.bands.rows(band);
      long columns = shape.bands.columns(band);
      long pitch = shape.tiling.pitch();
      if (pitch <= 2 * columns) {
        correlate(0, (rows - 1) * pitch + columns);
        addSums(n, band, 0, rows);
      } else {
        for (long row = 0; row < rows; row++) {
          correlate(row * pitch, columns);
          addSums(n, band, row, row + 1);
        }
      }
    }

    /** Copies a band of gradients, with zeros between its rows. */
    private void loadGradient(long n, long band, int out) {
      long channel =
          n * geometry.outChannels() + group * geometry.groupOutChannels() + firstOut + out;
      long columns = shape.bands.columns(band);
      long from =
          channel * geometry.outPlane()
              + shape.bands.firstRow(band) * geometry.outW()
              + shape.bands.firstColumn(band);
      long to = gradientIndex + out * shape.tiling.targetElements();
      for (long row = 0; row < shape.bands.rows(band); row++) {
        Elements.copy(type, call.gradOutput, from, memory, to, columns);
        for (long gap = columns; gap < shape.tiling.pitch(); gap++) {
          Elements.set(type, memory, to + gap, 0);
        }
        from += geometry.outW();
        to += shape.tiling.pitch();
      }
    }

    private void correlate(long skip, long count) {
      shape.kernels.correlate(
          memory,
          gradientIndex + skip,
          shape.tiling.targetElements(),
          outs,
          shape.taps.offsets(),
          taps,
          sourceIndex + skip,
          count,
          sumIndex,
          sumIndex + shape.tiling.weightElements(),
          shape.tiling.scratchElements());
    }

    private void addSums(long n, long band, long rowFrom, long rowTo) {
      for (int out = 0; out < outs; out++) {
        for (int t = 0; t < taps; t++) {
          double sum = Elements.get(type, memory, sumIndex + (long) out * taps + t);
          if (Double.isNaN(sum)) {
            // The zeros between the rows may have met an infinite pixel that is not theirs.
            sum = sumByDefinition(n, band, rowFrom, rowTo, out, t);
          }
          long to = resultIndex + out * geometry.depth() + t;
          Elements.set(type, result, to, Elements.get(type, result, to) + sum);
        }
      }
    }

    private double sumByDefinition(long n, long band, long rowFrom, long rowTo, int out, int tap) {
      int kernel = shape.taps.kernel().length;
      long kh = tap % kernel / geometry.kernelW();
      long kw = tap % kernel % geometry.kernelW();
      long c = group * geometry.groupInChannels() + firstIn + tap / kernel;
      long oc = group * geometry.groupOutChannels() + firstOut + out;
      long firstColumn = shape.bands.firstColumn(band);
      double sum = 0;
      for (long row = rowFrom; row < rowTo; row++) {
        long oh = shape.bands.firstRow(band) + row;
        long ih = oh * geometry.strideH() - geometry.padTop() + kh * geometry.dilationH();
        long line = ((n * geometry.outChannels() + oc) * geometry.outH() + oh) * geometry.outW();
        for (long i = 0; i < shape.bands.columns(band); i++) {
          long ow = firstColumn + i;
          long iw = ow * geometry.strideW() - geometry.padLeft() + kw * geometry.dilationW();
          double pixel = geometry.pixel(type, call.input, n, c, ih, iw);
          sum += Elements.get(type, call.gradOutput, line + ow) * pixel;
        }
      }
      return sum;
    }
  }
}
