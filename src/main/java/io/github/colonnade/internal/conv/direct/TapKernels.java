package io.github.colonnade.internal.conv.direct;

import io.github.colonnade.internal.conv.Kernels;
import io.github.colonnade.internal.memory.ElementType;
import java.lang.foreign.MemorySegment;

/**
 * The arithmetic of direct convolution, on rows that taps shift. All operands lie in one scratch
 * memory; positions, strides and counts are in elements.
 */
interface TapKernels {
  /** Returns the kernels of a type. */
  static TapKernels of(ElementType type) {
    return Kernels.useVectors() ? vectorized(type) : portable(type);
  }

  /** Returns the kernels that call OpenBLAS. */
  static TapKernels portable(ElementType type) {
    return type == ElementType.F64 ? BlasTapKernels.F64 : BlasTapKernels.F32;
  }

  /** Returns the kernels by the Vector API, which must be present. */
  static TapKernels vectorized(ElementType type) {
    return type == ElementType.F64 ? F64VectorTapKernels.INSTANCE : F32VectorTapKernels.INSTANCE;
  }

  /** Returns whether the kernels make use of the scratch elements that they are given. */
  boolean usesScratch();

  /**
   * Adds shifted sources to some targets: {@code target[j][i] += Σ_t weights[j][t] ·
   * source[offsets[t] + i]}.
   *
   * @param memory holds all three
   * @param weights first of {@code outs × taps} weights. Not modified.
   * @param offsets shift of each tap
   * @param taps how many of the offsets to use
   * @param source first source element at shift 0. Not modified.
   * @param target first target element. Modified.
   * @param targetStride elements from one target to the next
   * @param outs number of targets
   * @param count elements of each target
   * @param scratch first of some elements for the kernel's own use. Overwritten.
   * @param scratchElements how many these are, perhaps none
   */
  void convolve(
      MemorySegment memory,
      long weights,
      int[] offsets,
      int taps,
      long source,
      long target,
      long targetStride,
      int outs,
      long count,
      long scratch,
      long scratchElements);

  /**
   * Multiplies gradients with shifted sources: {@code sums[j][t] = Σ_i gradient[j][i] ·
   * source[offsets[t] + i]}.
   *
   * @param memory holds all three
   * @param gradient first gradient element. Not modified.
   * @param gradientStride elements from one gradient to the next
   * @param outs number of gradients
   * @param offsets shift of each tap
   * @param taps how many of the offsets to use
   * @param source first source element at shift 0. Not modified.
   * @param count elements of each gradient
   * @param sums first of {@code outs × taps} sums. Overwritten.
   * @param scratch first of some elements for the kernel's own use. Overwritten.
   * @param scratchElements how many these are, perhaps none
   */
  void correlate(
      MemorySegment memory,
      long gradient,
      long gradientStride,
      int outs,
      int[] offsets,
      int taps,
      long source,
      long count,
      long sums,
      long scratch,
      long scratchElements);
}
