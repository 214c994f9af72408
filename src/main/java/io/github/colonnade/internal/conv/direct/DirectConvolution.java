package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.memory.FreeList;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * Convolution by its taps: a band of padded source rows is copied to the scratch memory, where each
 * tap is a plain shift, and the sums are copied from there to where they belong. It serves the
 * forward pass and the input's gradient, which differ in the {@link TapAxis} and in how the weights
 * lie. One tile is a band of a block of target channels.
 */
final class DirectConvolution implements TileTask {
  private static final FreeList<Tile> TILES = new FreeList<>(Tile::new, Tile::bytes);

  private final Shape shape;
  private final MemorySegment source;
  private final MemorySegment weight;
  private final MemorySegment bias;
  private final MemorySegment target;

  /**
   * Takes the operands of one call.
   *
   * @param shape how the work is cut
   * @param source {@code [N, groups·sources, …]}. Not modified.
   * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
   * @param bias {@code [groups·targets]}, or null for none. Not modified.
   * @param target {@code [N, groups·targets, …]}. Overwritten.
   */
  DirectConvolution(
      Shape shape,
      MemorySegment source,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment target) {
    this.shape = shape;
    this.source = source;
    this.weight = weight;
    this.bias = bias;
    this.target = target;
  }

  /** What does not change from call to call. */
  static final class Shape implements Tiling {
    private final ElementType type;
    private final TapKernels kernels;
    private final TapTiling tiling;
    private final TapBand bands;
    private final long batch;
    private final long groups;
    private final long sources;
    private final long targets;
    private final long blocks;
    private final long kernelPlane;
    private final long sourcePlane;
    private final long targetPlane;
    private final long targetWeights;
    private final long sourceWeights;
    private final boolean everyPhase;

    private Shape(
        ConvGeometry geometry,
        ElementType type,
        TapAxis vertical,
        TapAxis horizontal,
        boolean adjoint,
        long maxWorkspaceBytes) {
      this.type = type;
      this.kernels = TapKernels.of(type);
      this.batch = geometry.batch();
      this.groups = geometry.groups();
      this.kernelPlane = geometry.kernelPlane();
      this.sources = adjoint ? geometry.groupOutChannels() : geometry.groupInChannels();
      this.targets = adjoint ? geometry.groupInChannels() : geometry.groupOutChannels();
      this.targetWeights = adjoint ? kernelPlane : geometry.depth();
      this.sourceWeights = adjoint ? geometry.depth() : kernelPlane;
      this.sourcePlane = adjoint ? geometry.outPlane() : geometry.inPlane();
      this.targetPlane = adjoint ? geometry.inPlane() : geometry.outPlane();
      this.tiling =
          TapTiling.of(
              new TapTiling.Sizes(
                  vertical, horizontal, sources, targets, type.bytes(), kernels.usesScratch()),
              maxWorkspaceBytes);
      this.bands = new TapBand(type, vertical, horizontal, tiling);
      this.blocks = Math.ceilDiv(targets, tiling.block());
      this.everyPhase =
          vertical.targetPhases().length == vertical.target().stride()
              && horizontal.targetPhases().length == horizontal.target().stride();
    }

    /** Cuts a forward pass. */
    static Shape forward(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
      TapAxis vertical = DirectAlgorithm.vertical(geometry);
      TapAxis horizontal = DirectAlgorithm.horizontal(geometry);
      return new Shape(geometry, type, vertical, horizontal, false, maxWorkspaceBytes);
    }

    /** Cuts an input's gradient. */
    static Shape adjoint(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
      TapAxis vertical = DirectAlgorithm.adjointVertical(geometry);
      TapAxis horizontal = DirectAlgorithm.adjointHorizontal(geometry);
      return new Shape(geometry, type, vertical, horizontal, true, maxWorkspaceBytes);
    }

    @Override
    public long workspaceBytes() {
      return tiling.elements() * type.bytes();
    }

    @Override
    public long tileCount() {
      return batch * groups * blocks * bands.count();
    }

    @Override
    public String describe() {
      return tileCount()
          + " tiles of "
          + tiling.block()
          + " channels × "
          + tiling.rows()
          + " rows × "
          + tiling.columns()
          + " columns, "
          + tiling.chunk()
          + " channels read at a time";
    }
  }

  @Override
  public long tileCount() {
    return shape.tileCount();
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long band = tile % shape.bands.count();
    long blockTile = tile / shape.bands.count();
    long block = blockTile % shape.blocks;
    long group = blockTile / shape.blocks % shape.groups;
    long n = blockTile / shape.blocks / shape.groups;
    long blockFrom = block * shape.tiling.block();
    int outs = (int) Math.min(shape.tiling.block(), shape.targets - blockFrom);
    Tile work = TILES.take();
    work.begin(this, n, group, blockFrom, outs, band, workspace, workspaceOffset);
    for (long chunk = 0; chunk < shape.sources; chunk += shape.tiling.chunk()) {
      work.add(chunk, (int) Math.min(shape.tiling.chunk(), shape.sources - chunk));
    }
    work.end();
    TILES.give(work);
  }

  /** One tile at work. */
  private static final class Tile {
    private DirectConvolution call;
    private Shape shape;
    private long n;
    private long group;
    private long blockFrom;
    private int outs;
    private long band;
    private MemorySegment memory;
    private long sourceIndex;
    private long targetIndex;
    private long weightIndex;
    private long phaseElements;

    /** Takes a tile's place in the work and sets its sums to what they start from. */
    void begin(
        DirectConvolution convolution,
        long image,
        long groupIndex,
        long firstChannel,
        int channels,
        long bandIndex,
        MemorySegment workspace,
        long workspaceOffset) {
      call = convolution;
      shape = convolution.shape;
      n = image;
      group = groupIndex;
      blockFrom = firstChannel;
      outs = channels;
      band = bandIndex;
      memory = workspace;
      sourceIndex = workspaceOffset / shape.type.bytes();
      targetIndex = sourceIndex + shape.tiling.chunk() * shape.tiling.sourceElements();
      weightIndex = targetIndex + shape.tiling.block() * shape.tiling.targetElements();
      phaseElements = shape.tiling.rows() * shape.tiling.pitch();
      for (int out = 0; out < outs; out++) {
        long first = targetIndex + out * shape.tiling.targetElements();
        Elements.fill(shape.type, memory, first, shape.tiling.targetElements(), startOf(out));
      }
    }

    long bytes() {
      return 128;
    }

    /** Writes the sums to where they belong, and keeps nothing of the call. */
    void end() {
      store();
      call = null;
      shape = null;
      memory = null;
    }

    private double startOf(int out) {
      long channel = group * shape.targets + blockFrom + out;
      return call.bias == null ? 0 : Elements.get(shape.type, call.bias, channel);
    }

    /** Adds what some source channels of the group contribute. */
    void add(long chunk, int channels) {
      for (int c = 0; c < channels; c++) {
        long channel = (n * shape.groups + group) * shape.sources + chunk + c;
        long to = sourceIndex + c * shape.tiling.sourceElements();
        shape.bands.load(call.source, channel * shape.sourcePlane, band, memory, to);
      }
      long rows = shape.bands.rows(band);
      long columns = shape.bands.columns(band);
      long to = targetIndex;
      for (TapBand.TapPhase phase : shape.bands.targetPhases()) {
        int taps = phase.kernel().length * channels;
        packWeights(phase, chunk, channels);
        if (shape.tiling.pitch() <= 2 * columns) {
          // One long run: what it computes between the rows is dropped.
          convolve(phase, taps, 0, to, (rows - 1) * shape.tiling.pitch() + columns);
        } else {
          for (long row = 0; row < rows; row++) {
            convolve(phase, taps, row * shape.tiling.pitch(), to, columns);
          }
        }
        to += phaseElements;
      }
    }

    private void convolve(TapBand.TapPhase phase, int taps, long skip, long to, long count) {
      shape.kernels.convolve(
          memory,
          weightIndex,
          phase.offsets(),
          taps,
          sourceIndex + skip,
          to + skip,
          shape.tiling.targetElements(),
          outs,
          count,
          weightIndex + shape.tiling.weightElements(),
          shape.tiling.scratchElements());
    }

    private void packWeights(TapBand.TapPhase phase, long chunk, int channels) {
      long to = weightIndex;
      long kernels = group * shape.sources * shape.targets * shape.kernelPlane;
      for (int out = 0; out < outs; out++) {
        for (int c = 0; c < channels; c++) {
          long from = kernels + (blockFrom + out) * shape.targetWeights;
          from += (chunk + c) * shape.sourceWeights;
          for (int k : phase.kernel()) {
            Elements.set(shape.type, memory, to, Elements.get(shape.type, call.weight, from + k));
            to++;
          }
        }
      }
    }

    private void store() {
      for (int out = 0; out < outs; out++) {
        long channel = (n * shape.groups + group) * shape.targets + blockFrom + out;
        long plane = channel * shape.targetPlane;
        if (!shape.everyPhase) {
          shape.bands.fill(call.target, plane, band, startOf(out));
        }
        long from = targetIndex + out * shape.tiling.targetElements();
        for (TapBand.TapPhase phase : shape.bands.targetPhases()) {
          shape.bands.store(memory, from, band, phase, call.target, plane);
          from += phaseElements;
        }
      }
    }
  }
}
