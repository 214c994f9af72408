package io.github.colonnade.cli;

import picocli.CommandLine.Option;

/** {@code --kernel} for those that have a kernel's size only. */
final class KernelOption {
  @Option(
      names = "--kernel",
      required = true,
      paramLabel = "K|KH,KW",
      converter = Numbers.PairConverter.class,
      description = "Height and width of the kernel.")
  private Numbers.Pair kernel;

  long h() {
    return kernel.h();
  }

  long w() {
    return kernel.w();
  }
}
