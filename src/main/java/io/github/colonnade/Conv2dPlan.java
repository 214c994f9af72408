package io.github.colonnade;

import io.github.colonnade.internal.conv.ConvGeometry;
import java.lang.foreign.MemorySegment;

/**
 * A {@link Conv2d} for inputs of one shape and type: the algorithm, the tiles and the scratch
 * memory are decided. Immutable, and safe to share between threads.
 *
 * <p>Each pass takes its inputs, then its outputs, then optionally a {@link Workspace}; without one
 * it uses scratch memory that the library keeps. All arguments are checked before anything is
 * written. Every pass throws
 *
 * <ul>
 *   <li>{@link IllegalArgumentException} naming the operand, its type or shape and the one
 *       required, or the operand that an output overlaps;
 *   <li>{@link IllegalStateException} if an operand's arena is closed, or the workspace is in use;
 *   <li>{@link WrongThreadException} if an operand's arena is confined to another thread.
 * </ul>
 */
public final class Conv2dPlan {
  private final ConvGeometry geometry;
  private final DType dtype;
  private final int threads;
  private final ConvEngine engine;
  private final long[] inputShape;
  private final long[] weightShape;
  private final long[] biasShape;
  private final long[] outputShape;

  Conv2dPlan(ConvGeometry geometry, DType dtype, PlanOptions options) {
    this.geometry = geometry;
    this.dtype = dtype;
    this.threads = options.threads();
    ConvGeometry g = geometry;
    inputShape = new long[] {g.batch(), g.inChannels(), g.inH(), g.inW()};
    weightShape = new long[] {g.outChannels(), g.groupInChannels(), g.kernelH(), g.kernelW()};
    biasShape = new long[] {g.outChannels()};
    outputShape = new long[] {g.batch(), g.outChannels(), g.outH(), g.outW()};
    Shapes.byteSize("input", dtype, inputShape);
    Shapes.byteSize("output", dtype, outputShape);
    engine = new ConvEngine(geometry, Operands.elementType(dtype), options);
  }

  /** {@return the forward pass's algorithm, never {@link Algorithm#AUTO}} */
  public Algorithm algorithm() {
    return engine.algorithm(Pass.FORWARD);
  }

  /**
   * Tells how a pass is computed; the bias's gradient is always summed by definition.
   *
   * @param pass which one
   * @return the algorithm chosen, never {@link Algorithm#AUTO}
   */
  public Algorithm algorithm(Pass pass) {
    return engine.algorithm(pass);
  }

  /** {@return the threads that a call uses at most, the caller's included} */
  public int threads() {
    return threads;
  }

  /** {@return the scratch bytes that are enough for every pass, all its threads together} */
  public long workspaceBytes() {
    return engine.mostWorkspaceBytes();
  }

  /**
   * Tells what a pass needs.
   *
   * @param pass which one
   * @return the scratch bytes of a call, all its threads together
   */
  public long workspaceBytes(Pass pass) {
    return engine.workspaceBytes(pass);
  }

  /** {@return a copy of the output's shape, {@code N, O, OH, OW}} */
  public long[] outputShape() {
    return outputShape.clone();
  }

  /** {@return a copy of the weight's shape, {@code O, C/groups, KH, KW}} */
  public long[] weightShape() {
    return weightShape.clone();
  }

  /**
   * Counts the additions and multiplications that the definition asks for, those with padding
   * included; input and weight gradient take as many each as the forward pass.
   *
   * @return operations of one forward pass
   */
  public double flops() {
    return engine.flops();
  }

  /**
   * Tells what was decided and why, for people: for each pass algorithm, tiles and bytes.
   *
   * @return a line for each pass
   */
  public String explain() {
    return engine.explain();
  }

  /**
   * Computes {@code y = W ⋆ x + b}, a cross-correlation: {@code [N, C, H, W] → [N, O, OH, OW]}.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
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
   * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
   * @param bias {@code [O]}, or null for none. Not modified.
   * @param output {@code [N, O, OH, OW]}. Overwritten; must not overlap the others.
   * @param workspace at least {@link #workspaceBytes(Pass)}, or null. Overwritten.
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
      // Sizes beside a zero are bounded by nothing: their products need not fit a long.
      return;
    }
    MemorySegment b = bias == null ? null : Operands.shareable(bias.segment());
    engine.run(
        Pass.FORWARD,
        Operands.shareable(input.segment()),
        Operands.shareable(weight.segment()),
        b,
        Operands.shareable(output.segment()),
        workspace);
  }

  /**
   * Computes the gradient with respect to the input, the adjoint of the forward pass: {@code [N, O,
   * OH, OW] → [N, C, H, W]}. An infinite or NaN weight may make NaN at the border.
   *
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
   * @param gradInput {@code [N, C, H, W]}. Overwritten; must not overlap the others.
   */
  public void backwardInput(Tensor gradOutput, Tensor weight, Tensor gradInput) {
    backwardInput(gradOutput, weight, gradInput, null);
  }

  /**
   * As {@link #backwardInput(Tensor, Tensor, Tensor)}, in the caller's scratch memory.
   *
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param weight {@code [O, C/groups, KH, KW]}. Not modified.
   * @param gradInput {@code [N, C, H, W]}. Overwritten; must not overlap the others.
   * @param workspace at least {@link #workspaceBytes(Pass)}, or null. Overwritten.
   */
  public void backwardInput(
      Tensor gradOutput, Tensor weight, Tensor gradInput, Workspace workspace) {
    Operands.requireInput("gradOutput", gradOutput, dtype, outputShape);
    Operands.requireInput("weight", weight, dtype, weightShape);
    Operands.requireOutput("gradInput", gradInput, dtype, inputShape);
    Operands.requireDisjoint("gradInput", gradInput, "gradOutput", gradOutput);
    Operands.requireDisjoint("gradInput", gradInput, "weight", weight);
    Operands.requireDisjoint(workspace, "gradOutput", gradOutput);
    Operands.requireDisjoint(workspace, "weight", weight);
    Operands.requireDisjoint(workspace, "gradInput", gradInput);
    if (gradInput.elementCount() == 0) {
      return;
    }
    engine.run(
        Pass.BACKWARD_INPUT,
        Operands.shareable(gradOutput.segment()),
        Operands.shareable(weight.segment()),
        null,
        Operands.shareable(gradInput.segment()),
        workspace);
  }

  /**
   * Computes the gradient with respect to the weight: {@code [N, C, H, W], [N, O, OH, OW] → [O,
   * C/groups, KH, KW]}.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradWeights {@code [O, C/groups, KH, KW]}. Overwritten; must not overlap the others.
   */
  public void backwardWeights(Tensor input, Tensor gradOutput, Tensor gradWeights) {
    backwardWeights(input, gradOutput, gradWeights, null);
  }

  /**
   * As {@link #backwardWeights(Tensor, Tensor, Tensor)}, in the caller's scratch memory.
   *
   * @param input {@code [N, C, H, W]}. Not modified.
   * @param gradOutput {@code [N, O, OH, OW]}. Not modified.
   * @param gradWeights {@code [O, C/groups, KH, KW]}. Overwritten; must not overlap the others.
   * @param workspace at least {@link #workspaceBytes(Pass)}, or null. Overwritten.
   */
  public void backwardWeights(
      Tensor input, Tensor gradOutput, Tensor gradWeights, Workspace workspace) {
    Operands.requireInput("input", input, dtype, inputShape);
    Operands.requireInput("gradOutput", gradOutput, dtype, outputShape);
    Operands.requireOutput("gradWeights", gradWeights, dtype, weightShape);
    Operands.requireDisjoint("gradWeights", gradWeights, "input", input);
    Operands.requireDisjoint("gradWeights", gradWeights, "gradOutput", gradOutput);
    Operands.requireDisjoint(workspace, "input", input);
    Operands.requireDisjoint(workspace, "gradOutput", gradOutput);
    Operands.requireDisjoint(workspace, "gradWeights", gradWeights);
    if (gradOutput.elementCount() == 0) {
      gradWeights.segment().fill((byte) 0);
      return;
    }
    engine.run(
        Pass.BACKWARD_WEIGHTS,
        Operands.shareable(input.segment()),
        Operands.shareable(gradOutput.segment()),
        null,
        Operands.shareable(gradWeights.segment()),
        workspace);
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
    if (gradOutput.elementCount() == 0) {
      gradBias.segment().fill((byte) 0);
      return;
    }
    engine.runBackwardBias(
        geometry.outChannels(),
        geometry.outPlane(),
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
