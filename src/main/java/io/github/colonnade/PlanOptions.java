package io.github.colonnade;

import io.github.colonnade.internal.conv.Kernels;
import java.util.Objects;

/**
 * What a plan may use.
 *
 * @param algorithm how to compute; {@link Algorithm#AUTO} chooses by shape
 * @param threads threads at most, the caller's included; the result's bits do not depend on it
 * @param maxWorkspaceBytes scratch memory at most, for each thread
 * @param exact whether only algorithms may be used that multiply and add as the definition does, in
 *     another order at most: never {@link Algorithm#WINOGRAD}
 */
public record PlanOptions(Algorithm algorithm, int threads, long maxWorkspaceBytes, boolean exact) {
  private static final PlanOptions DEFAULTS =
      new PlanOptions(Algorithm.AUTO, Runtime.getRuntime().availableProcessors(), 4L << 20, false);

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if {@code threads} is below 1 or {@code maxWorkspaceBytes}
   *     negative, or if {@code exact} and {@code algorithm} is {@link Algorithm#WINOGRAD}
   */
  public PlanOptions {
    Objects.requireNonNull(algorithm, "algorithm");
    if (threads < 1) {
      throw new IllegalArgumentException("threads: is " + threads + ", must be at least 1");
    }
    if (maxWorkspaceBytes < 0) {
      throw new IllegalArgumentException(
          "maxWorkspaceBytes: is " + maxWorkspaceBytes + ", must not be negative");
    }
    if (exact && algorithm == Algorithm.WINOGRAD) {
      throw new IllegalArgumentException("algorithm: is WINOGRAD, which is not exact");
    }
  }

  /**
   * Tells which kernels compute what OpenBLAS does not: {@code vector} where the program runs with
   * {@code --add-modules jdk.incubator.vector}, else {@code portable}. The results' bits are the
   * same. {@code -Dcolonnade.kernels} with one of the two names forces it.
   *
   * @return the name
   * @throws IllegalArgumentException if the property names neither, or the module is missing
   */
  public static String kernels() {
    return Kernels.name();
  }

  /** {@return the defaults: AUTO, a thread for each processor, 4 MiB for each thread} */
  public static PlanOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Returns these options with another algorithm.
   *
   * @param algorithm how to compute
   * @return new options
   */
  public PlanOptions withAlgorithm(Algorithm algorithm) {
    return new PlanOptions(algorithm, threads, maxWorkspaceBytes, exact);
  }

  /**
   * Returns these options with another number of threads.
   *
   * @param threads threads at most, the caller's included
   * @return new options
   * @throws IllegalArgumentException if {@code threads} is below 1
   */
  public PlanOptions withThreads(int threads) {
    return new PlanOptions(algorithm, threads, maxWorkspaceBytes, exact);
  }

  /**
   * Returns these options with another cap on scratch memory.
   *
   * @param maxWorkspaceBytes bytes at most, for each thread
   * @return new options
   * @throws IllegalArgumentException if {@code maxWorkspaceBytes} is negative
   */
  public PlanOptions withMaxWorkspaceBytes(long maxWorkspaceBytes) {
    return new PlanOptions(algorithm, threads, maxWorkspaceBytes, exact);
  }

  /**
   * Returns these options with exact algorithms only, or with any.
   *
   * @param exact whether only algorithms may be used that multiply and add as the definition does,
   *     in another order at most
   * @return new options
   * @throws IllegalArgumentException if {@code exact} and the algorithm is {@link
   *     Algorithm#WINOGRAD}
   */
  public PlanOptions withExact(boolean exact) {
    return new PlanOptions(algorithm, threads, maxWorkspaceBytes, exact);
  }
}
