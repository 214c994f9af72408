package io.github.colonnade.internal.kernel;

import io.github.colonnade.internal.blas.ElementType;

/**
 * How the GEMM of a convolution is cut: output pixels into tiles, output channels into blocks and
 * the depth of the sum into panels. It follows from the shapes and the workspace allowed, never
 * from the number of threads.
 *
 * @param tilePixels output pixels of a tile; a multiple of the plane where tiles span images
 * @param tilesPerImage tiles of one image; 1 where tiles span images
 * @param pixelTiles tiles of the batch
 * @param channelBlock output channels of a tile
 * @param channelBlocks blocks of a group's output channels
 * @param depthBlock rows of the column panel; 0 where nothing is lowered
 * @param staged whether a tile is multiplied in the workspace, then copied to the output
 */
record PanelTiling(
    long tilePixels,
    long tilesPerImage,
    long pixelTiles,
    long channelBlock,
    long channelBlocks,
    long depthBlock,
    boolean staged) {

  /** Tiles below which output channels are split too, so that several threads find work. */
  private static final long ENOUGH_TILES = 16;

  /** Splitting narrower than this costs more in lowering the same pixels again than it gains. */
  private static final long LEAST_CHANNEL_BLOCK = 64;

  private static final long LEAST_PIXELS = 16;
  private static final long MOST_PIXELS = 4096;

  /** A panel of this size stays in the second-level cache of every current CPU. */
  private static final long PANEL_BYTES = 1 << 20;

  /** The least workspace of a plan: a panel of 16 × 16. */
  static long leastWorkspaceBytes(ConvGeometry geometry, ElementType type) {
    return Math.min(geometry.depth(), LEAST_PIXELS) * LEAST_PIXELS * type.bytes();
  }

  static PanelTiling of(ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    long budget = Math.min(PANEL_BYTES, maxWorkspaceBytes) / type.bytes();
    long plane = geometry.outPlane();
    // OpenBLAS packs at most this depth at once, so longer panels would gain nothing.
    long depth = Math.min(geometry.depth(), type == ElementType.F64 ? 384 : 448);
    long pixels = budget / depth;
    if (pixels < LEAST_PIXELS) {
      pixels = LEAST_PIXELS;
      depth = Math.max(1, budget / LEAST_PIXELS);
    }
    pixels = Math.min(pixels, MOST_PIXELS);
    long groupOut = geometry.groupOutChannels();
    if (plane > 0 && pixels >= 2 * plane && geometry.batch() > 1) {
      // Small planes: several images side by side make one wide GEMM, staged in the workspace.
      long stagedPixels = Math.min(pixels, maxWorkspaceBytes / type.bytes() / (depth + groupOut));
      long images = Math.min(stagedPixels / plane, geometry.batch());
      if (images > 1) {
        return cut(
            geometry, images * plane, 1, Math.ceilDiv(geometry.batch(), images), depth, true);
      }
    }
    if (geometry.isPointwise()) {
      depth = 0;
    }
    long tilesPerImage = Math.max(1, Math.ceilDiv(plane, pixels));
    long even = Math.min(pixels, Math.ceilDiv(Math.ceilDiv(plane, tilesPerImage), 8) * 8);
    tilesPerImage = Math.max(1, Math.ceilDiv(plane, Math.max(1, even)));
    return cut(geometry, even, tilesPerImage, tilesPerImage * geometry.batch(), depth, false);
  }

  private static PanelTiling cut(
      ConvGeometry geometry,
      long tilePixels,
      long tilesPerImage,
      long pixelTiles,
      long depth,
      boolean staged) {
    long groupOut = geometry.groupOutChannels();
    long wanted = Math.ceilDiv(ENOUGH_TILES, Math.max(1, pixelTiles * geometry.groups()));
    long blocks = Math.clamp(groupOut / LEAST_CHANNEL_BLOCK, 1, wanted);
    long channelBlock = Math.ceilDiv(groupOut, blocks);
    return new PanelTiling(
        tilePixels,
        tilesPerImage,
        pixelTiles,
        channelBlock,
        Math.ceilDiv(groupOut, channelBlock),
        depth,
        staged);
  }

  /** Returns the scratch bytes of one tile. */
  long workspaceBytes(ElementType type) {
    return (depthBlock + (staged ? channelBlock : 0)) * tilePixels * type.bytes();
  }
}
