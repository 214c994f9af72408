package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.blas.Gemm.Transpose;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.TaskShape;
import io.github.colonnade.internal.conv.lowering.ColumnWalk;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Elements;
import io.github.colonnade.internal.parallel.TileTask;
import java.lang.foreign.MemorySegment;

/**
 * The input's gradient as a matrix multiply and col2im, {@code [C·KH·KW, O] · [O, pixels]}, a panel
 * at a time. A tile owns some input channels of some images, so no two tiles add to one pixel.
 * Where these are few, planes are cut into bands of output rows as well, and the odd bands wait for
 * the even ones: so neighbours, whose windows overlap, never add at once nor in another order.
 */
final class Im2colBackwardInput implements TileTask {
  private final Shape shape;
  private final MemorySegment gradOutput;
  private final MemorySegment weight;
  private final MemorySegment bias;
  private final MemorySegment gradInput;

  /** Whether the bands now at work are the odd ones. */
  private boolean odd;

  /**
   * Takes the operands of one call.
   *
   * @param shape how the work is cut
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
   * @param bias {@code [C]}, what each sum starts from, or null for zero. Not modified.
   * @param gradInput {@code [N, C, H, W]}. Overwritten.
   */
  Im2colBackwardInput(
      Shape shape,
      MemorySegment gradOutput,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment gradInput) {
    this.shape = shape;
    this.gradOutput = gradOutput;
    this.weight = weight;
    this.bias = bias;
    this.gradInput = gradInput;
  }

  /** What does not change from call to call. */
  static final class Shape implements TaskShape {
    private static final long LEAST_PIXELS = 16;
    private static final long MOST_PIXELS = 1024;
    private static final long MOST_ROWS = 256;
    private static final long PANEL_BYTES = 1 << 20;

    private final ConvGeometry geometry;
    private final ElementType type;
    private final ColumnWalk summing;
    private final GradientStage stage;
    private final long channelBlock;
    private final long channelBlocks;
    private final long pixels;
    private final long bandRows;
    private final long bands;

    /**
     * Cuts the gradient into tiles.
     *
     * @param geometry sizes
     * @param type element type
     * @param maxWorkspaceBytes the most scratch memory of one tile
     */
    Shape(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
      this.geometry = geometry;
      this.type = type;
      long budget = Math.min(PANEL_BYTES, maxWorkspaceBytes) / type.bytes();
      long kernelArea = geometry.kernelPlane();
      long rows = Math.max(kernelArea, Math.min(MOST_ROWS, budget / LEAST_PIXELS));
      long images = Math.max(1, geometry.batch() * geometry.groups());
      long wantedTiles = PanelTiling.enoughTiles(geometry);
      long groupIn = geometry.groupInChannels();
      long whole = Math.clamp(rows / kernelArea, 1, groupIn);
      long cut = Math.min(whole, Math.ceilDiv(groupIn, Math.ceilDiv(wantedTiles, images)));
      long blocks = Math.ceilDiv(groupIn, whole);
      long wantedBands = 2 * Math.ceilDiv(wantedTiles, images * blocks);
      long likelyBands = Math.min(wantedBands, geometry.outH() / leastBandRows(geometry));
      // Bands keep the multiply whole, and images of few channels have more of them.
      boolean banded = blocks * (likelyBands / 2) > Math.ceilDiv(groupIn, cut);
      this.channelBlocks = banded ? blocks : Math.ceilDiv(groupIn, cut);
      this.channelBlock = Math.ceilDiv(groupIn, channelBlocks);
      this.bandRows = banded ? Math.ceilDiv(geometry.outH(), likelyBands) : geometry.outH();
      this.bands = banded ? Math.ceilDiv(geometry.outH(), bandRows) : 1;
      long panelRows = channelBlock * kernelArea;
      long wanted = Math.clamp(budget / panelRows, 1, MOST_PIXELS);
      this.stage =
          GradientStage.of(
              geometry,
              type,
              banded ? 0 : wanted,
              maxWorkspaceBytes / type.bytes() - panelRows * wanted);
      this.pixels = stage.isUsed() ? stage.pixels() : Math.min(wanted, geometry.outPlane());
      this.summing = ColumnWalk.summing(geometry, type, pixels);
    }

    /** Returns the rows of the output from which on no window reaches over a whole band. */
    private static long leastBandRows(ConvGeometry geometry) {
      long beyond = (geometry.kernelH() - 1) * geometry.dilationH() - geometry.strideH();
      return Math.max(1, Math.floorDiv(beyond, geometry.strideH()) + 1);
    }

    /** Returns the input row that the windows of a band begin with. */
    private long firstRow(long band) {
      if (band == 0) {
        return 0;
      }
      long row = band * bandRows * geometry.strideH() - geometry.padTop();
      return band >= bands ? geometry.inH() : Math.clamp(row, 0, geometry.inH());
    }

    /**
     * Returns the least {@code maxWorkspaceBytes} for these sizes: one channel's columns of one
     * pixel.
     *
     * @param geometry sizes
     * @param type element type
     * @return bytes
     */
    static long leastWorkspaceBytes(ConvGeometry geometry, ElementType type) {
      return geometry.kernelPlane() * type.bytes();
    }

    @Override
    public long workspaceBytes() {
      long panelRows = channelBlock * geometry.kernelPlane();
      long panel = geometry.isPointwise() && !stage.isUsed() ? 0 : panelRows * pixels;
      return (panel + stage.elements()) * type.bytes();
    }

    @Override
    public String describe() {
      return tileCount()
          + " tiles of "
          + channelBlock
          + " channels, "
          + pixels
          + " pixels at a time"
          + (bands > 1 ? ", " + bands + " bands of rows" : "")
          + (stage.isUsed() ? ", several images a tile" : "");
    }

    private long imageTiles() {
      return stage.isUsed() ? stage.tiles() : geometry.batch();
    }

    @Override
    public long tileCount() {
      return tileCount(false);
    }

    private long tileCount(boolean odd) {
      return imageTiles() * geometry.groups() * channelBlocks * bands(odd);
    }

    private long bands(boolean odd) {
      return odd ? bands / 2 : bands - bands / 2;
    }
  }

  @Override
  public long tileCount() {
    return shape.tileCount(odd);
  }

  @Override
  public TileTask next() {
    if (odd || shape.bands == 1) {
      return null;
    }
    // The same object again, since a call makes no more objects than it must.
    odd = true;
    return this;
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    long bands = shape.bands(odd);
    long band = 2 * (tile % bands) + (odd ? 1 : 0);
    long planes = tile / bands;
    long block = planes % shape.channelBlocks;
    long group = planes / shape.channelBlocks % shape.geometry.groups();
    long imageTile = planes / shape.channelBlocks / shape.geometry.groups();
    long channelFrom = block * shape.channelBlock;
    long channelTo = Math.min(channelFrom + shape.channelBlock, shape.geometry.groupInChannels());
    long images = shape.stage.isUsed() ? shape.stage.images() : 1;
    long imageFrom = imageTile * images;
    long imageTo = Math.min(imageFrom + images, shape.geometry.batch());
    if (!odd) {
      begin(group, channelFrom, channelTo, imageFrom, imageTo, band);
    }
    long workspaceIndex = workspaceOffset / shape.type.bytes();
    if (shape.stage.isUsed()) {
      long panel = workspaceIndex + shape.stage.elements();
      long count = (imageTo - imageFrom) * shape.geometry.outPlane();
      shape.stage.gather(
          gradOutput,
          group,
          imageFrom,
          imageTo,
          0,
          shape.geometry.groupOutChannels(),
          workspace,
          workspaceIndex);
      multiply(
          group,
          channelFrom,
          channelTo,
          workspace,
          workspaceIndex,
          count,
          count,
          workspace,
          panel,
          count,
          0);
      sum(
          group,
          channelFrom,
          channelTo,
          imageFrom * shape.geometry.outPlane(),
          count,
          workspace,
          panel);
      return;
    }
    long firstOut =
        imageFrom * shape.geometry.outChannels() + group * shape.geometry.groupOutChannels();
    long gradient = firstOut * shape.geometry.outPlane();
    long bandTo = Math.min((band + 1) * shape.bandRows, shape.geometry.outH());
    long end = bandTo * shape.geometry.outW();
    for (long from = band * shape.bandRows * shape.geometry.outW(); from < end; ) {
      long count = Math.min(shape.pixels, end - from);
      if (shape.geometry.isPointwise()) {
        long channel =
            imageFrom * shape.geometry.inChannels() + group * shape.geometry.groupInChannels();
        long target = (channel + channelFrom) * shape.geometry.inPlane() + from;
        multiply(
            group,
            channelFrom,
            channelTo,
            gradOutput,
            gradient + from,
            shape.geometry.outPlane(),
            count,
            gradInput,
            target,
            shape.geometry.inPlane(),
            1);
      } else {
        multiply(
            group,
            channelFrom,
            channelTo,
            gradOutput,
            gradient + from,
            shape.geometry.outPlane(),
            count,
            workspace,
            workspaceIndex,
            count,
            0);
        long pixel = imageFrom * shape.geometry.outPlane() + from;
        sum(group, channelFrom, channelTo, pixel, count, workspace, workspaceIndex);
      }
      from += count;
    }
  }

  /** Sets the rows of an even band and of the odd one after it to zero, or to the bias. */
  private void begin(
      long group, long channelFrom, long channelTo, long imageFrom, long imageTo, long band) {
    long rowFrom = shape.firstRow(band);
    long count = (shape.firstRow(band + 2) - rowFrom) * shape.geometry.inW();
    for (long n = imageFrom; n < imageTo; n++) {
      for (long c = channelFrom; c < channelTo; c++) {
        long channel = group * shape.geometry.groupInChannels() + c;
        long plane = (n * shape.geometry.inChannels() + channel) * shape.geometry.inPlane();
        long first = plane + rowFrom * shape.geometry.inW();
        if (bias == null) {
          Elements.zero(shape.type, gradInput, first, count);
        } else {
          Elements.repeat(shape.type, bias, channel, gradInput, first, count);
        }
      }
    }
  }

  /** Multiplies the transposed weights of some channels by {@code count} columns of gradients. */
  private void multiply(
      long group,
      long channelFrom,
      long channelTo,
      MemorySegment gradients,
      long gradientsIndex,
      long gradientsStride,
      long count,
      MemorySegment target,
      long targetIndex,
      long targetStride,
      double beta) {
    long kernelArea = shape.geometry.kernelH() * shape.geometry.kernelW();
    long depth = shape.geometry.depth();
    Gemm.multiplyInParts(
        shape.type,
        Transpose.YES,
        (channelTo - channelFrom) * kernelArea,
        count,
        shape.geometry.groupOutChannels(),
        weight,
        group * shape.geometry.groupOutChannels() * depth + channelFrom * kernelArea,
        depth,
        gradients,
        gradientsIndex,
        gradientsStride,
        beta,
        target,
        targetIndex,
        targetStride);
  }

  private void sum(
      long group,
      long channelFrom,
      long channelTo,
      long pixelFrom,
      long count,
      MemorySegment panel,
      long panelIndex) {
    long kernelArea = shape.geometry.kernelH() * shape.geometry.kernelW();
    shape.summing.walk(
        gradInput,
        group,
        channelFrom * kernelArea,
        channelTo * kernelArea,
        pixelFrom,
        pixelFrom + count,
        panel,
        panelIndex,
        count,
        1);
  }
}
