package io.github.colonnade.cli;

import io.github.colonnade.PlanOptions;
import picocli.CommandLine.Option;

/** {@code --threads}. */
final class ThreadsOption {
  private Integer threads;

  // The whole process is this one command's: so many threads may it have, processors or not.
  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = Numbers.Threads.class,
      description =
          "Threads at most; one for each processor if left out. The result's bits do not change.")
  void set(int number) {
    threads = number;
    System.setProperty("colonnade.threads", String.valueOf(number));
  }

  /** Returns the number given, or the library's default. */
  int threads() {
    return threads == null ? PlanOptions.defaults().threads() : threads;
  }
}
