package io.github.colonnade.internal.conv.im2col;

import io.github.colonnade.internal.blas.CoreKind;
import io.github.colonnade.internal.conv.ConvGeometry;

/**
 * What the parts of a convolution by columns cost beside its products, in products of the GEMM, by
 * which a tiling is chosen.
 *
 * @param column lowering an element of the columns and packing it, where a tile does both
 * @param pointwise reading or packing an element of the input, for a 1×1 kernel
 * @param weight packing a weight, or reading it from the third-level cache
 * @param lower lowering an element of the columns, where all threads do so together
 * @param copy copying an element of the input for a 1×1 kernel, likewise
 * @param pack reading or packing an element that was lowered so
 * @param panelWeight as {@code weight}, where columns are lowered so
 * @param turnedWeight as {@code weight}, in an input's gradient
 * @param stride how many times as much lowering costs under a stride
 */
record ColumnCost(
    double column,
    double pointwise,
    double weight,
    double lower,
    double copy,
    double pack,
    double panelWeight,
    double turnedWeight,
    double stride) {
  /**
   * OpenBLAS multiplies without packing. Measured on two cores of an Intel Xeon (family 6 model
   * 167) with layers of 49 to 3136 pixels: against the costs below, tiles of whole planes and fewer
   * channels took 0.5 to 1.1 of the time for 1×1 kernels, 0.8 to 1.05 for 3×3 ones. A strided
   * column takes 2 to 8 times as long to lower as another; counted as 3 times, 1×1 kernels under a
   * stride took 0.55 to 1.05 of the time. With a {@code turnedWeight} of 15, not 0, input's
   * gradients of 49 to 784 pixels took 0.45 to 1.1 of the time.
   */
  private static final ColumnCost AVX512 = new ColumnCost(20, 2, 30, 15, 10, 3, 30, 15, 3);

  /**
   * OpenBLAS packs both matrices. The first three were measured in double precision before it
   * multiplied unpacked anywhere; the others fit layers of 49 to 784 pixels in single precision on
   * AMD Zen 3.
   */
  private static final ColumnCost OTHER = new ColumnCost(20, 20, 12.5, 60, 10, 30, 15, 0, 1);

  /** Returns the costs on this machine. */
  static ColumnCost current() {
    return CoreKind.current() == CoreKind.AVX512 ? AVX512 : OTHER;
  }

  /** Returns what a tile pays for an element of the columns that it lowers itself. */
  double column(ConvGeometry geometry) {
    return geometry.isPointwise() ? pointwise : column * strided(geometry);
  }

  /** Returns what lowering an element of the columns costs, where all threads do so together. */
  double lower(ConvGeometry geometry) {
    return geometry.isPointwise() ? copy : lower * strided(geometry);
  }

  private double strided(ConvGeometry geometry) {
    return geometry.isStrided() ? stride : 1;
  }
}
