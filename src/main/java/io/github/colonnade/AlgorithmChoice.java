package io.github.colonnade;

import io.github.colonnade.internal.blas.ElementType;
import io.github.colonnade.internal.kernel.ConvGeometry;
import io.github.colonnade.internal.kernel.DirectPasses;
import io.github.colonnade.internal.kernel.WinogradPasses;

/** What {@link Algorithm#AUTO} chooses, by measured crossovers. */
final class AlgorithmChoice {
  /**
   * Input and output channels of a group from which Winograd's smaller multiplies outweigh its
   * transforms, whose cost for each multiplication falls with the channels: 3 channels take twice
   * as long as im2col, 64 two thirds of its time.
   */
  private static final long WINOGRAD_CHANNELS_F64 = 32;

  /** F(2×2, 3×3) saves half as much. */
  private static final long WINOGRAD_CHANNELS_F32 = 64;

  /** Transforming the weights costs as much as multiplying them with some ten tiles. */
  private static final long WINOGRAD_TILES = 32;

  /** Tiles that hang over the border waste work: 7×7 fills 77 % of its 4×4 tiles, 5×5 only 39 %. */
  private static final double WINOGRAD_FILLED = 0.6;

  /** With less memory, blocks are too small to multiply fast. */
  private static final long WINOGRAD_BYTES = 2L << 20;

  private AlgorithmChoice() {}

  /** Returns the algorithm of a pass that OpenBLAS can compute. */
  static Algorithm of(Pass pass, ConvGeometry geometry, ElementType type, PlanOptions options) {
    if (DirectPasses.suits(geometry)
        && DirectPasses.leastWorkspaceBytes(geometry, type) <= options.maxWorkspaceBytes()) {
      return Algorithm.DIRECT;
    }
    boolean winograd =
        pass != Pass.BACKWARD_WEIGHTS
            && !options.exact()
            && options.maxWorkspaceBytes() >= WINOGRAD_BYTES
            && WinogradPasses.suits(geometry)
            && paysOff(pass, geometry, type);
    return winograd ? Algorithm.WINOGRAD : Algorithm.IM2COL;
  }

  private static boolean paysOff(Pass pass, ConvGeometry geometry, ElementType type) {
    long channels = type == ElementType.F64 ? WINOGRAD_CHANNELS_F64 : WINOGRAD_CHANNELS_F32;
    boolean backward = pass == Pass.BACKWARD_INPUT;
    long height = backward ? geometry.inH() : geometry.outH();
    long width = backward ? geometry.inW() : geometry.outW();
    double tiles = WinogradPasses.tiles(geometry, type, backward);
    double side = WinogradPasses.outputs(type);
    double outputs = (double) geometry.batch() * height * width;
    return Math.min(geometry.groupInChannels(), geometry.groupOutChannels()) >= channels
        && tiles >= WINOGRAD_TILES
        && outputs >= WINOGRAD_FILLED * tiles * side * side;
  }
}
