package io.github.colonnade.cli;

import picocli.CommandLine.Option;

/** {@code --dilation}. */
final class DilationOption {
  @Option(
      names = "--dilation",
      paramLabel = "D|DH,DW",
      converter = Numbers.PairConverter.class,
      description = "Input pixels from one kernel tap to the next; 1 if left out.")
  private Numbers.Pair dilation = Numbers.Pair.ONE;

  long h() {
    return dilation.h();
  }

  long w() {
    return dilation.w();
  }
}
