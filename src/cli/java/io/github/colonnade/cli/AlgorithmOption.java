package io.github.colonnade.cli;

import io.github.colonnade.Algorithm;
import io.github.colonnade.PlanOptions;
import java.util.Arrays;
import java.util.Iterator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code --algorithm} and {@code --threads}. */
final class AlgorithmOption {
  @Option(
      names = "--algorithm",
      paramLabel = "A",
      converter = Choices.AlgorithmConverter.class,
      completionCandidates = Names.class,
      description = "One of ${COMPLETION-CANDIDATES}; auto, which chooses by shape, if left out.")
  private Algorithm algorithm = Algorithm.AUTO;

  @Mixin private ThreadsOption threads = new ThreadsOption();

  PlanOptions planOptions() {
    return PlanOptions.defaults().withAlgorithm(algorithm).withThreads(threads.threads());
  }

  /** The names of all algorithms, for the help. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(Algorithm.values()).map(Choices::name).iterator();
    }
  }
}
