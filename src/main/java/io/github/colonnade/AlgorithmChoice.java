package io.github.colonnade;

import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.direct.DirectPasses;
import io.github.colonnade.internal.conv.im2col.Im2colPasses;
import io.github.colonnade.internal.conv.winograd.WinogradPasses;
import io.github.colonnade.internal.memory.ElementType;

/** What {@link Algorithm#AUTO} chooses, by measured crossovers. */
final class AlgorithmChoice {
  /**
   * Input and output channels of a group from which Winograd's smaller multiplies outweigh its
   * transforms, whose share of the time falls with the channels: in double precision 32 take as
   * long as im2col, 48 five sixths of its time.
   */
  private static final long WINOGRAD_CHANNELS = 48;

  /**
   * F(2×2) saves less and single precision multiplies twice as fast: 64 channels take 1.1 times as
   * long as im2col, 128 nine tenths of its time, and 64 to 256 as well.
   */
  private static final long WINOGRAD_CHANNELS_F32 = 96;

  /** Fewer on one side do not pay whatever the other. */
  private static final long LEAST_WINOGRAD_CHANNELS = 32;

  /**
   * Transforming the weights costs as much as multiplying them with some fifty pixels, and a few
   * tiles keep no two threads busy: one plane of 14×14 takes 0.8 to 1.9 times as long as im2col
   * with 64 to 256 channels, one of 28×28 four fifths of its time.
   */
  private static final long WINOGRAD_PIXELS = 256;

  /**
   * Input channels × output channels × pixels: with 3 million (64 channels, one plane of 28²)
   * Winograd takes 1.5 times as long as im2col, with 6.5 million as long (64 channels, 40²) or 0.87
   * (128 channels, 20²).
   */
  private static final double WINOGRAD_WORK = 6e6;

  /**
   * In single precision F(2×2) saves less and multiplies cost half as much, so it takes more pixels
   * for each channel: with 6 (256 channels, eight planes of 14²) it takes 1.2 times as long as
   * im2col, with 12 (256 channels, one plane of 56²) four fifths of its time.
   */
  private static final long WINOGRAD_PIXELS_PER_CHANNEL = 12;

  /**
   * Tiles that hang over the border waste work: 14×14 fills 77 % of its 4×4 tiles and takes 0.84 to
   * 1.1 times as long as im2col, 13×13 66 % and 1.01 to 1.03 times, 10×10 69 % and 1.2 times.
   */
  private static final double WINOGRAD_FILLED = 0.75;

  /**
   * Pixels of a row's tiles: short rows are taken apart slowly. In double precision rows of 8 take
   * 1.07 to 1.5 times as long as im2col, of 12 0.97 to 1.3, of 16 0.84 to 1.1; in single precision
   * of 14 1.03 to 1.1.
   */
  private static final long WINOGRAD_ROW = 16;

  /**
   * The same for the input's gradient where im2col would scatter, its weights being too large to
   * turn: rows of any length take 0.6 to 0.95 times as long. In single precision they take 0.8 to
   * 1.01 times as long where 85 % are filled, and 1.05 where less are.
   */
  private static final double WINOGRAD_FILLED_SCATTER = 0.6;

  private static final double WINOGRAD_FILLED_SCATTER_F32 = 0.85;

  /** With less memory, blocks are too small to multiply fast. */
  private static final long WINOGRAD_BYTES = 2L << 20;

  private AlgorithmChoice() {}

  /** Returns the algorithm of a pass that OpenBLAS can compute. */
  static Algorithm of(Pass pass, ConvGeometry geometry, ElementType type, PlanOptions options) {
    if (direct(pass, geometry)
        && DirectPasses.leastWorkspaceBytes(geometry, type) <= options.maxWorkspaceBytes()) {
      return Algorithm.DIRECT;
    }
    boolean winograd =
        pass != Pass.BACKWARD_WEIGHTS
            && !options.exact()
            && options.maxWorkspaceBytes() >= WINOGRAD_BYTES
            && WinogradPasses.suits(geometry)
            && everyWindowReads(geometry)
            && paysOff(pass, geometry, type, options.maxWorkspaceBytes());
    return winograd ? Algorithm.WINOGRAD : Algorithm.IM2COL;
  }

  /**
   * Returns whether every window reads a pixel. One that lies in the padding alone sums to exactly
   * zero, which Winograd would round as it does its neighbours in the tile.
   */
  private static boolean everyWindowReads(ConvGeometry geometry) {
    return geometry.padTop() <= (geometry.kernelH() - 1) * geometry.dilationH()
        && geometry.padLeft() <= (geometry.kernelW() - 1) * geometry.dilationW()
        && geometry.outH() - geometry.padTop() <= geometry.inH()
        && geometry.outW() - geometry.padLeft() <= geometry.inW();
  }

  private static boolean direct(Pass pass, ConvGeometry geometry) {
    return switch (pass) {
      case FORWARD -> DirectPasses.suitsForward(geometry);
      case BACKWARD_INPUT -> DirectPasses.suitsBackwardInput(geometry);
      default -> DirectPasses.suitsBackwardWeights(geometry);
    };
  }

  private static boolean paysOff(
      Pass pass, ConvGeometry geometry, ElementType type, long maxWorkspaceBytes) {
    boolean f64 = type == ElementType.F64;
    boolean backward = pass == Pass.BACKWARD_INPUT;
    long plane = backward ? geometry.inPlane() : geometry.outPlane();
    double pixels = (double) geometry.batch() * plane;
    double filled = pixels / WinogradPasses.coveredPixels(geometry, type, backward);
    long ins = geometry.groupInChannels();
    long outs = geometry.groupOutChannels();
    long channels = f64 ? WINOGRAD_CHANNELS : WINOGRAD_CHANNELS_F32;
    if (Math.min(ins, outs) < LEAST_WINOGRAD_CHANNELS
        || (double) ins * outs < channels * channels
        || (double) ins * outs * pixels < WINOGRAD_WORK
        || pixels < WINOGRAD_PIXELS) {
      return false;
    }
    if (backward && !Im2colPasses.rotatesWeights(geometry, type, maxWorkspaceBytes)) {
      return filled >= (f64 ? WINOGRAD_FILLED_SCATTER : WINOGRAD_FILLED_SCATTER_F32);
    }
    return filled >= WINOGRAD_FILLED
        && WinogradPasses.coveredRow(geometry, type, backward) >= WINOGRAD_ROW
        && (f64 || pixels >= WINOGRAD_PIXELS_PER_CHANNEL * Math.max(ins, outs));
  }
}
