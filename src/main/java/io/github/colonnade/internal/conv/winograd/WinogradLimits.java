package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.blas.CoreKind;
import io.github.colonnade.internal.memory.ElementType;

/**
 * From where on Winograd is faster than columns, by kind of core and type: measured with portable
 * kernels on single planes and batches of 7² to 112² with 16 to 512 channels.
 *
 * @param channels input channels of a group, and output channels, from which smaller multiplies
 *     outweigh the transforms, whose share of the time falls with the channels
 * @param fewChannels as {@code channels}, with {@code manyTiles} tiles or more
 * @param tiles below which transforming the weights costs too much, forward and in the input's
 *     gradient
 * @param wholeTiles as {@code tiles}, where none of them hangs over the border
 * @param deepTiles the square of the whole tiles, without those parts that hang over the border,
 *     times channels: from there on fewer tiles are enough
 * @param tileChannels whole tiles times channels that are needed
 * @param filled share of the tiles' pixels that must be there, forward and in the input's gradient
 * @param weightsTiles tiles that the weights' gradient needs
 * @param weightsTileChannels tiles times channels that it needs
 * @param weightsDeepTiles whole tiles times channels from which on it needs no more, even where
 *     more than a few hang over the border
 */
record WinogradLimits(
    long channels,
    long fewChannels,
    long manyTiles,
    long tiles,
    long wholeTiles,
    long deepTiles,
    long tileChannels,
    double filled,
    long weightsTiles,
    long weightsTileChannels,
    long weightsDeepTiles) {
  /** A limit that nothing reaches. */
  private static final long NEVER = Long.MAX_VALUE;

  /** On AMD Zen 3, 13×13 pixels fill 66 % of their tiles and take 0.7, 9×9 56 % and 1.2. */
  private static final double LEAST_FILLED = 0.6;

  /**
   * The weights' gradient, whose columns are multiplied faster, pays for larger planes alone, on
   * AMD Zen 3 too: 28² and more take 0.7 to 0.9 of the time of columns in double precision, 14²,
   * which fills 77 % of its tiles, 0.9 to 1.4.
   */
  private static final double LEAST_FILLED_WEIGHTS = 0.85;

  /** As that, where there is so much work that smaller planes pay as well. */
  private static final double LEAST_FILLED_DEEP = 0.75;

  /**
   * On two cores of an Intel Xeon (family 6 model 167). Time beside columns': 64 channels 0.9 with
   * 49 tiles, 32 channels 1 with 196 tiles and 0.7 to 0.9 with 784; 16 tiles of 14×14 pixels 0.9 to
   * 1.9, of 16×16 pixels and 256 to 1024 channels 0.8 to 0.95; 32 tiles of 256 and 512 channels 0.8
   * to 1. In the weights' gradient of 128 to 512 channels 16 tiles take 1.15 to 1.35 of the time,
   * 25 0.9 to 1.1, 36 0.7 to 0.9, 49 0.6 to 1; of 7×7 and 14×14 pixels, which fill 77 % of their
   * tiles, 18,800 whole tiles times channels and more 0.7 to 0.95, 12,500 1 to 1.1.
   */
  private static final WinogradLimits F64_AVX512 =
      new WinogradLimits(48, 32, 784, 32, 16, NEVER, 0, LEAST_FILLED, 36, 0, 18_000);

  /**
   * Where multiplies take half as long and transforms do not: 98 tiles take 0.6 to 0.9 with 128
   * channels or more, 1.1 to 1.2 with 64; 196 of 64 0.9 to 1.1; 64 and 81 that are whole, of 128 to
   * 1024 channels, 0.5 to 0.9. 49 of 256 and more channels take 0.7 to 0.85, but 1 in the input's
   * gradient of 512 to 256; 36 of 256 to 1024 0.65 to 0.9; 25 of 512 0.9 to 1.1; 32 of 7×7 and
   * 14×14 pixels and 512 to 1024 channels 0.75 to 1; 16 of any 1 to 1.4; 100 that are filled to 68
   * % 1.2. In the weights' gradient 64 and more tiles of 128 to 1024 channels take 0.6 to 0.95 of
   * the time, 196 of 64 0.9, 392 of 64 1; 49 of 512 0.8, of 256 0.95, of 128 1.1; 36 of any 0.8 to
   * 1.2.
   */
  private static final WinogradLimits F32_AVX512 =
      new WinogradLimits(64, 64, 0, 96, 64, 300_000, 8_000, 0.7, 49, 8_000, NEVER);

  /**
   * With weights that are prepared, 16 tiles of 128 to 512 channels take 0.5 to 1, of 64 0.95 to
   * 1.05; 25 and 49 of 64 0.7 to 0.85; 9 of any 0.8 to 1.5.
   */
  private static final WinogradLimits F64_AVX512_PREPARED =
      new WinogradLimits(48, 32, 784, 16, 16, NEVER, 768, LEAST_FILLED, 36, 0, 18_000);

  /** The same take 0.55 to 0.85, 1.6 and 0.9 to 0.95; 36 of 64 1.05; 9 of any 1.05 to 2.1. */
  private static final WinogradLimits F32_AVX512_PREPARED =
      new WinogradLimits(64, 64, 0, 16, 16, NEVER, 1_500, LEAST_FILLED, 49, 8_000, NEVER);

  /**
   * On two cores of AMD Zen 3 (family 25 model 1): 48 channels take 0.7 of the time that columns
   * take, 32 as long, and so do 256 and 32; 4 tiles of 512 channels 2.6 times as long, 16 0.9 to
   * 1.8, 32 of 128 channels 1.
   */
  private static final WinogradLimits F64 =
      new WinogradLimits(48, 48, 0, 32, 32, NEVER, 0, LEAST_FILLED, 0, 0, NEVER);

  /**
   * 64 channels take 0.7 to 1 and 48 1.2; 16 tiles 1 to 2, 49 of 64 to 256 channels 0.6 to 1. In
   * the weights' gradient 49 tiles take 0.8 to 1.2, 196 0.6 to 1.1.
   */
  private static final WinogradLimits F32 =
      new WinogradLimits(64, 64, 0, 48, 48, NEVER, 0, LEAST_FILLED, 196, 0, NEVER);

  /**
   * Returns the limits on a kind of core.
   *
   * @param prepared whether weights are transformed beforehand
   */
  static WinogradLimits of(ElementType type, CoreKind core, boolean prepared) {
    boolean f64 = type == ElementType.F64;
    if (core != CoreKind.AVX512) {
      return f64 ? F64 : F32;
    }
    if (prepared) {
      return f64 ? F64_AVX512_PREPARED : F32_AVX512_PREPARED;
    }
    return f64 ? F64_AVX512 : F32_AVX512;
  }

  /**
   * Returns whether so many tiles are enough, where the fewer channels are so many.
   *
   * @param share how much of the tiles' pixels is there
   */
  boolean allow(long tileCount, double share, long fewerChannels) {
    double whole = tileCount * share;
    return share >= filled
        && (tileCount >= tiles || whole >= wholeTiles || whole * whole * fewerChannels >= deepTiles)
        && whole * fewerChannels >= tileChannels
        && enough(tileCount, fewerChannels);
  }

  /** Returns whether they are enough in the weights' gradient. */
  boolean allowWeights(long tileCount, double share, long fewerChannels) {
    boolean many =
        share >= LEAST_FILLED_WEIGHTS
            && tileCount >= weightsTiles
            && (double) tileCount * fewerChannels >= weightsTileChannels;
    boolean deep =
        share >= LEAST_FILLED_DEEP && tileCount * share * fewerChannels >= weightsDeepTiles;
    return (many || deep) && enough(tileCount, fewerChannels);
  }

  private boolean enough(long tileCount, long fewerChannels) {
    return fewerChannels >= (tileCount >= manyTiles ? fewChannels : channels);
  }
}
