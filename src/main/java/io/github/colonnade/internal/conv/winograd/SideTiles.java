package io.github.colonnade.internal.conv.winograd;

/**
 * The tiles along one side of the output's plane. A dilated convolution is several that interleave,
 * whose tiles follow those of the one before: where the dilation does not divide the side, the
 * first ones have a pixel more, and sometimes a tile.
 *
 * @param dilation pixels from one of a convolution to its next
 * @param longer convolutions that have a pixel more
 * @param most tiles of each of those
 * @param fewest tiles of each of the others
 */
record SideTiles(long dilation, long longer, long most, long fewest) {
  /** For a side of {@code size} pixels. */
  static SideTiles of(long size, long dilation) {
    long pixels = size / dilation;
    long longer = size % dilation;
    long fewest = Math.ceilDiv(pixels, WinogradTransform.OUTPUTS);
    long most = longer == 0 ? fewest : pixels / WinogradTransform.OUTPUTS + 1;
    return new SideTiles(dilation, longer, most, fewest);
  }

  /** Returns all tiles. */
  long tiles() {
    return longer * most + (dilation - longer) * fewest;
  }

  /** Returns the least tiles of a convolution that has any. */
  long least() {
    return fewest == 0 ? most : fewest;
  }

  /** Returns the tiles from one on that belong to the same convolution. */
  long following(long tile) {
    long rest = tile - longer * most;
    return rest < 0 ? most - tile % most : fewest - rest % fewest;
  }

  /** Returns a tile's first pixel. */
  long first(long tile) {
    long rest = tile - longer * most;
    long step = WinogradTransform.OUTPUTS * dilation;
    return rest < 0
        ? tile / most + tile % most * step
        : longer + rest / fewest + rest % fewest * step;
  }
}
