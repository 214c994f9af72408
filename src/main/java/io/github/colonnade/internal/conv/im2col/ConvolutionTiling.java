package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.blas.Gemm;
import io.github.colonnade.internal.conv.Cheapest;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.conv.lowering.ColumnWalk;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.Parts;
import io.github.colonnade.internal.parallel.Idle;

/**
 * How the GEMM of a convolution is cut: output pixels into tiles, output channels into blocks and
 * the depth of the sum into panels.
 *
 * @param geometry sizes
 * @param type element type
 * @param lowering lowers the columns of a panel
 * @param tilePixels output pixels of a tile; a multiple of the plane where tiles span images
 * @param tilesPerImage tiles of one image; 1 where tiles span images
 * @param pixelTiles tiles of the batch
 * @param channelBlock output channels of a tile
 * @param channelBlocks blocks of a group's output channels
 * @param depthBlock rows of the column panel; 0 where nothing is lowered
 * @param staged whether a tile is multiplied in the workspace, then copied to the output
 * @param turned whether the weight lies as {@code [C, O/groups]}, its kernel being 1×1
 * @param turnedBytes scratch memory of {@link Gemm#multiplyTurned}, or 0 where it is not used
 * @param spread where the outputs go if they do not lie side by side, or null
 */
record ConvolutionTiling(
    ConvGeometry geometry,
    ElementType type,
    ColumnWalk lowering,
    long tilePixels,
    long tilesPerImage,
    long pixelTiles,
    long channelBlock,
    long channelBlocks,
    long depthBlock,
    boolean staged,
    boolean turned,
    long turnedBytes,
    SpreadOutputs spread)
    implements Tiling {

  /** Fewer tiles would leave threads without work; more would each lower and pack more. */
  private static final long ENOUGH_TILES = 8;

  /** Products below which a tile is not worth waking a thread for: some ten microseconds' work. */
  private static final double LEAST_TILE_WORK = 1 << 18;

  /** More tiles, for the many threads that much work is worth. */
  static final long MANY_TILES = 32;

  /** Products of a tile from which on there may be so many. */
  private static final double LEAST_LARGE_TILE_WORK = 1 << 20;

  private static final long MOST_CHANNEL_BLOCKS = 8;
  private static final long LEAST_PIXELS = 16;
  private static final long MOST_PIXELS = 4096;

  /**
   * Columns and the outputs that are multiplied from them at once: so much stays in the
   * second-level cache of current CPUs. Half and twice as much took 1.03 and 1.2 times as long.
   */
  private static final long CACHED_BYTES = 1 << 20;

  /** Output channels that are multiplied at once. */
  private static final long CACHED_CHANNELS = 64;

  /** Tiles of fewer pixels may share a cache line with the next, and two threads write it. */
  private static final long LEAST_WHOLE_PIXELS = 64;

  private static final long LINE_BYTES = 64;

  /** The least workspace of a plan: a panel of 16 × 16. */
  static long leastWorkspaceBytes(ConvGeometry geometry, ElementType type) {
    return Math.min(geometry.depth(), LEAST_PIXELS) * LEAST_PIXELS * type.bytes();
  }

  /** Cuts a convolution. */
  static ConvolutionTiling of(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    return of(geometry, type, maxWorkspaceBytes, /* turned= */ false, null);
  }

  /**
   * Cuts the input's gradient where it is a 1×1 convolution of the output's, with the weights as
   * they lie; returns null where it is not, or does not fit.
   *
   * @param forward sizes of the forward pass
   */
  static ConvolutionTiling ofPointwiseGradient(
      ConvGeometry forward, ElementType type, long maxWorkspaceBytes) {
    if (forward.isPointwise()) {
      return of(forward.adjoint(), type, maxWorkspaceBytes, /* turned= */ true, null);
    }
    if (!SpreadOutputs.suits(forward)) {
      return null;
    }
    SpreadOutputs spread = new SpreadOutputs(forward);
    ConvolutionTiling tiling =
        of(spread.dense(), type, maxWorkspaceBytes, /* turned= */ true, spread);
    return tiling.workspaceBytes() + tiling.heapBytes() <= maxWorkspaceBytes ? tiling : null;
  }

  /** Cuts a convolution in the way that costs least of those that make enough tiles. */
  private static ConvolutionTiling of(
      ConvGeometry geometry,
      ElementType type,
      long maxWorkspaceBytes,
      boolean turned,
      SpreadOutputs spread) {
    Cheapest<ConvolutionTiling> cuts = new Cheapest<>();
    long groupOut = geometry.groupOutChannels();
    for (long blocks = 1; blocks <= Math.min(MOST_CHANNEL_BLOCKS, groupOut); blocks *= 2) {
      long channels = Math.ceilDiv(groupOut, blocks);
      for (long tiles = enoughTiles(geometry); tiles <= manyTiles(geometry); tiles *= 2) {
        ConvolutionTiling tiling =
            cut(geometry, type, maxWorkspaceBytes, tiles, channels, turned, spread);
        cuts.offer(tiling, tiling.cost());
      }
    }
    return cuts.best().withTurnedBytes(maxWorkspaceBytes);
  }

  /** Returns how many tiles make enough work for several threads without being too small. */
  static long enoughTiles(ConvGeometry geometry) {
    return (long) Math.clamp(products(geometry) / LEAST_TILE_WORK, 1, ENOUGH_TILES);
  }

  /** Returns how many tiles may be made where that costs little: not less. */
  static long manyTiles(ConvGeometry geometry) {
    long large = (long) Math.min(products(geometry) / LEAST_LARGE_TILE_WORK, MANY_TILES);
    return Math.max(enoughTiles(geometry), large);
  }

  private static double products(ConvGeometry geometry) {
    return (double) geometry.outPixels() * geometry.outChannels() * geometry.depth();
  }

  /** Returns the work of all tiles beside the GEMM's own, in products for each output and depth. */
  private double cost() {
    ColumnCost cost = ColumnCost.current();
    double column = cost.column(geometry);
    double overhead = column / channelBlock + cost.weight() / Math.max(1, tilePixels);
    return (1 + overhead)
        * waiting(geometry, (double) pixelTiles * channelBlocks * geometry.groups());
  }

  /** Returns how many times as long tiles take as threads would that never wait for others. */
  static double waiting(ConvGeometry geometry, double tiles) {
    long enough = enoughTiles(geometry);
    double few = Math.max(1, enough / Math.max(1, tiles));
    return enough == ENOUGH_TILES ? few * Idle.of((long) tiles) : few;
  }

  /** OpenBLAS packs at most this depth at once, so longer panels would gain nothing. */
  static long packedDepth(ElementType type) {
    return type == ElementType.F64 ? 384 : 448;
  }

  /** Estimates the time as {@link PanelTiling} does, to be compared with its own. */
  double estimate() {
    return PanelTiling.estimate(geometry, channelBlock, channelBlock, tilePixels, tileCount());
  }

  private static ConvolutionTiling cut(
      ConvGeometry geometry,
      ElementType type,
      long maxWorkspaceBytes,
      long tiles,
      long channelBlock,
      boolean turned,
      SpreadOutputs spread) {
    long channelBlocks = Math.ceilDiv(geometry.groupOutChannels(), channelBlock);
    long budget = Math.min(CACHED_BYTES, maxWorkspaceBytes) / type.bytes();
    long depth = Parts.evenSize(geometry.depth(), packedDepth(type));
    long pixels = budget / (depth + Math.min(channelBlock, CACHED_CHANNELS));
    if (pixels < LEAST_PIXELS) {
      pixels = LEAST_PIXELS;
      depth = Math.max(1, budget / LEAST_PIXELS);
    }
    long most = Math.min(pixels, MOST_PIXELS);
    long wantedTiles = Math.ceilDiv(tiles, channelBlocks * geometry.groups());
    long enough = Math.ceilDiv(geometry.outPixels(), wantedTiles);
    pixels = Math.min(most, Math.max(enough, LEAST_PIXELS));
    long plane = geometry.outPlane();
    if (plane > 0 && pixels >= 2 * plane && geometry.batch() > 1) {
      // Small planes: several images side by side make one wide GEMM, staged in the workspace.
      long room = maxWorkspaceBytes / type.bytes() / (depth + channelBlock);
      long images = Parts.evenSize(geometry.batch(), Math.max(1, Math.min(pixels, room) / plane));
      if (images > 1) {
        long heap = maxWorkspaceBytes - (depth + channelBlock) * images * plane * type.bytes();
        return new ConvolutionTiling(
            geometry,
            type,
            ColumnWalk.lowering(geometry, type, images * plane, heap),
            images * plane,
            1,
            Math.ceilDiv(geometry.batch(), images),
            channelBlock,
            channelBlocks,
            depth,
            true,
            turned,
            /* turnedBytes= */ 0,
            spread);
      }
    }
    long tilePixels =
        spread == null
            ? wholePixels(type, pixels, most, plane)
            : wholeRows(geometry, pixels, budget / channelBlock);
    long tilesPerImage = Math.max(1, Math.ceilDiv(plane, Math.max(1, tilePixels)));
    long panelBytes = depth * tilePixels * type.bytes();
    return new ConvolutionTiling(
        geometry,
        type,
        ColumnWalk.lowering(geometry, type, tilePixels, maxWorkspaceBytes - panelBytes),
        tilePixels,
        tilesPerImage,
        tilesPerImage * geometry.batch(),
        channelBlock,
        channelBlocks,
        geometry.isPointwise() ? 0 : depth,
        spread != null,
        turned,
        /* turnedBytes= */ 0,
        spread);
  }

  /** Returns this tiling with copies of turned weights, where these pay and there is memory. */
  private ConvolutionTiling withTurnedBytes(long maxWorkspaceBytes) {
    if (!turned) {
      return this;
    }
    long room = maxWorkspaceBytes - workspaceBytes() - heapBytes();
    long row = geometry.groupOutChannels();
    long bytes = Gemm.turnedBytes(type, channelBlock, tilePixels, geometry.depth(), row, room);
    return new ConvolutionTiling(
        geometry,
        type,
        lowering,
        tilePixels,
        tilesPerImage,
        pixelTiles,
        channelBlock,
        channelBlocks,
        depthBlock,
        staged,
        turned,
        bytes,
        spread);
  }

  /**
   * Returns about as many pixels as wanted, at most so many, so that tiles begin at a cache line
   * and none but the last, which has fewer, differs from the others; but not where that would leave
   * fewer than enough tiles.
   */
  static long wholePixels(ElementType type, long wanted, long most, long plane) {
    long line = LINE_BYTES / type.bytes();
    long pixels = Parts.evenSize(plane, wanted);
    if (pixels < LEAST_WHOLE_PIXELS) {
      return pixels;
    }
    long whole = Math.min(plane, Math.ceilDiv(pixels, line) * line);
    long tiles = Math.ceilDiv(plane, whole);
    if (tiles < ENOUGH_TILES && tiles < Math.ceilDiv(plane, pixels)) {
      return pixels;
    }
    return whole <= most ? whole : wholePixels(type, pixels - line, most, plane);
  }

  /** Returns the pixels of a tile of whole rows: as many as wanted, but at most so many. */
  private static long wholeRows(ConvGeometry geometry, long wanted, long most) {
    long width = Math.max(1, geometry.outW());
    long rows = Math.clamp(Math.min(wanted, most) / width, 1, Math.max(1, geometry.outH()));
    return Parts.evenSize(Math.max(1, geometry.outH()), rows) * width;
  }

  @Override
  public long workspaceBytes() {
    return turnedIndex() * type.bytes() + turnedBytes;
  }

  /** Returns where the turned weights are copied to, in elements of the workspace. */
  long turnedIndex() {
    return (depthBlock + (staged ? channelBlock : 0)) * tilePixels;
  }

  @Override
  public long heapBytes() {
    return depthBlock == 0 ? 0 : lowering.heapBytes();
  }

  @Override
  public long tileCount() {
    return pixelTiles * channelBlocks * geometry.groups();
  }

  @Override
  public String describe() {
    String columns =
        depthBlock == 0
            ? "1×1, nothing lowered"
            : "columns lowered " + depthBlock + " × " + tilePixels + " at a time";
    return tileCount()
        + " tiles of "
        + channelBlock
        + " channels × "
        + tilePixels
        + " pixels, "
        + columns
        + (staged ? ", several images a tile" : "");
  }
}
