package io.github.colonnade.internal.conv;

import io.github.colonnade.internal.conv.direct.DirectAlgorithm;
import io.github.colonnade.internal.conv.fft.FftAlgorithm;
import io.github.colonnade.internal.conv.im2col.Im2colAlgorithm;
import io.github.colonnade.internal.conv.reference.ReferenceAlgorithm;
import io.github.colonnade.internal.conv.winograd.WinogradAlgorithm;
import java.util.List;
import java.util.stream.Stream;

/** The algorithm that computes a problem: the one asked for, or the fastest that can. */
public final class AlgorithmChoice {
  /**
   * In the order in which they are asked. What pays is measured against the one after it, so it
   * stands with each algorithm; the last two compute what is left.
   */
  private static final List<ConvAlgorithm> ALGORITHMS =
      List.of(
          new FftAlgorithm(),
          new DirectAlgorithm(),
          new WinogradAlgorithm(),
          new Im2colAlgorithm(),
          new ReferenceAlgorithm());

  private AlgorithmChoice() {}

  /**
   * Returns the first algorithm that can compute a problem and pays.
   *
   * @param exact whether it must be exact
   */
  public static ConvAlgorithm fastest(ConvProblem problem, boolean exact) {
    return ALGORITHMS.stream()
        .filter(algorithm -> algorithm.isExact() || !exact)
        .filter(algorithm -> algorithm.refusal(problem) == null && algorithm.pays(problem))
        .findFirst()
        .orElseThrow();
  }

  /** Returns every algorithm that can compute a problem, in the order they are asked in. */
  public static List<ConvAlgorithm> candidates(ConvProblem problem, boolean exact) {
    return ALGORITHMS.stream()
        .filter(algorithm -> algorithm.isExact() || !exact)
        .filter(algorithm -> algorithm.refusal(problem) == null)
        .toList();
  }

  /** Returns those of the {@link #candidates} that could be the fastest, {@link #fastest} first. */
  public static List<ConvAlgorithm> worthTiming(ConvProblem problem, boolean exact) {
    ConvAlgorithm likely = fastest(problem, exact);
    Stream<ConvAlgorithm> others =
        candidates(problem, exact).stream()
            .filter(algorithm -> !algorithm.equals(likely) && algorithm.isWorthTiming(problem));
    return Stream.concat(Stream.of(likely), others).toList();
  }

  /**
   * Returns the algorithm of a name.
   *
   * @throws IllegalArgumentException saying why it cannot compute the problem
   */
  public static ConvAlgorithm named(String name, ConvProblem problem) {
    ConvAlgorithm asked =
        ALGORITHMS.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    String refusal = asked.refusal(problem);
    if (refusal != null) {
      throw new IllegalArgumentException(refusal);
    }
    return asked;
  }
}
