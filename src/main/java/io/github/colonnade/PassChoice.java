package io.github.colonnade;

import io.github.colonnade.internal.conv.AlgorithmChoice;
import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.WorkspaceLayout;
import java.lang.foreign.MemorySegment;

/**
 * One pass of a plan, decided.
 *
 * @param algorithm how it is computed
 * @param asked whether the caller named the algorithm
 * @param plan its tiles and its operation
 * @param threads threads of a call at most
 * @param layout native scratch memory of a call
 * @param heapBytes scratch memory on the heap of a call that has them all
 */
record PassChoice(
    Algorithm algorithm,
    boolean asked,
    PassPlan plan,
    int threads,
    WorkspaceLayout layout,
    long heapBytes) {

  static PassChoice of(ConvProblem problem, PlanOptions options) {
    boolean asked = options.algorithm() != Algorithm.AUTO;
    ConvAlgorithm algorithm =
        asked
            ? AlgorithmChoice.named(options.algorithm().name(), problem)
            : AlgorithmChoice.fastest(problem, options.exact());
    PassPlan plan = algorithm.plan(problem);
    Tiling tiling = plan.tiling();
    int busy = (int) Math.min(options.threads(), tiling.tileCount());
    return new PassChoice(
        Algorithm.valueOf(algorithm.name()),
        asked,
        plan,
        options.threads(),
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
      MemorySegment bias,
      MemorySegment result,
      Workspace workspace) {
    Execution.run(plan.operation().task(first, second, bias, result), threads, layout, workspace);
  }

  /** Returns what was decided and why, for people. */
  String explain() {
    return algorithm
        + (asked ? " (as asked): " : " (chosen by AUTO): ")
        + plan.tiling().describe()
        + "; workspace "
        + workspaceBytes()
        + " bytes"
        + (heapBytes == 0 ? "" : ", " + heapBytes + " of them on the heap");
  }
}
