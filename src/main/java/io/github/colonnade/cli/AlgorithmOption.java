package io.github.colonnade.cli;

import io.github.colonnade.Algorithm;
import io.github.colonnade.PlanOptions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code --algorithm} and {@code --threads}. */
final class AlgorithmOption {
  @Option(
      names = "--algorithm",
      paramLabel = "A",
      converter = Choices.AlgorithmConverter.class,
      description =
          "auto, reference, im2col or winograd; auto, which chooses by shape, if left out.")
  private Algorithm algorithm = Algorithm.AUTO;

  @Mixin private ThreadsOption threads = new ThreadsOption();

  PlanOptions planOptions() {
    return PlanOptions.defaults().withAlgorithm(algorithm).withThreads(threads.threads());
  }
}
