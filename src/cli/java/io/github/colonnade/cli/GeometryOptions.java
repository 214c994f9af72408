package io.github.colonnade.cli;

import io.github.colonnade.Conv2d;
import io.github.colonnade.ConvTranspose2d;
import io.github.colonnade.Im2col;
import io.github.colonnade.Padding;
import io.github.colonnade.Tensor;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a convolution's kernel moves over its input. */
final class GeometryOptions {
  @Option(
      names = "--stride",
      paramLabel = "S|SH,SW",
      converter = Numbers.PairConverter.class,
      description = "Input pixels from one output pixel to the next; 1 if left out.")
  private Numbers.Pair stride = Numbers.Pair.ONE;

  @Option(
      names = "--padding",
      paramLabel = "P|PH,PW|T,L,B,R|same|same-lower|valid",
      converter = PaddingConverter.class,
      description =
          "Zeros around the input; 0 if left out. same: as many as make the output "
              + "ceil(input / stride), an odd one below and right (same-lower: above and left).")
  private Padding padding = Padding.VALID;

  @Mixin private DilationOption dilation = new DilationOption();

  @Option(
      names = "--groups",
      paramLabel = "G",
      converter = Numbers.Positive.class,
      description = "Groups of channels, a divisor of all channel counts; 1 if left out.")
  private long groups = 1;

  /** Starts the convolution of an input with a weight {@code [O, C/groups, KH, KW]}. */
  Conv2d.Builder conv2d(Tensor input, Tensor weight) {
    long inChannels = input.size(1);
    if (inChannels % groups != 0 || weight.size(1) != inChannels / groups) {
      throw new IllegalArgumentException(
          "weight: inChannels/groups is " + weight.size(1) + ", " + channels(input));
    }
    return Conv2d.builder(inChannels, weight.size(0), weight.size(2), weight.size(3))
        .stride(stride.h(), stride.w())
        .padding(padding)
        .dilation(dilation.h(), dilation.w())
        .groups(groups);
  }

  /** Starts the transposed convolution with a weight {@code [C, O/groups, KH, KW]}. */
  ConvTranspose2d.Builder convTranspose2d(Tensor input, Tensor weight) {
    if (padding instanceof Padding.Same) {
      throw new IllegalArgumentException(
          "--padding: is a rule that derives padding from the output's size, which a transposed"
              + " convolution derives from its padding; must be P, PH,PW, TOP,LEFT,BOTTOM,RIGHT"
              + " or valid");
    }
    if (weight.size(0) != input.size(1) || input.size(1) % groups != 0) {
      throw new IllegalArgumentException(
          "weight: inChannels is " + weight.size(0) + ", " + channels(input));
    }
    // No more groups than channels, so the product is small compared with the weight itself.
    long outChannels = weight.size(1) * groups;
    return ConvTranspose2d.builder(input.size(1), outChannels, weight.size(2), weight.size(3))
        .stride(stride.h(), stride.w())
        .padding(padding)
        .dilation(dilation.h(), dilation.w())
        .groups(groups);
  }

  /** Starts the lowering of images with this many channels; groups do not change the columns. */
  Im2col.Builder im2col(long kernelH, long kernelW, long channels) {
    if (channels % groups != 0) {
      throw new IllegalArgumentException(
          "--groups: is " + groups + ", must be a divisor of the " + channels + " channels");
    }
    return Im2col.builder(kernelH, kernelW)
        .stride(stride.h(), stride.w())
        .padding(padding)
        .dilation(dilation.h(), dilation.w());
  }

  private String channels(Tensor input) {
    return "input has " + input.size(1) + " channels and groups is " + groups;
  }
}
