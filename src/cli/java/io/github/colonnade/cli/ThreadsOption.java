package io.github.colonnade.cli;

import io.github.colonnade.PlanOptions;
import picocli.CommandLine.Option;

/** {@code --threads}. */
final class ThreadsOption {
  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = Numbers.Threads.class,
      description =
          "Threads at most; one for each processor if left out. The result's bits do not change.")
  private int threads = PlanOptions.defaults().threads();

  int threads() {
    return threads;
  }
}
