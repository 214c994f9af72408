package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.blas.CoreKind;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.memory.ElementType;

/**
 * From where on Winograd is faster than columns, by kind of core and type: measured with portable
 * kernels on single planes and batches of 7² to 128² with 16 to 512 channels. Tiles that hang over
 * the border count as the share of them that is there.
 *
 * @param channels input channels of a group, and output channels, that are needed
 * @param overhead channels whose multiplies save as much as their transforms take
 * @param saved products of tiles, input and output channels that must be saved, those of the
 *     overhead taken off
 * @param tiles below which transforming the weights costs too much, forward
 * @param gradientTiles as that, in the input's gradient, where weights lie transposed
 * @param filled share of the tiles' pixels that must be there
 * @param weightsChannels as {@code channels}, in the weights' gradient
 * @param weightsSaved as {@code saved}, there and without overhead
 * @param weightsTiles tiles that the weights' gradient needs
 * @param weightsFilled as {@code filled}, there
 */
record WinogradLimits(
    long channels,
    double overhead,
    double saved,
    double tiles,
    double gradientTiles,
    double filled,
    long weightsChannels,
    double weightsSaved,
    double weightsTiles,
    double weightsFilled) {

  /**
   * On two cores of an Intel Xeon (family 6 model 167). Times faster than columns, forward and in
   * the input's gradient: 16 channels 0.9 with 196 tiles and 1.1 to 1.2 with 1024; 24 1 with 196,
   * 1.1 to 1.5 with more; 32 0.9 to 1 with 100, 1 to 1.15 with 64 whole ones; 48 1.1 to 1.3 with
   * 25; 64 to 512 1.1 to 1.6 forward with 16 tiles of 14×14 pixels, 0.8 to 1.25 in the gradient,
   * with 16 whole ones 1.3 to 1.6 and 1.1 to 1.35; 9 tiles of 96 0.75 and 1. In the weights'
   * gradient 16 whole tiles of 64 channels 1.3, of more 0.95 to 1.05; 25 and those of two planes of
   * 14×14 pixels 1 to 1.4; more of 24 channels and more 1 to 2.
   */
  private static final WinogradLimits F64_AVX512 =
      new WinogradLimits(16, 12, 45_000, 12, 16, 0.6, 24, 50_000, 20, 0.75);

  /**
   * Where multiplies take half as long and transforms do not: 16 channels 0.8 to 0.95; 24 0.75 to
   * 0.85 with 196 tiles, 1 with 400, 0.9 to 1.25 with 1024; 32 0.85 to 0.9 with 100, 1.1 with 196;
   * 48 0.95 to 1.2 with 25 to 64; 64 to 512 1 to 1.15 forward with 16 whole tiles, 0.8 to 1.1 in
   * the gradient, with 25 1.15 to 1.35 and 0.9 to 1.1, with 36 1.1 to 1.45. In the weights'
   * gradient 16 tiles of any 0.6 to 1; 25 and those of two planes of 14×14 pixels 0.95 to 1.2; more
   * of 24 channels and more 0.95 to 1.75, of 16 1 to 1.05.
   */
  private static final WinogradLimits F32_AVX512 =
      new WinogradLimits(16, 20, 45_000, 16, 24, 0.7, 24, 50_000, 24, 0.75);

  /** With weights that are prepared, 16 tiles of 64 to 512 channels 1.2 to 2.5. */
  private static final WinogradLimits F64_AVX512_PREPARED =
      new WinogradLimits(16, 12, 40_000, 12, 12, 0.6, 24, 50_000, 20, 0.75);

  /** The same 1.7 to 2.3. */
  private static final WinogradLimits F32_AVX512_PREPARED =
      new WinogradLimits(16, 20, 34_000, 12, 12, 0.7, 24, 50_000, 24, 0.75);

  /**
   * On two cores of AMD Zen 5 (family 26 model 2) that were limited to AVX2, the JVM and OpenBLAS.
   * Times of the columns', forward and in the input's gradient: 24 channels 0.9 to 1.05 with 100 to
   * 196 tiles, 0.65 with 784; 32 1.1 and 0.9 with 49, 0.75 to 0.95 with 98 to 196; 48 0.65 to 0.9
   * with 25; 64 to 512 0.55 to 0.85 with 16 whole tiles, but 0.65 to 1.2 with those of 14×14
   * pixels. In the weights' gradient 24 0.8 to 0.9 with 98 and more, 32 0.65 to 0.95 from 49 on, 64
   * to 512 0.65 to 0.9 with 16. AMD Zen 3 (family 25 model 1), with slower transforms than today's,
   * wanted about twice the tiles and channels.
   */
  private static final WinogradLimits F64 =
      new WinogradLimits(24, 16, 50_000, 20, 20, 0.6, 24, 60_000, 16, 0.75);

  /**
   * There 24 channels 0.95 with 196 tiles, 0.85 with 784; 32 1 to 1.15 with 49, 0.85 with 98; 48
   * 0.65 with 25; 64 to 512 0.55 to 0.85 with 16 whole tiles. In the weights' gradient 24 1 with
   * 196, 0.8 with 784; 32 1 to 1.1 with 49, 0.85 with 98; 64 to 512 0.75 to 1.1 with 25, 0.7 to 0.8
   * with 32.
   */
  private static final WinogradLimits F32 =
      new WinogradLimits(24, 16, 50_000, 20, 20, 0.6, 24, 120_000, 30, 0.75);

  /** With weights that are prepared, 12 tiles of 64 to 512 channels 0.4 to 0.95. */
  private static final WinogradLimits F64_PREPARED =
      new WinogradLimits(24, 16, 36_000, 12, 12, 0.6, 24, 60_000, 16, 0.75);

  /** The same. */
  private static final WinogradLimits F32_PREPARED =
      new WinogradLimits(24, 16, 36_000, 12, 12, 0.6, 24, 120_000, 30, 0.75);

  /**
   * Returns the limits on a kind of core.
   *
   * @param prepared whether weights are transformed beforehand
   */
  static WinogradLimits of(ElementType type, CoreKind core, boolean prepared) {
    boolean f64 = type == ElementType.F64;
    if (core == CoreKind.AVX512) {
      return prepared
          ? (f64 ? F64_AVX512_PREPARED : F32_AVX512_PREPARED)
          : (f64 ? F64_AVX512 : F32_AVX512);
    }
    return prepared ? (f64 ? F64_PREPARED : F32_PREPARED) : (f64 ? F64 : F32);
  }

  /**
   * Returns whether it pays to convolve so.
   *
   * @param gradient whether this is the input's gradient
   */
  boolean allow(ConvGeometry geometry, boolean gradient) {
    double ins = geometry.groupInChannels();
    double outs = geometry.groupOutChannels();
    double whole = wholeTiles(geometry);
    return Math.min(ins, outs) >= channels
        && filled(geometry) >= filled
        && whole >= (gradient ? gradientTiles : tiles)
        && whole * (ins * outs - overhead * (ins + outs) / 2) >= saved;
  }

  /** Returns whether it pays for the weights' gradient. */
  boolean allowWeights(ConvGeometry geometry) {
    double ins = geometry.groupInChannels();
    double outs = geometry.groupOutChannels();
    double whole = wholeTiles(geometry);
    return Math.min(ins, outs) >= weightsChannels
        && filled(geometry) >= weightsFilled
        && whole >= weightsTiles
        && whole * ins * outs >= weightsSaved;
  }

  /** Returns the tiles, each counted as the share of it that is there. */
  private static double wholeTiles(ConvGeometry geometry) {
    int each = WinogradTransform.OUTPUTS * WinogradTransform.OUTPUTS;
    return (double) geometry.outPixels() / each;
  }

  /** Returns the share of the tiles' pixels that are there. */
  private static double filled(ConvGeometry geometry) {
    return wholeTiles(geometry) / TileGrid.tiles(geometry);
  }
}
