package io.github.colonnade.peers;

import java.util.List;
import java.util.Optional;

/**
 * A library's own way to compute one pass of one layer, its operands in the library's memory and
 * layout, ready to be timed. All its methods are called by one thread.
 */
interface Contender extends AutoCloseable {
  /** Computes the pass once. */
  void run();

  /**
   * Copies out what the last {@link #run} computed, in NCHW and OIHW: the output, or the gradients
   * of input, weight and bias.
   */
  List<double[]> results();

  /** Returns what this library chose, and nothing for others. */
  default Optional<String> algorithm() {
    return Optional.empty();
  }

  /** Returns whether it has results to compare. */
  default boolean computes() {
    return true;
  }

  /** Returns the version of the library that computes. */
  String version();

  /** Frees everything. */
  @Override
  void close();
}
