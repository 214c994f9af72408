package io.github.colonnade;

import io.github.colonnade.internal.conv.Kernels;
import java.util.Objects;

/**
 * What a plan may use.
 *
 * <p>Between calls the library keeps scratch memory for the next one: at most 4 MiB on the heap,
 * and 16 MiB of native memory or the one block last used where that alone is larger. What is not
 * used for half a minute is freed. Native scratch memory does not count under the limit of direct
 * buffers; where none can be had, the call throws an {@link OutOfMemoryError} that says how much
 * was asked for.
 *
 * @param algorithm how to compute; {@link Algorithm#AUTO} chooses by shape
 * @param threads threads at most, the caller's included; the result's bits do not depend on it
 * @param maxWorkspaceBytes maximum scratch memory of each thread, native and on the heap, what all
 *     threads share counted as one's
 * @param exact whether to use only algorithms that multiply and add as the definition does, at most
 *     in another order: never {@link Algorithm#WINOGRAD}
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
    Operands.requireThreads(threads);
    Operands.requireNotNegative("maxWorkspaceBytes", maxWorkspaceBytes);
    if (exact && algorithm == Algorithm.WINOGRAD) {
      throw new IllegalArgumentException("algorithm: is WINOGRAD, which is not exact");
    }
  }

  /**
   * Says which kernels compute what OpenBLAS does not: {@code vector} where the program runs with
   * {@code --add-modules jdk.incubator.vector}, else {@code portable}. The results' bits are the
   * same. {@code -Dcolonnade.kernels} set to one of the two names forces that one.
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
   * @param maxWorkspaceBytes maximum bytes of each thread
   * @return new options
   * @throws IllegalArgumentException if {@code maxWorkspaceBytes} is negative
   */
  public PlanOptions withMaxWorkspaceBytes(long maxWorkspaceBytes) {
    return new PlanOptions(algorithm, threads, maxWorkspaceBytes, exact);
  }

  /**
   * Returns these options with exact algorithms only, or with any.
   *
   * @param exact whether to use only algorithms that multiply and add as the definition does, in
   *     another order at most
   * @return new options
   * @throws IllegalArgumentException if {@code exact} and the algorithm is {@link
   *     Algorithm#WINOGRAD}
   */
  public PlanOptions withExact(boolean exact) {
    return new PlanOptions(algorithm, threads, maxWorkspaceBytes, exact);
  }
}
