package io.github.colonnade;

import io.github.colonnade.internal.blas.ElementType;
import io.github.colonnade.internal.kernel.BackwardBias;
import io.github.colonnade.internal.kernel.ConvGeometry;
import io.github.colonnade.internal.kernel.Im2colBackwardInput;
import io.github.colonnade.internal.kernel.Im2colBackwardWeights;
import io.github.colonnade.internal.kernel.Im2colForward;
import io.github.colonnade.internal.kernel.ReferenceBackwardInput;
import io.github.colonnade.internal.kernel.ReferenceBackwardWeights;
import io.github.colonnade.internal.kernel.ReferenceForward;
import io.github.colonnade.internal.kernel.TileTask;
import io.github.colonnade.internal.parallel.WorkspaceLayout;
import java.lang.foreign.MemorySegment;

/**
 * The passes of one convolution's geometry, each with the algorithm decided: what a convolution and
 * a transposed convolution have in common. Operands are validated before they come here.
 */
final class ConvEngine {
  private final ConvGeometry geometry;
  private final ElementType type;
  private final PlanOptions options;
  private final Algorithm algorithm;
  private final Im2colForward.Shape forward;
  private final Im2colBackwardInput.Shape backwardInput;
  private final Im2colBackwardWeights.Shape backwardWeights;

  ConvEngine(ConvGeometry geometry, ElementType type, PlanOptions options) {
    this.geometry = geometry;
    this.type = type;
    this.options = options;
    this.algorithm = choose();
    long cap = options.maxWorkspaceBytes();
    boolean im2col = algorithm == Algorithm.IM2COL;
    if (im2col) {
      requireRoom();
    }
    this.forward = im2col ? new Im2colForward.Shape(geometry, type, cap) : null;
    this.backwardInput = im2col ? new Im2colBackwardInput.Shape(geometry, type, cap) : null;
    this.backwardWeights = im2col ? new Im2colBackwardWeights.Shape(geometry, type, cap) : null;
  }

  private Algorithm choose() {
    if (options.algorithm() == Algorithm.AUTO) {
      return fitsBlas() ? Algorithm.IM2COL : Algorithm.REFERENCE;
    }
    if (options.algorithm() == Algorithm.IM2COL && !fitsBlas()) {
      throw new IllegalArgumentException(
          "algorithm: is IM2COL, which needs planes of less than 2^31 pixels and sums of less than"
              + " 2^31 products; REFERENCE does not");
    }
    return options.algorithm();
  }

  /** OpenBLAS counts in 32 bits. */
  private boolean fitsBlas() {
    return geometry.depth() <= Integer.MAX_VALUE
        && geometry.inPlane() <= Integer.MAX_VALUE
        && geometry.outPlane() <= Integer.MAX_VALUE
        && geometry.groupOutChannels() <= Integer.MAX_VALUE;
  }

  private void requireRoom() {
    long least =
        Math.max(
            Im2colForward.Shape.leastWorkspaceBytes(geometry, type),
            Math.max(
                Im2colBackwardInput.Shape.leastWorkspaceBytes(geometry, type),
                Im2colBackwardWeights.Shape.leastWorkspaceBytes(type)));
    if (options.maxWorkspaceBytes() < least) {
      throw new IllegalArgumentException(
          "maxWorkspaceBytes: is "
              + options.maxWorkspaceBytes()
              + ", IM2COL needs at least "
              + least
              + " for this shape");
    }
  }

  Algorithm algorithm() {
    return algorithm;
  }

  TileTask forward(
      MemorySegment input, MemorySegment weight, MemorySegment bias, MemorySegment output) {
    return forward == null
        ? new ReferenceForward(geometry, type, input, weight, bias, output)
        : new Im2colForward(forward, input, weight, bias, output);
  }

  TileTask backwardInput(
      MemorySegment gradOutput, MemorySegment weight, MemorySegment bias, MemorySegment gradInput) {
    return backwardInput == null
        ? new ReferenceBackwardInput(geometry, type, gradOutput, weight, bias, gradInput)
        : new Im2colBackwardInput(backwardInput, gradOutput, weight, bias, gradInput);
  }

  TileTask backwardWeights(
      MemorySegment input, MemorySegment gradOutput, MemorySegment gradWeights) {
    return backwardWeights == null
        ? new ReferenceBackwardWeights(geometry, type, input, gradOutput, gradWeights)
        : new Im2colBackwardWeights(backwardWeights, input, gradOutput, gradWeights);
  }

  TileTask backwardBias(
      long channels, long plane, MemorySegment gradOutput, MemorySegment gradBias) {
    return new BackwardBias(geometry.batch(), channels, plane, type, gradOutput, gradBias);
  }

  void run(TileTask task, Workspace workspace) {
    Execution.run(task, options.threads(), workspace);
  }

  long workspaceBytes(Pass pass) {
    if (algorithm == Algorithm.REFERENCE || pass == Pass.BACKWARD_BIAS) {
      return 0;
    }
    WorkspaceLayout layout =
        switch (pass) {
          case FORWARD -> WorkspaceLayout.of(0, forward.workspaceBytes(), options.threads());
          case BACKWARD_INPUT ->
              WorkspaceLayout.of(0, backwardInput.workspaceBytes(), options.threads());
          default ->
              WorkspaceLayout.of(
                  backwardWeights.sharedBytes(),
                  backwardWeights.workspaceBytes(),
                  options.threads());
        };
    return layout.bytes();
  }

  long mostWorkspaceBytes() {
    long most = 0;
    for (Pass pass : Pass.values()) {
      most = Math.max(most, workspaceBytes(pass));
    }
    return most;
  }

  /** Returns what a pass does, for people. */
  String explain(Pass pass) {
    String why = options.algorithm() == Algorithm.AUTO ? " (chosen by AUTO)" : " (as asked)";
    if (pass == Pass.BACKWARD_BIAS) {
      return "one channel a tile, sums in double precision";
    }
    String how =
        algorithm == Algorithm.REFERENCE
            ? "one plane or kernel a tile, sums in double precision"
            : switch (pass) {
              case FORWARD -> forward.describe();
              case BACKWARD_INPUT -> backwardInput.describe();
              default -> backwardWeights.describe();
            };
    return algorithm + why + ": " + how + "; workspace " + workspaceBytes(pass) + " bytes";
  }

  /** Returns the bytes that the column matrix of the whole batch would take. */
  double columnBytes() {
    return (double) geometry.depth() * geometry.groups() * geometry.outPixels() * type.bytes();
  }

  /** Returns the additions and multiplications of one pass over the whole batch. */
  double flops() {
    return 2.0 * geometry.outPixels() * geometry.outChannels() * geometry.depth();
  }
}
