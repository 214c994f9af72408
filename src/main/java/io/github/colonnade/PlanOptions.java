package io.github.colonnade;

import io.github.colonnade.internal.conv.Kernels;
import io.github.colonnade.internal.memory.WorkspaceCap;
import io.github.colonnade.internal.parallel.ThreadLimit;
import java.io.NotSerializableException;
import java.io.ObjectStreamException;
import java.io.Serial;
import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a plan may use.
 *
 * <p>A call's threads are its caller's and those of the library's helpers that no other call has,
 * down to none. The process has as many helpers as processors, less one, however many callers there
 * are and however many threads their plans allow. {@code -Dcolonnade.threads=N}, from 1 to 4096,
 * puts N in the place of the number of processors, there and in {@link #defaults}. It is read when
 * first needed; if it is wrong, every call that needs it throws an {@link
 * IllegalArgumentException}.
 *
 * <p>Scratch memory is taken only for the threads that a call has. Between calls the library keeps
 * scratch memory for the next one: at most 4 MiB on the heap for each processor, and 16 MiB of
 * native memory or the one block last used where that alone is larger. What is not used for half a
 * minute is freed. Native scratch memory does not count under the limit of direct buffers, and the
 * system has it back as soon as it is freed; where none can be had, the call throws an {@link
 * OutOfMemoryError} that says how much was asked for.
 *
 * <p>Threads, of which each call takes some:
 *
 * {@snippet file="io/github/colonnade/examples/Threads.java" region="threads"}
 *
 * <p>Algorithms:
 *
 * {@snippet file="io/github/colonnade/examples/ChooseAlgorithm.java" region="choose"}
 *
 * <p>Serializable without a tuning, which holds for the machine that measured it; the number of
 * threads travels as it is, whatever the processors of the machine that reads it.
 *
 * @param algorithm how to compute; {@link Algorithm#AUTO} chooses by shape
 * @param threads threads of a call at most, the caller's included; the result's bits do not depend
 *     on it
 * @param maxWorkspaceBytes maximum scratch memory of each thread, native and on the heap, what all
 *     threads share counted as one's; or {@link #AUTO_WORKSPACE}
 * @param exact whether to use only algorithms that multiply and add as the definition does, at most
 *     in another order: never {@link Algorithm#WINOGRAD} or {@link Algorithm#FFT}
 * @param activation what the forward pass does to its output; it has no influence on the choice of
 *     algorithm and tiles
 * @param tuning measured choices that {@link Algorithm#AUTO} takes where there are any, or null for
 *     none
 * @param preparedWeights whether {@link Algorithm#AUTO} chooses for {@link PreparedWeights}, where
 *     the time that an algorithm takes to transform the weights does not count. Calls without them
 *     compute the same, but may take longer. Measured choices are those of calls without.
 */
@SuppressWarnings("exports") // @Nullable is for who has it.
public record PlanOptions(
    Algorithm algorithm,
    int threads,
    long maxWorkspaceBytes,
    boolean exact,
    Activation activation,
    @Nullable Tuning tuning,
    boolean preparedWeights)
    implements Serializable {
  /**
   * The {@code maxWorkspaceBytes} that lets scratch memory follow the work: all that a call takes,
   * native and on the heap, is at most as much as input, weight and output together and at most 64
   * MiB, but 4 MiB for each thread in any case.
   */
  public static final long AUTO_WORKSPACE = Long.MIN_VALUE;

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if {@code threads} is below 1 or {@code maxWorkspaceBytes}
   *     negative and not {@link #AUTO_WORKSPACE}, or if {@code exact} and {@code algorithm} is
   *     {@link Algorithm#WINOGRAD} or {@link Algorithm#FFT}
   */
  public PlanOptions {
    Objects.requireNonNull(algorithm, "algorithm");
    Objects.requireNonNull(activation, "activation");
    Operands.requireThreads(threads);
    if (maxWorkspaceBytes != AUTO_WORKSPACE) {
      Operands.requireNotNegative("maxWorkspaceBytes", maxWorkspaceBytes);
    }
    if (exact && (algorithm == Algorithm.WINOGRAD || algorithm == Algorithm.FFT)) {
      throw new IllegalArgumentException("algorithm: is " + algorithm + ", which is not exact");
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

  /**
   * Returns the defaults: AUTO, a thread for each processor or what {@code -Dcolonnade.threads}
   * says, {@link #AUTO_WORKSPACE}, no activation, no tuning, weights that are not prepared.
   *
   * @return the defaults
   * @throws IllegalArgumentException if that property is not a whole number from 1 to 4096
   */
  public static PlanOptions defaults() {
    return new PlanOptions(
        Algorithm.AUTO, ThreadLimit.threads(), AUTO_WORKSPACE, false, Activation.NONE, null, false);
  }

  /**
   * Returns these options with another algorithm.
   *
   * @param algorithm how to compute
   * @return new options
   */
  public PlanOptions withAlgorithm(Algorithm algorithm) {
    return new PlanOptions(
        algorithm, threads, maxWorkspaceBytes, exact, activation, tuning, preparedWeights);
  }

  /**
   * Returns these options with another number of threads.
   *
   * @param threads threads at most, the caller's included
   * @return new options
   * @throws IllegalArgumentException if {@code threads} is below 1
   */
  public PlanOptions withThreads(int threads) {
    return new PlanOptions(
        algorithm, threads, maxWorkspaceBytes, exact, activation, tuning, preparedWeights);
  }

  /**
   * Returns these options with another cap on scratch memory.
   *
   * @param maxWorkspaceBytes maximum bytes of each thread, or {@link #AUTO_WORKSPACE}
   * @return new options
   * @throws IllegalArgumentException if {@code maxWorkspaceBytes} is negative and not {@link
   *     #AUTO_WORKSPACE}
   */
  public PlanOptions withMaxWorkspaceBytes(long maxWorkspaceBytes) {
    return new PlanOptions(
        algorithm, threads, maxWorkspaceBytes, exact, activation, tuning, preparedWeights);
  }

  /**
   * Returns these options with exact algorithms only, or with any.
   *
   * @param exact whether to use only algorithms that multiply and add as the definition does, in
   *     another order at most
   * @return new options
   * @throws IllegalArgumentException if {@code exact} and the algorithm is {@link
   *     Algorithm#WINOGRAD} or {@link Algorithm#FFT}
   */
  public PlanOptions withExact(boolean exact) {
    return new PlanOptions(
        algorithm, threads, maxWorkspaceBytes, exact, activation, tuning, preparedWeights);
  }

  /**
   * Returns these options with another activation.
   *
   * @param activation what the forward pass does to its output
   * @return new options
   */
  public PlanOptions withActivation(Activation activation) {
    return new PlanOptions(
        algorithm, threads, maxWorkspaceBytes, exact, activation, tuning, preparedWeights);
  }

  /**
   * Returns these options with choices that are measured, or were.
   *
   * @param tuning what {@link Algorithm#AUTO} takes its choices from, within these options, and
   *     adds new ones to if that {@linkplain Tuning#measures measures}; or null for none
   * @return new options
   */
  public PlanOptions withTuning(@Nullable Tuning tuning) {
    return new PlanOptions(
        algorithm, threads, maxWorkspaceBytes, exact, activation, tuning, preparedWeights);
  }

  /**
   * Returns these options with an algorithm chosen for prepared weights, or for others.
   *
   * @param preparedWeights whether {@link Algorithm#AUTO} chooses for {@link PreparedWeights}
   * @return new options
   */
  public PlanOptions withPreparedWeights(boolean preparedWeights) {
    return new PlanOptions(
        algorithm, threads, maxWorkspaceBytes, exact, activation, tuning, preparedWeights);
  }

  @Serial
  private Object writeReplace() throws ObjectStreamException {
    if (tuning != null) {
      throw new NotSerializableException(
          "PlanOptions: has a tuning, must have none: it holds for the machine that measured it"
              + " (withTuning(null) drops it, Tuning.save keeps it)");
    }
    return this;
  }

  /**
   * Returns the cap on a call's scratch memory.
   *
   * @param operandBytes bytes of its operands
   */
  WorkspaceCap workspaceCap(double operandBytes) {
    return maxWorkspaceBytes == AUTO_WORKSPACE
        ? WorkspaceCap.following(operandBytes)
        : WorkspaceCap.ofThread(maxWorkspaceBytes);
  }
}
