package io.github.colonnade;

import io.github.colonnade.internal.conv.ConvGeometry;
import java.lang.foreign.MemorySegment;

/**
 * A {@link ConvTranspose2d} for inputs of one shape and type. Immutable, and safe to share between
 * threads.
 *
 * <p>Arguments, scratch memory and errors are as {@link Conv2dPlan} has them.
 */
public final class ConvTranspose2dPlan {
  /** Of the convolution whose adjoint this is: its input is our output. */
  private final ConvGeometry adjoint;

  private final DType dtype;
  private final ConvEngine engine;
  private final long[] inputShape;
  private final long[] weightShape;
  private final long[] biasShape;
  private final long[] outputShape;

  ConvTranspose2dPlan(ConvGeometry adjoint, DType dtype, PlanOptions options) {
    this.adjoint = adjoint;
    this.dtype = dtype;
    ConvGeometry a = adjoint;
    inputShape = new long[] {a.batch(), a.outChannels(), a.outH(), a.outW()};
    weightShape = new long[] {a.outChannels(), a.groupInChannels(), a.kernelH(), a.kernelW()};
    biasShape = new long[] {a.inChannels()};
    outputShape = new long[] {a.batch(), a.inChannels(), a.inH(), a.inW()};
    Shapes.byteSize("input", dtype, inputShape);
    Shapes.byteSize("output", dtype, outputShape);
    engine = new ConvEngine(adjoint, Operands.elementType(dtype), options);
  }

  /** {@return the algorithm chosen, never {@link Algorithm#AUTO}} */
  public Algorithm algorithm() {
    return engine.algorithm(Pass.BACKWARD_INPUT);
  }

  /** {@return the scratch bytes that are enough for every pass, all its threads together} */
  public long workspaceBytes() {
    return engine.mostWorkspaceBytes();
  }

  /** {@return a copy of the output's shape, {@code N, O, OH, OW}} */
  public long[] outputShape() {
    return outputShape.clone();
  }

  /** {@return a copy of the weight's shape, {@code C, O/groups, KH, KW}} */
  public long[] weightShape() {
    return weightShape.clone();
  }

  /**
   * Computes the output: {@code [N, C, H, W] → [N, O, OH, OW]}.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight {@code [C, O/groups, KH, KW]}. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param output {@code [N, O, OH, OW]}. Overwritten; must not overlap the others.
   */
  public void forward(Tensor input, Tensor weight, Tensor bias, Tensor output) {
    forward(input, weight, bias, output, null);
  }

  /**
   * As {@link #forward(Tensor, Tensor, Tensor, Tensor)}, in the caller's scratch memory.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight {@code [C, O/groups, KH, KW]}. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param output {@code [N, O, OH, OW]}. Overwritten; must not overlap the others.
   * @param workspace at least {@link #workspaceBytes()}, or null. Overwritten.
   */
  public void forward(
      Tensor input, Tensor weight, Tensor bias, Tensor output, Workspace workspace) {
    requireForward(input, weight, bias);
    Operands.requireOutput("output", output, dtype, outputShape);
    Operands.requireDisjoint("output", output, "input", input);
    Operands.requireDisjoint("output", output, "weight", weight);
    Operands.requireDisjoint("output", output, "bias", bias);
    Operands.requireDisjoint(workspace, "input", input);
    Operands.requireDisjoint(workspace, "weight", weight);
    Operands.requireDisjoint(workspace, "bias", bias);
    Operands.requireDisjoint(workspace, "output", output);
    if (output.elementCount() == 0) {
      return;
    }
    MemorySegment b = bias == null ? null : Operands.shareable(bias.segment());
    engine.run(
        Pass.BACKWARD_INPUT,
        Operands.shareable(input.segment()),
        Operands.shareable(weight.segment()),
        b,
        Operands.shareable(output.segment()),
        workspace);
  }

  /**
   * Computes the gradient with respect to the input: {@code [N, O, OH, OW] → [N, C, H, W]}.
   *
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param weight {@code [C, O/groups, KH, KW]}. Not modified.
   * @param gradInput {@code [N, C, H, W]}. Overwritten; must not overlap the others.
   */
  public void backwardInput(Tensor gradOutput, Tensor weight, Tensor gradInput) {
    Operands.requireInput("gradOutput", gradOutput, dtype, outputShape);
    Operands.requireInput("weight", weight, dtype, weightShape);
    Operands.requireOutput("gradInput", gradInput, dtype, inputShape);
    Operands.requireDisjoint("gradInput", gradInput, "gradOutput", gradOutput);
    Operands.requireDisjoint("gradInput", gradInput, "weight", weight);
    if (gradInput.elementCount() == 0) {
      return;
    }
    engine.run(
        Pass.FORWARD,
        Operands.shareable(gradOutput.segment()),
        Operands.shareable(weight.segment()),
        null,
        Operands.shareable(gradInput.segment()),
        null);
  }

  /**
   * Computes the gradient with respect to the weight: {@code [N, C, H, W], [N, O, OH, OW] → [C,
   * O/groups, KH, KW]}.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradWeights {@code [C, O/groups, KH, KW]}. Overwritten; must not overlap the others.
   */
  public void backwardWeights(Tensor input, Tensor gradOutput, Tensor gradWeights) {
    Operands.requireInput("input", input, dtype, inputShape);
    Operands.requireInput("gradOutput", gradOutput, dtype, outputShape);
    Operands.requireOutput("gradWeights", gradWeights, dtype, weightShape);
    Operands.requireDisjoint("gradWeights", gradWeights, "input", input);
    Operands.requireDisjoint("gradWeights", gradWeights, "gradOutput", gradOutput);
    engine.run(
        Pass.BACKWARD_WEIGHTS,
        Operands.shareable(gradOutput.segment()),
        Operands.shareable(input.segment()),
        null,
        Operands.shareable(gradWeights.segment()),
        null);
  }

  /**
   * Computes the gradient with respect to the bias, each channel's sum: {@code [N, O, OH, OW] →
   * [O]}.
   *
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradBias {@code [O]}. Overwritten; must not overlap {@code gradOutput}.
   */
  public void backwardBias(Tensor gradOutput, Tensor gradBias) {
    Operands.requireInput("gradOutput", gradOutput, dtype, outputShape);
    Operands.requireOutput("gradBias", gradBias, dtype, biasShape);
    Operands.requireDisjoint("gradBias", gradBias, "gradOutput", gradOutput);
    engine.runBackwardBias(
        adjoint.inChannels(),
        adjoint.inPlane(),
        Operands.shareable(gradOutput.segment()),
        Operands.shareable(gradBias.segment()));
  }

  void requireForward(Tensor input, Tensor weight, Tensor bias) {
    Operands.requireInput("input", input, dtype, inputShape);
    Operands.requireInput("weight", weight, dtype, weightShape);
    if (bias != null) {
      Operands.requireInput("bias", bias, dtype, biasShape);
    }
  }
}
