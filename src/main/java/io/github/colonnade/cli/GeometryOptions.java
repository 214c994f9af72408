package io.github.colonnade.cli;

import io.github.colonnade.Conv2d;
import io.github.colonnade.Padding;
import picocli.CommandLine.Option;

/** How a kernel moves over its input: the same options for every command that slides one. */
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

  @Option(
      names = "--dilation",
      paramLabel = "D|DH,DW",
      converter = Numbers.PairConverter.class,
      description = "Input pixels from one kernel tap to the next; 1 if left out.")
  private Numbers.Pair dilation = Numbers.Pair.ONE;

  @Option(
      names = "--groups",
      paramLabel = "G",
      converter = Numbers.Positive.class,
      description = "Groups of channels, a divisor of both channel counts; 1 if left out.")
  private long groups = 1;

  long groups() {
    return groups;
  }

  /** Starts a convolution of this geometry. */
  Conv2d.Builder conv2d(long inChannels, long outChannels, long kernelH, long kernelW) {
    return Conv2d.builder(inChannels, outChannels, kernelH, kernelW)
        .stride(stride.h(), stride.w())
        .padding(padding)
        .dilation(dilation.h(), dilation.w())
        .groups(groups);
  }
}
