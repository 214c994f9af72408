package io.github.colonnade.internal.conv.fft;

import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceCap;

/**
 * Nanoseconds that the parts of a convolution by Fourier transforms take, by which a tiling is
 * chosen and compared with other algorithms. From processor times of transforms of 32² to 384² on
 * AMD Zen 3 (family 25 model 1, AVX2), whose other core was busy: so rather too long.
 *
 * @param step a step of a transform for each pair of elements
 * @param move loading and transposing a point
 * @param product multiplying and adding a point
 * @param beyond factor for larger tiles than those
 * @param multiply a multiply-add of the fastest other algorithm
 */
record FftCost(double step, double move, double product, double beyond, double multiply) {
  private static final FftCost F64 = new FftCost(0.64, 1.6, 0.8, 1.2, 0.05);
  private static final FftCost F32 = new FftCost(0.35, 1.4, 0.5, 1.2, 0.025);

  /** What starting a loop over a row costs. */
  private static final double ROW = 13;

  /** Bytes of a tile whose strips and blocks go through the second-level cache one by one. */
  private static final long CACHED_BYTES = 1L << 20;

  /** What making new arrays for each task costs, as a factor. */
  private static final double RENEWING = 1.5;

  static FftCost of(ElementType type) {
    return type == ElementType.F64 ? F64 : F32;
  }

  /** Returns the time of a transform, there or back, of two real tiles. */
  double transform(FftSize size) {
    double down = size.height() / 2.0 * log2(size.height());
    double across = size.blocks() * (size.width() / 2.0) * log2(size.width());
    double time =
        down * (size.width() * step + size.strips() * ROW)
            + across * (size.lanes() * step + ROW)
            + size.points() * move;
    return size.spectrumElements() * size.type().bytes() > CACHED_BYTES ? time * beyond : time;
  }

  /** Returns the time to multiply two spectra and add the products to a third. */
  double product(FftSize size) {
    return size.points() * product + (double) size.blocks() * size.width() * 4 * ROW;
  }

  /** Returns a factor for tasks whose arrays are so large that they may be made anew for each. */
  static double renewing(long heapBytes) {
    return heapBytes > WorkspaceCap.USUAL_BYTES ? RENEWING : 1;
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }
}
