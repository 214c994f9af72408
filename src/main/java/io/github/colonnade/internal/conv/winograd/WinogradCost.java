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
 * @param rows what packing the tiles costs a multiply that is not transposed, as rows too few
 * @param columns what packing the weights costs it, as columns too few
 */
record WinogradCost(
    double product,
    double input,
    double weights,
    double output,
    double sum,
    double rows,
    double columns) {
  /** On an Intel Xeon, family 6 model 167, where OpenBLAS packs nothing. */
  private static final WinogradCost F64_AVX512 = new WinogradCost(0.02, 42, 19, 32, 20, 16, 16);

  private static final WinogradCost F32_AVX512 = new WinogradCost(0.01, 40, 27, 30, 10, 20, 16);

  /** On AMD Zen 3, family 25 model 1. */
  private static final WinogradCost F64 = new WinogradCost(0.05, 70, 50, 50, 40, 16, 16);

  private static final WinogradCost F32 = new WinogradCost(0.025, 60, 50, 40, 20, 16, 16);

  /** What starting a multiply of OpenBLAS costs, as depth too little. */
  private static final double STARTUP = 6;

  /** What packing each matrix costs a transposed multiply, as rows or columns too few. */
  private static final double PACKING = 16;

  static WinogradCost of(ElementType type) {
    boolean avx512 = CoreKind.current() == CoreKind.AVX512;
    return type == ElementType.F64 ? avx512 ? F64_AVX512 : F64 : avx512 ? F32_AVX512 : F32;
  }

  /** Returns the time to multiply one tile's frequencies, of so many together. */
  double multiply(long outputs, long tiles, long depth) {
    return time(rows / outputs, columns / tiles, depth);
  }

  /** Returns the same for the weights' gradient, which multiplies by transposed tiles. */
  double multiplyTransposed(long outputs, long inputs, long depth) {
    return time(PACKING / outputs, PACKING / inputs, depth);
  }

  private double time(double rowPacking, double columnPacking, long depth) {
    return WinogradTransform.FREQUENCIES
        * product
        * (1 + rowPacking)
        * (1 + columnPacking)
        * (1 + STARTUP / depth);
  }
}
