package io.github.colonnade;

import io.github.colonnade.internal.conv.BackwardBias;
import io.github.colonnade.internal.conv.ConvGeometry;
import io.github.colonnade.internal.conv.PassPlan;
import io.github.colonnade.internal.conv.direct.DirectPasses;
import io.github.colonnade.internal.conv.im2col.Im2colPasses;
import io.github.colonnade.internal.conv.reference.ReferencePasses;
import io.github.colonnade.internal.conv.winograd.WinogradPasses;
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
    this.forward = plan(Pass.FORWARD);
    this.backwardInput = plan(Pass.BACKWARD_INPUT);
    this.backwardWeights = plan(Pass.BACKWARD_WEIGHTS);
  }

  private Choice plan(Pass pass) {
    Algorithm algorithm = choose(pass);
    PassPlan plan =
        switch (algorithm) {
          case AUTO -> throw new AssertionError("AUTO is decided by now");
          case REFERENCE -> reference(pass);
          case IM2COL -> im2col(pass);
          case DIRECT -> direct(pass);
          case WINOGRAD -> winograd(pass);
        };
    int threads = (int) Math.min(options.threads(), plan.tileCount());
    WorkspaceLayout layout = WorkspaceLayout.of(plan.sharedBytes(), plan.workspaceBytes(), threads);
    return new Choice(algorithm, plan, layout);
  }

  private Algorithm choose(Pass pass) {
    if (options.algorithm() == Algorithm.AUTO) {
      return fitsBlas() ? AlgorithmChoice.of(pass, geometry, type, options) : Algorithm.REFERENCE;
    }
    if (options.algorithm() == Algorithm.WINOGRAD && pass == Pass.BACKWARD_WEIGHTS) {
      requireWinograd();
      return Algorithm.IM2COL;
    }
    return options.algorithm();
  }

  private PassPlan reference(Pass pass) {
    return switch (pass) {
      case FORWARD -> ReferencePasses.forward(geometry, type);
      case BACKWARD_INPUT -> ReferencePasses.backwardInput(geometry, type);
      default -> ReferencePasses.backwardWeights(geometry, type);
    };
  }

  private PassPlan im2col(Pass pass) {
    if (!fitsBlas()) {
      throw new IllegalArgumentException(
          "algorithm: is IM2COL, which needs planes of less than 2^31 pixels and sums of less than"
              + " 2^31 products; REFERENCE does not");
    }
    long cap = options.maxWorkspaceBytes();
    long least = Im2colPasses.leastWorkspaceBytes(geometry, type);
    if (cap < least) {
      throw new IllegalArgumentException(
          "maxWorkspaceBytes: is " + cap + ", IM2COL needs at least " + least + " for this shape");
    }
    return switch (pass) {
      case FORWARD -> Im2colPasses.forward(geometry, type, cap);
      case BACKWARD_INPUT -> Im2colPasses.backwardInput(geometry, type, cap);
      default -> Im2colPasses.backwardWeights(geometry, type, cap);
    };
  }

  private PassPlan direct(Pass pass) {
    // Within a tile, positions are counted in 32 bits.
    long cap = Math.min(options.maxWorkspaceBytes(), Integer.MAX_VALUE);
    double least = DirectPasses.leastWorkspaceBytes(geometry, type);
    if (cap < least) {
      throw new IllegalArgumentException(
          String.format(
              "maxWorkspaceBytes: is %d, DIRECT needs at least %.0f for this shape, and 2^31 at"
                  + " most",
              options.maxWorkspaceBytes(), least));
    }
    return switch (pass) {
      case FORWARD -> DirectPasses.forward(geometry, type, cap);
      case BACKWARD_INPUT -> DirectPasses.backwardInput(geometry, type, cap);
      default -> DirectPasses.backwardWeights(geometry, type, cap);
    };
  }

  private PassPlan winograd(Pass pass) {
    requireWinograd();
    long cap = options.maxWorkspaceBytes();
    return pass == Pass.FORWARD
        ? WinogradPasses.forward(geometry, type, cap)
        : WinogradPasses.backwardInput(geometry, type, cap);
  }

  private void requireWinograd() {
    if (!WinogradPasses.suits(geometry)) {
      throw new IllegalArgumentException(
          "algorithm: is WINOGRAD, which needs a 3×3 kernel, stride 1 and a dilation of at most 8;"
              + " this is a %d×%d kernel, stride %d×%d and dilation %d×%d"
                  .formatted(
                      geometry.kernelH(),
                      geometry.kernelW(),
                      geometry.strideH(),
                      geometry.strideW(),
                      geometry.dilationH(),
                      geometry.dilationW()));
    }
    if (!fitsBlas()) {
      throw new IllegalArgumentException(
          "algorithm: is WINOGRAD, which needs planes of less than 2^31 pixels and sums of less"
              + " than 2^31 products; REFERENCE does not");
    }
    long least = WinogradPasses.leastWorkspaceBytes(geometry, type);
    if (options.maxWorkspaceBytes() < least) {
      throw new IllegalArgumentException(
          "maxWorkspaceBytes: is "
              + options.maxWorkspaceBytes()
              + ", WINOGRAD needs at least "
              + least
              + " for this shape");
    }
  }

  /** OpenBLAS counts in 32 bits. */
  private boolean fitsBlas() {
    return geometry.depth() <= Integer.MAX_VALUE
        && geometry.inPlane() <= Integer.MAX_VALUE
        && geometry.outPlane() <= Integer.MAX_VALUE
        && geometry.groupOutChannels() <= Integer.MAX_VALUE;
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
        text.append(choice.plan.description()).append("; workspace ");
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
