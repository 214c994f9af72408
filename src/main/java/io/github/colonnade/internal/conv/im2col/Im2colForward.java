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
 * Convolution as a matrix multiply on lowered columns, {@code [O, C·KH·KW] · [C·KH·KW, pixels]}, a
 * tile of pixels at a time: the whole column matrix never exists.
 */
final class Im2colForward implements TileTask {
  private final Shape shape;
  private final MemorySegment input;
  private final MemorySegment weight;
  private final MemorySegment bias;
  private final MemorySegment output;

  /**
   * Takes the operands of one call.
   *
   * @param shape how the work is cut
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight {@code [O, C/groups, KH, KW]}; where the shape is of rotated weights, what those
   *     at the start of the workspace are made from. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param output {@code [N, O, OH, OW]}. Overwritten.
   */
  Im2colForward(
      Shape shape,
      MemorySegment input,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment output) {
    this.shape = shape;
    this.input = input;
    this.weight = weight;
    this.bias = bias;
    this.output = output;
  }

  /** What does not change from call to call. */
  static final class Shape implements TaskShape {
    private final ConvGeometry geometry;
    private final ElementType type;
    private final PanelTiling tiling;
    private final ColumnWalk lowering;
    private final boolean rotated;

    private Shape(
        ConvGeometry geometry, ElementType type, long maxWorkspaceBytes, boolean rotated) {
      this.geometry = geometry;
      this.type = type;
      this.rotated = rotated;
      this.tiling = PanelTiling.of(geometry, type, maxWorkspaceBytes);
      this.lowering = ColumnWalk.lowering(geometry, type, tiling.tilePixels());
    }

    /**
     * Cuts a convolution into tiles.
     *
     * @param geometry sizes
     * @param type element type
     * @param maxWorkspaceBytes the most scratch memory of one tile
     */
    static Shape of(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
      return new Shape(geometry, type, maxWorkspaceBytes, false);
    }

    /** As {@link #of}, where a phase before lays the weights at the start of the workspace. */
    static Shape ofRotated(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
      return new Shape(geometry, type, maxWorkspaceBytes, true);
    }

    /**
     * Returns the least {@code maxWorkspaceBytes} for these sizes.
     *
     * @param geometry sizes
     * @param type element type
     * @return bytes
     */
    static long leastWorkspaceBytes(ConvGeometry geometry, ElementType type) {
      return PanelTiling.leastWorkspaceBytes(geometry, type);
    }

    @Override
    public long workspaceBytes() {
      return tiling.workspaceBytes(type);
    }

    @Override
    public long tileCount() {
      return tiling.pixelTiles() * tiling.channelBlocks() * geometry.groups();
    }

    @Override
    public String describe() {
      String columns =
          tiling.depthBlock() == 0
              ? "1×1, nothing lowered"
              : "columns lowered "
                  + tiling.depthBlock()
                  + " × "
                  + tiling.tilePixels()
                  + " at a time";
      return tileCount()
          + " tiles of "
          + tiling.channelBlock()
          + " channels × "
          + tiling.tilePixels()
          + " pixels, "
          + columns
          + (tiling.staged() ? ", several images a tile" : "");
    }
  }

  @Override
  public long tileCount() {
    return shape.tileCount();
  }

  @Override
  public void run(long tile, MemorySegment workspace, long workspaceOffset) {
    ConvGeometry geometry = shape.geometry;
    PanelTiling tiling = shape.tiling;
    long channelTile = tile % (tiling.channelBlocks() * geometry.groups());
    long pixelTile = tile / (tiling.channelBlocks() * geometry.groups());
    long group = channelTile / tiling.channelBlocks();
    long blockFrom = channelTile % tiling.channelBlocks() * tiling.channelBlock();
    long blockTo = Math.min(blockFrom + tiling.channelBlock(), geometry.groupOutChannels());
    long oc = group * geometry.groupOutChannels() + blockFrom;
    long channels = blockTo - blockFrom;
    long panel = workspaceOffset / shape.type.bytes();
    if (tiling.staged()) {
      long from = pixelTile * tiling.tilePixels();
      long pixels = Math.min(tiling.tilePixels(), geometry.outPixels() - from);
      long stage = panel + tiling.depthBlock() * tiling.tilePixels();
      multiply(group, oc, channels, from, pixels, workspace, panel, workspace, stage, pixels);
      unstage(oc, channels, from, pixels, workspace, stage);
    } else {
      long n = pixelTile / tiling.tilesPerImage();
      long inPlane = pixelTile % tiling.tilesPerImage() * tiling.tilePixels();
      long pixels = Math.min(tiling.tilePixels(), geometry.outPlane() - inPlane);
      long from = n * geometry.outPlane() + inPlane;
      long target = (n * geometry.outChannels() + oc) * geometry.outPlane() + inPlane;
      long stride = geometry.outPlane();
      multiply(group, oc, channels, from, pixels, workspace, panel, output, target, stride);
    }
  }

  /** Writes {@code channels × pixels} outputs to {@code target}, rows {@code stride} apart. */
  private void multiply(
      long group,
      long oc,
      long channels,
      long pixelFrom,
      long pixels,
      MemorySegment workspace,
      long panel,
      MemorySegment target,
      long targetIndex,
      long stride) {
    ConvGeometry geometry = shape.geometry;
    double beta = 0;
    if (bias != null) {
      for (long c = 0; c < channels; c++) {
        Elements.repeat(shape.type, bias, oc + c, target, targetIndex + c * stride, pixels);
      }
      beta = 1;
    }
    long depth = geometry.depth();
    long weightIndex = oc * depth;
    MemorySegment weights = shape.rotated ? workspace : weight;
    if (shape.tiling.depthBlock() == 0) {
      long n = pixelFrom / geometry.outPlane();
      long channel = n * geometry.inChannels() + group * geometry.groupInChannels();
      long x = channel * geometry.inPlane() + pixelFrom % geometry.outPlane();
      gemm(
          weights,
          channels,
          pixels,
          depth,
          weightIndex,
          input,
          x,
          geometry.inPlane(),
          beta,
          target,
          targetIndex,
          stride);
      return;
    }
    for (long row = 0; row < depth; row += shape.tiling.depthBlock()) {
      long rowTo = Math.min(row + shape.tiling.depthBlock(), depth);
      shape.lowering.walk(
          input, group, row, rowTo, pixelFrom, pixelFrom + pixels, workspace, panel, pixels, 1);
      gemm(
          weights,
          channels,
          pixels,
          rowTo - row,
          weightIndex + row,
          workspace,
          panel,
          pixels,
          beta,
          target,
          targetIndex,
          stride);
      beta = 1;
    }
  }

  private void gemm(
      MemorySegment weights,
      long m,
      long n,
      long k,
      long weightIndex,
      MemorySegment b,
      long bIndex,
      long ldb,
      double beta,
      MemorySegment c,
      long cIndex,
      long ldc) {
    Gemm.multiplyInParts(
        shape.type,
        Transpose.NO,
        m,
        n,
        k,
        weights,
        weightIndex,
        shape.geometry.depth(),
        b,
        bIndex,
        ldb,
        beta,
        c,
        cIndex,
        ldc);
  }

  /** Copies a tile that spans images to its places in the output. */
  private void unstage(
      long oc, long channels, long pixelFrom, long pixels, MemorySegment workspace, long stage) {
    ConvGeometry geometry = shape.geometry;
    long plane = geometry.outPlane();
    long n = pixelFrom / plane;
    for (long done = 0; done < pixels; done += plane, n++) {
      for (long c = 0; c < channels; c++) {
        long target = (n * geometry.outChannels() + oc + c) * plane;
        Elements.copy(shape.type, workspace, stage + c * pixels + done, output, target, plane);
      }
    }
  }

  ElementType type() {
    return shape.type;
  }

  MemorySegment weight() {
    return weight;
  }
}
