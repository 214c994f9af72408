package io.github.colonnade.peers;

import io.github.colonnade.Conv2dPlan;
import io.github.colonnade.PlanOptions;
import io.github.colonnade.PreparedWeights;
import io.github.colonnade.Tensor;
import io.github.colonnade.Workspace;
import io.github.colonnade.cli.bench.BenchPass;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;

/** This library, planned once. */
final class ColonnadeContender implements Contender {
  private final Problem problem;
  private final Conv2dPlan plan;
  private final Arena arena = Arena.ofShared();
  private final Workspace workspace;
  private final PreparedWeights prepared;
  private final Tensor output;
  private final Tensor gradInput;
  private final Tensor gradWeights;
  private final Tensor gradBias;

  ColonnadeContender(Problem problem, PlanOptions options) {
    this.problem = problem;
    plan = problem.layer().conv2d(options).plan(problem.dtype(), problem.layer().inputShape());
    workspace = Workspace.allocate(arena, plan.workspaceBytes());
    prepared = options.preparedWeights() ? plan.prepare(arena, problem.weight()) : null;
    output = allocate(problem.gradOutput());
    gradInput = allocate(problem.input());
    gradWeights = allocate(problem.weight());
    gradBias = allocate(problem.bias());
  }

  private Tensor allocate(Tensor like) {
    return Tensor.allocate(arena, like.dtype(), like.shape());
  }

  @Override
  public void run() {
    if (prepared != null) {
      plan.forward(problem.input(), prepared, problem.bias(), output, workspace);
    } else if (problem.pass() == BenchPass.FORWARD) {
      plan.forward(problem.input(), problem.weight(), problem.bias(), output, workspace);
    } else {
      plan.backwardInput(problem.gradOutput(), problem.weight(), gradInput, workspace);
      plan.backwardWeights(problem.input(), problem.gradOutput(), gradWeights, workspace);
      plan.backwardBias(problem.gradOutput(), gradBias);
    }
  }

  @Override
  public List<double[]> results() {
    return problem.pass() == BenchPass.FORWARD
        ? List.of(output.toDoubleArray())
        : List.of(gradInput.toDoubleArray(), gradWeights.toDoubleArray(), gradBias.toDoubleArray());
  }

  @Override
  public Optional<String> algorithm() {
    return Optional.of(problem.pass().algorithm(plan));
  }

  @Override
  public String version() {
    return Versions.ofColonnade();
  }

  @Override
  public void close() {
    arena.close();
  }
}
