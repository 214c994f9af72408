package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.blas.CoreKind;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceCap;

/**
 * How the input's gradient is cut where it is a convolution of the output's gradient with rotated
 * weights: nothing is scattered, so nothing is read again. The zeros around the gradient would make
 * NaN of a weight that is not finite; then columns are scattered after all.
 *
 * @param geometry sizes of the forward pass
 * @param convolution how the convolution with rotated weights is cut
 * @param scatter how the gradient is cut where a weight is not finite
 */
record RotatedTiling(
    ConvGeometry geometry, ConvolutionTiling convolution, BackwardInputTiling scatter)
    implements Tiling {
  /**
   * Output channels for each input channel up to which lowering them costs less than scattering the
   * input's, where whole planes are lowered by one copy: 3 take 0.35 to 0.55 of the time of the
   * scatter, 8 0.5 to 0.85, 11 up to 1.1.
   */
  private static final long MOST_OUTPUTS = 8;

  /** Where they are not: 2 take 0.35 to 0.65, 3 up to 2.5. */
  private static final long MOST_CROPPED_OUTPUTS = 2;

  /**
   * As {@link #MOST_OUTPUTS} with AVX-512: 1 takes 0.7 to 1.1 of the time of the scatter, 2 0.95 to
   * 1.1, 3 to 8 1 to 3.4 (two threads of an Intel Xeon, family 6 model 167).
   */
  private static final long MOST_OUTPUTS_AVX512 = 2;

  /** As {@link #MOST_CROPPED_OUTPUTS} with AVX-512: 1 to 1.4 take 0.8 to 1.2, 1.5 1.9 to 2.2. */
  private static final double MOST_CROPPED_OUTPUTS_AVX512 = 1.4;

  /**
   * Pixels of a batch from which on it pays to rotate weights that are larger than half of what a
   * thread may have: 256 of 512 to 1024 channels take 0.9 to 1 of the time of the scatter, 392 of
   * 512 channels 0.75 to 0.95, 1024 of 256 to 1024 channels 0.65 to 0.85, 196 of 256 and 512
   * channels 0.85 to 1.3 (two threads of an Intel Xeon, family 6 model 167, without copies).
   */
  private static final long LEAST_PIXELS = 256;

  /**
   * As {@link #LEAST_PIXELS}, where the scatter copies turned weights part by part: 392 and 400 of
   * 256 to 1024 channels take 1 to 1.25 times as long as the scatter, 576 1 to 1.25, 784 0.9 to
   * 1.25 and 3136 0.7 to 0.85 (the same machine).
   */
  private static final long LEAST_PIXELS_AVX512 = 640;

  /** Cuts the convolution within a cap, which the weights share. */
  static RotatedTiling of(ConvGeometry geometry, ElementType type, WorkspaceCap cap) {
    long rest = cap.threadBytesBeside(weightBytes(geometry, type));
    ConvolutionTiling convolution = ConvolutionTiling.of(geometry.adjoint(), type, rest);
    // As much native memory as there is anyway, and what is left on the heap.
    long own = convolution.workspaceBytes();
    long least = BackwardInputTiling.leastWorkspaceBytes(geometry, type);
    long scattered = Math.max(least, Math.min(own, rest - own));
    return new RotatedTiling(
        geometry, convolution, BackwardInputTiling.of(geometry, type, scattered));
  }

  /**
   * Returns whether the input's gradient is a convolution so, fits, and is cheaper than scatter.
   */
  static boolean suits(ConvGeometry geometry, ElementType type, WorkspaceCap cap) {
    boolean avx512 = CoreKind.current() == CoreKind.AVX512;
    boolean whole = geometry.outW() == geometry.inW();
    double most = whole ? MOST_OUTPUTS : MOST_CROPPED_OUTPUTS;
    if (avx512) {
      most = whole ? MOST_OUTPUTS_AVX512 : MOST_CROPPED_OUTPUTS_AVX512;
    }
    // The convolution has a column for each pixel of the input, scattering for each of the output.
    double lowered = (double) geometry.groupOutChannels() * geometry.inPlane();
    double scattered = (double) geometry.groupInChannels() * geometry.outPlane();
    if (lowered > most * scattered
        || geometry.isStrided()
        || geometry.padTop() > geometry.vertical().reach()
        || geometry.padLeft() > geometry.horizontal().reach()) {
      return false;
    }
    ConvGeometry adjoint = geometry.adjoint();
    long weightBytes = weightBytes(geometry, type);
    long rest = cap.threadBytesBeside(weightBytes);
    long least = avx512 ? LEAST_PIXELS_AVX512 : LEAST_PIXELS;
    return (weightBytes <= cap.threadBytes() / 2 || geometry.outPixels() >= least)
        && rest >= ConvolutionTiling.leastWorkspaceBytes(adjoint, type)
        && adjoint.depth() <= Integer.MAX_VALUE
        && of(geometry, type, cap).fits(cap);
  }

  private boolean fits(WorkspaceCap cap) {
    return cap.allows(sharedBytes(), workspaceBytes() + heapBytes());
  }

  /** Returns the bytes of the rotated weights. */
  long weightBytes() {
    return weightBytes(geometry, convolution.type());
  }

  private static long weightBytes(ConvGeometry geometry, ElementType type) {
    return geometry.weights() * type.bytes();
  }

  @Override
  public long tileCount() {
    return Math.max(convolution.tileCount(), scatter.tileCount());
  }

  @Override
  public long sharedBytes() {
    return weightBytes();
  }

  @Override
  public long workspaceBytes() {
    return Math.max(convolution.workspaceBytes(), scatter.workspaceBytes());
  }

  @Override
  public long heapBytes() {
    return Math.max(convolution.heapBytes(), scatter.heapBytes());
  }

  @Override
  public String describe() {
    return "convolution with rotated weights, " + convolution.describe();
  }
}
