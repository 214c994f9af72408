package io.github.colonnade.internal.conv.winograd;

import io.github.colonnade.internal.blas.CoreKind;
import io.github.colonnade.internal.memory.ElementType;

/**
 * Nanoseconds that the parts of a convolution by Winograd take, by which a tiling is chosen; only
 * their ratios matter. Measured on one core, with the portable transforms.
 *
 * @param product a product of the multiplies, where the matrices are large
 * @param input transforming a tile of one input channel
 * @param weights transforming a kernel
 * @param output transforming a tile of one output channel back
 * @param sum reading and writing the sums of a kernel once
 * @param transfer what a tile of one channel, or a kernel, takes from one core to another
 */
record WinogradCost(
    double product, double input, double weights, double output, double sum, double transfer) {
  /** On an Intel Xeon, family 6 model 167. */
  private static final WinogradCost F64_AVX512 = new WinogradCost(0.02, 60, 30, 50, 20, 14);

  private static final WinogradCost F32_AVX512 = new WinogradCost(0.01, 40, 28, 32, 10, 7);

  /** On AMD Zen 3, family 25 model 1. */
  private static final WinogradCost F64 = new WinogradCost(0.05, 70, 50, 50, 40, 14);

  private static final WinogradCost F32 = new WinogradCost(0.025, 60, 50, 40, 20, 7);

  /** What starting a multiply of OpenBLAS costs, as depth too little. */
  private static final double STARTUP = 6;

  /** What packing or reading each matrix costs, as rows too few for the other, or columns. */
  private static final double PACKING = 16;

  static WinogradCost of(ElementType type) {
    boolean avx512 = CoreKind.current() == CoreKind.AVX512;
    return type == ElementType.F64 ? avx512 ? F64_AVX512 : F64 : avx512 ? F32_AVX512 : F32;
  }

  /** Returns the time to multiply one tile's frequencies, of so many together. */
  double multiply(long rows, long columns, long depth) {
    return WinogradTransform.FREQUENCIES
        * product
        * (1 + PACKING / rows)
        * (1 + PACKING / columns)
        * (1 + STARTUP / depth);
  }
}
