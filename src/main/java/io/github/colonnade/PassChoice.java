package io.github.colonnade;

import io.github.colonnade.internal.blas.OpenBlasLoader;
import io.github.colonnade.internal.conv.AlgorithmChoice;
import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.PreparedOperand;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.WorkspaceLayout;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One pass of a plan, decided.
 *
 * @param algorithm how it is computed
 * @param reason who chose the algorithm
 * @param plan its tiles and its operation
 * @param threads threads of a call at most
 * @param layout native scratch memory of a call
 * @param heapBytes scratch memory on the heap of a call that has them all
 */
record PassChoice(
    Algorithm algorithm,
    String reason,
    PassPlan plan,
    int threads,
    WorkspaceLayout layout,
    long heapBytes) {

  static PassChoice of(ConvProblem problem, PlanOptions options) {
    int threads = options.threads();
    if (options.algorithm() != Algorithm.AUTO) {
      String name = options.algorithm().name();
      return of(problem, AlgorithmChoice.named(name, problem), "as asked", threads);
    }
    Tuning tuning = options.tuning();
    ConvAlgorithm tuned = tuning == null ? null : tuning.choose(problem, options);
    if (tuned != null) {
      return of(problem, tuned, "chosen by tuning", threads);
    }
    String reason = problem.prepared() ? "chosen by AUTO for prepared weights" : "chosen by AUTO";
    return of(problem, AlgorithmChoice.fastest(problem, options.exact()), reason, threads);
  }

  /**
   * Decides to use an algorithm that can compute the problem.
   *
   * @throws UnsatisfiedLinkError if it needs an OpenBLAS and there is none: now, since later would
   *     be in the middle of a call
   */
  static PassChoice of(ConvProblem problem, ConvAlgorithm algorithm, String reason, int threads) {
    if (algorithm.multiplies()) {
      OpenBlasLoader.load();
    }
    PassPlan plan = algorithm.plan(problem);
    Tiling tiling = plan.tiling();
    int busy = (int) Math.min(threads, tiling.tileCount());
    return new PassChoice(
        Algorithm.valueOf(algorithm.name()),
        reason,
        plan,
        threads,
        WorkspaceLayout.of(tiling.sharedBytes(), tiling.workspaceBytes(), busy),
        busy * Math.ceilDiv(tiling.heapBytes(), 64) * 64);
  }

  /** Returns the scratch memory of a call, native and on the heap. */
  long workspaceBytes() {
    return layout.bytes() + heapBytes;
  }

  /** Runs the pass on what {@link PassPlan.Operation} says. */
  void run(
      MemorySegment first,
      MemorySegment second,
      @Nullable MemorySegment bias,
      MemorySegment result,
      @Nullable Workspace workspace) {
    Execution.run(plan.operation().task(first, second, bias, result), threads, layout, workspace);
  }

  /** As above, with weights that were prepared for this pass. */
  void run(
      MemorySegment first,
      PreparedOperand weight,
      @Nullable MemorySegment bias,
      MemorySegment result,
      @Nullable Workspace workspace) {
    Execution.run(plan.task(first, weight, bias, result), threads, layout, workspace);
  }

  /** Returns what was decided and why, for people. */
  String explain() {
    return algorithm
        + " ("
        + reason
        + "): "
        + plan.tiling().describe()
        + "; workspace "
        + workspaceBytes()
        + " bytes"
        + (heapBytes == 0 ? "" : ", " + heapBytes + " of them on the heap");
  }
}
