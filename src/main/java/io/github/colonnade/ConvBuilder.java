package io.github.colonnade;

import static io.github.colonnade.Operands.requireDivisible;
import static io.github.colonnade.Operands.requirePositive;

import java.util.Objects;

/**
 * Collects the geometry of a convolution, transposed or not.
 *
 * @param <B> the builder itself
 */
public abstract sealed class ConvBuilder<B extends ConvBuilder<B>> extends WindowBuilder<B>
    implements DilatedBuilder<B> permits Conv2d.Builder, ConvTranspose2d.Builder {
  private final long inChannels;
  private final long outChannels;
  private long groups = 1;
  private PlanOptions options = PlanOptions.defaults();

  ConvBuilder(long inChannels, long outChannels, long kernelH, long kernelW) {
    this.inChannels = requirePositive("inChannels", inChannels);
    this.outChannels = requirePositive("outChannels", outChannels);
    super(kernelH, kernelW);
  }

  @Override
  public B dilation(long dilationH, long dilationW) {
    return dilate(dilationH, dilationW);
  }

  /**
   * Sets the number of groups of channels; one for each input channel makes a depthwise
   * convolution. Left out, there is one.
   *
   * @param groups a divisor of both channel counts
   * @return this builder
   * @throws IllegalArgumentException if it is below 1
   */
  public B groups(long groups) {
    this.groups = requirePositive("groups", groups);
    return self();
  }

  /**
   * Sets the options for plans made without any.
   *
   * @param options algorithm, threads and scratch memory
   * @return this builder
   */
  public B options(PlanOptions options) {
    this.options = Objects.requireNonNull(options, "options");
    return self();
  }

  final long inChannels() {
    return inChannels;
  }

  final long outChannels() {
    return outChannels;
  }

  final long groups() {
    return groups;
  }

  final PlanOptions options() {
    return options;
  }

  /**
   * Checks that channels split into groups, and that a weight {@code [first, second/groups, KH,
   * KW]} fits a long.
   */
  final void requireWeight(long first, long second) {
    requireDivisible("inChannels", inChannels, groups);
    requireDivisible("outChannels", outChannels, groups);
    Shapes.byteSize("weight", DType.F64, first, second / groups, kernelH(), kernelW());
  }
}
