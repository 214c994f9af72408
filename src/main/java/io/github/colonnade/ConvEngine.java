package io.github.colonnade;

import io.github.colonnade.internal.conv.AlgorithmChoice;
import io.github.colonnade.internal.conv.BackwardBias;
import io.github.colonnade.internal.conv.ConvAlgorithm;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.ConvPass;
import io.github.colonnade.internal.conv.ConvProblem;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.Tiling;
import io.github.colonnade.internal.memory.ElementType;
import io.github.colonnade.internal.memory.WorkspaceLayout;
import java.lang.foreign.MemorySegment;

/**
 * The passes of one convolution's geometry, each with its algorithm decided: what a convolution and
 * a transposed convolution have in common. Operands are validated before they come here.
 */
final class ConvEngine {
  private final ConvGeometry geometry;
  private final ElementType type;
  private final PlanOptions options;
  private final Choice forward;
  private final Choice backwardInput;
  private final Choice backwardWeights;

  /** An algorithm and what it planned. */
  private record Choice(Algorithm algorithm, PassPlan plan, WorkspaceLayout layout) {}

  ConvEngine(ConvGeometry geometry, ElementType type, PlanOptions options) {
    this.geometry = geometry;
    this.type = type;
    this.options = options;
    this.forward = plan(ConvPass.FORWARD);
    this.backwardInput = plan(ConvPass.BACKWARD_INPUT);
    this.backwardWeights = plan(ConvPass.BACKWARD_WEIGHTS);
  }

  private Choice plan(ConvPass pass) {
    ConvProblem problem = new ConvProblem(pass, geometry, type, options.maxWorkspaceBytes());
    ConvAlgorithm algorithm =
        options.algorithm() == Algorithm.AUTO
            ? AlgorithmChoice.fastest(problem, options.exact())
            : AlgorithmChoice.named(options.algorithm().name(), problem);
    PassPlan plan = algorithm.plan(problem);
    Tiling tiling = plan.tiling();
    int threads = (int) Math.min(options.threads(), tiling.tileCount());
    WorkspaceLayout layout =
        WorkspaceLayout.of(tiling.sharedBytes(), tiling.workspaceBytes(), threads);
    return new Choice(Algorithm.valueOf(algorithm.name()), plan, layout);
  }

  private Choice choice(Pass pass) {
    return switch (pass) {
      case FORWARD -> forward;
      case BACKWARD_INPUT -> backwardInput;
      default -> backwardWeights;
    };
  }

  Algorithm algorithm(Pass pass) {
    return pass == Pass.BACKWARD_BIAS ? Algorithm.REFERENCE : choice(pass).algorithm;
  }

  /** Runs a pass on what {@link PassPlan.Operation} says. */
  void run(
      Pass pass,
      MemorySegment first,
      MemorySegment second,
      MemorySegment bias,
      MemorySegment result,
      Workspace workspace) {
    Choice choice = choice(pass);
    Execution.run(
        choice.plan.operation().task(first, second, bias, result),
        options.threads(),
        choice.layout,
        workspace);
  }

  /** Sums each channel of {@code [N, channels, plane]}. */
  void runBackwardBias(
      long channels, long plane, MemorySegment gradOutput, MemorySegment gradBias) {
    Execution.run(
        new BackwardBias(geometry.batch(), channels, plane, type, gradOutput, gradBias),
        options.threads());
  }

  long workspaceBytes(Pass pass) {
    return pass == Pass.BACKWARD_BIAS ? 0 : choice(pass).layout.bytes();
  }

  long mostWorkspaceBytes() {
    long most = 0;
    for (Pass pass : Pass.values()) {
      most = Math.max(most, workspaceBytes(pass));
    }
    return most;
  }

  /** Returns what each pass does, for people. */
  String explain() {
    String why = options.algorithm() == Algorithm.AUTO ? " (chosen by AUTO)" : " (as asked)";
    StringBuilder text = new StringBuilder();
    for (Pass pass : Pass.values()) {
      if (pass != Pass.BACKWARD_BIAS) {
        Choice choice = choice(pass);
        text.append(pass).append(": ").append(choice.algorithm).append(why).append(": ");
        text.append(choice.plan.tiling().describe()).append("; workspace ");
        text.append(workspaceBytes(pass)).append(" bytes\n");
      }
    }
    double columnBytes =
        (double) geometry.depth() * geometry.groups() * geometry.outPixels() * type.bytes();
    return text.append(
            String.format("(the whole column matrix would take %.1f MB)", columnBytes / 1e6))
        .toString();
  }

  /** Returns the additions and multiplications of one pass over the whole batch. */
  double flops() {
    return 2.0 * geometry.outPixels() * geometry.outChannels() * geometry.depth();
  }
}
