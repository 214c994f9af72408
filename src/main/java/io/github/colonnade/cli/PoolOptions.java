package io.github.colonnade.cli;

import io.github.colonnade.Padding;
import io.github.colonnade.PoolBuilder;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a pool's window moves, other than its size: the same for every pool. */
final class PoolOptions {
  @Option(
      names = "--stride",
      paramLabel = "S|SH,SW",
      converter = Numbers.PairConverter.class,
      description = "Input pixels from one window to the next; the kernel's size if left out.")
  private Numbers.Pair stride;

  @Option(
      names = "--padding",
      paramLabel = "P|PH,PW|T,L,B,R|same|same-lower|valid",
      converter = PaddingConverter.class,
      description =
          "Padding around the input, at most half the kernel; 0 if left out. same: as much as makes"
              + " the output ceil(input / stride), an odd one below and right (same-lower: above"
              + " and left).")
  private Padding padding = Padding.VALID;

  @Option(
      names = "--ceil-mode",
      description =
          "Count a last window that hangs over the padded input, if it starts before the padding"
              + " behind the input.")
  private boolean ceilMode;

  @Mixin private ThreadsOption threads = new ThreadsOption();

  /** Sets what was given. */
  <B extends PoolBuilder<B>> B configure(B builder) {
    if (stride != null) {
      builder.stride(stride.h(), stride.w());
    }
    return builder.padding(padding).ceilMode(ceilMode).threads(threads.threads());
  }
}
